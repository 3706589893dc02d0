"""Faults of the reference binder in what it refuses, and in configurations and secrets."""

from __future__ import annotations

from tests.binder.mutant import BinderMutant, faults_of

_mutant = faults_of("reference", prefix="py")

# Places in app_bindings.py.
OF_APP = "path = resource.node.path\n"
APP_IDS = '            ("appId", first.config.app_id, config.app_id),\n'
CREDENTIALS = '            ("credentials", first.config.credentials, config.credentials),\n'
DIFFER = "if one != two:"
BOTH = (
    '{path} is bound with different {what}: {one} by {first.binding}, "\n'
    '                    f"{two} by {new.binding}; share one TableBindingConfig'
)
BOTH_UNNAMED = (
    '{new.binding}: another {what} than the table has; "\n'
    '                    f"share one TableBindingConfig'
)
# Places in config.py and credentials.py.
MODE = "failure_mode: FailureMode = FailureMode.BEST_EFFORT  # B12"
APP_ID = "if not isinstance(self.app_id, str) or not self.app_id.strip():"
CREDENTIALS_GIVEN = "if not isinstance(self.credentials, ChaimCredentials):"
FIELD = "from dataclasses import dataclass, field\n"
API_SECRET = "api_secret: str | None = field(default=None, repr=False)"
ARN = 're.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\\d{12}:secret:" + _NAME.pattern)'
NAME = 're.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")'
KNOWN_FORM = "if not isinstance(name_or_arn, str) or not known_form.fullmatch(name_or_arn):"
REFERENCE = "        return cls(secret=name_or_arn)\n"
BLANK = "if not isinstance(value, str) or not value.strip():\n                raise BindingError"
NAMES_SECRET = 'return {"SECRET_NAME": self.secret}'
# Places in ingestion.py and stack_publication.py.
ENVIRONMENT_MODE = '            "FAILURE_MODE": config.failure_mode.value,  # B12\n'
OWN_CREDENTIALS = "**config.credentials.environment,"
GRANTED = "if config.credentials.secret is not None:"
OWN_CONFIG = "config=binder.config,"
WRITTEN = "            write(local, content)  # B01, B04\n"
CONTENT = "content = as_bytes(snapshot)"
# Places in schemas.py and base_binder.py.
VALIDATION = "from chaim_conformance.bprint_validation import errors, read_bprint\n"
WRONG = "if wrong := errors(found):"
READ = "    document, found = read_bprint(path)\n"
RAISED = 'raise BindingError(f"{path} is no valid .bprint file:\\n{listed}")'
SCHEMAS = "from chaim_reference.cdk.schemas import load_schema\n"
ROOT = "from chaim_reference.cdk.paths import cdk_root\n"
SIGNATURE = "def load_schema(schema_path: str)"
LOADED = "        self.schema = load_schema(schema_path)\n"

BOTO = "import boto3\n"
MANAGER = 'boto3.client("secretsmanager")'
ABSTRACT_SET = "from collections.abc import Set as AbstractSet\n"


def _of_both(name: str, *edits: tuple[str, str]) -> BinderMutant:
    """A fault in what is said of any file: of invalid ones and of unreadable ones."""
    return BinderMutant(name=f"py-{name}", base="reference", clauses=("B19", "B20"), edits=edits)


def _accepts(name: str, clause: str, accepted: str) -> BinderMutant:
    """Some of what is wrong with a file is not looked at; ``accepted`` says what, of ``p``."""
    return _mutant(
        name, clause, (WRONG, f"if wrong := [p for p in errors(found) if not ({accepted})]:")
    )


CONFIGS = (
    _mutant("app-ids-differ", "B11", (APP_IDS, "")),
    _mutant("credentials-differ", "B11", (CREDENTIALS, "")),
    _mutant("nothing-compared", "B11", (DIFFER, "if False:")),
    _mutant(
        "stacks-apart",
        "B11",
        (OF_APP, 'path = f"{resource.node.path} in {binding.node.scopes[1]}"\n'),
    ),
    _mutant("compared-by-identity", "B11", (DIFFER, "if one is not two:")),
    _mutant(
        "credentials-by-key-alone",
        "B11",
        (API_SECRET, API_SECRET.replace("repr=False", "repr=False, compare=False")),
    ),
    _mutant("one-config-object", "B11", (DIFFER, "if first.config is not config:")),
    _mutant("names-one-binding", "B11", (BOTH, BOTH_UNNAMED)),
    _mutant("strict-by-default", "B12", (MODE, MODE.replace("BEST_EFFORT  #", "STRICT  #"))),
    _mutant("mode-not-passed", "B12", (ENVIRONMENT_MODE, "")),
    _mutant(
        "mode-lower-cased",
        "B12",
        (ENVIRONMENT_MODE, ENVIRONMENT_MODE.replace("value", "value.lower()")),
    ),
    _mutant(
        "mode-under-another-name",
        "B12",
        (ENVIRONMENT_MODE, ENVIRONMENT_MODE.replace("FAILURE", "INGEST_FAILURE")),
    ),
    _mutant(
        "mode-of-the-first",
        "B12",
        (
            OWN_CONFIG,
            "config=next(b.config for b in self.binders if b.logical_id == binder.logical_id),",
        ),
    ),
    _mutant(
        "secret-read",
        "B13",
        (FIELD, FIELD + BOTO),
        (REFERENCE, f"        {MANAGER}.get_secret_value(SecretId=name_or_arn)\n{REFERENCE}"),
    ),
    _mutant(
        "secret-looked-up",
        "B13",
        (FIELD, FIELD + BOTO),
        (REFERENCE, f"        {MANAGER}.describe_secret(SecretId=name_or_arn)\n{REFERENCE}"),
    ),
    _mutant(
        "secret-in-environment",
        "B13",
        (FIELD, FIELD + BOTO),
        (
            NAMES_SECRET,
            f"read = {MANAGER}.get_secret_value(SecretId=self.secret)\n"
            '            return {"SECRET_NAME": self.secret, "KEYS": read["SecretString"]}',
        ),
    ),
    _mutant(
        "secret-in-snapshot",
        "B13",
        (ABSTRACT_SET, ABSTRACT_SET + BOTO),
        (
            CONTENT,
            "if secret := binder.config.credentials.secret:\n"
            f"                read = {MANAGER}.get_secret_value(SecretId=secret)\n"
            '                snapshot["_keys"] = read["SecretString"]\n'
            f"            {CONTENT}",
        ),
    ),
    _mutant(
        "service-probed",
        "B13",
        (ABSTRACT_SET, f"import contextlib\nimport urllib.request\n{ABSTRACT_SET}"),
        (
            CONTENT,
            "with contextlib.suppress(OSError):\n"
            "                urllib.request.urlopen(self._base_url(), timeout=5).close()\n"
            f"            {CONTENT}",
        ),
    ),
    _mutant("empty-app-id", "B21", (APP_ID, "if not isinstance(self.app_id, str):")),
    _mutant(
        "no-credentials",
        "B21",
        (CREDENTIALS_GIVEN, "if False:"),
        (OWN_CREDENTIALS, "**(config.credentials.environment if config.credentials else {}),"),
        (GRANTED, "if config.credentials and config.credentials.secret is not None:"),
    ),
    _mutant("any-secret", "B21", (KNOWN_FORM, "if not isinstance(name_or_arn, str):")),
    _mutant(
        "arn-of-any-service",
        "B21",
        (ARN, 're.compile(r"arn:aws[a-z-]*:[a-z0-9]+:[a-z0-9-]*:\\d*:.+")'),
    ),
    _mutant("empty-secret", "B21", (NAME, NAME.replace("{1,512}", "{0,512}"))),
    _mutant("blank-secret", "B21", (NAME, NAME.replace("@-]", "@ -]"))),
    _mutant("empty-key", "B21", (BLANK, BLANK.replace(" or not value.strip()", ""))),
    _mutant("empty-key-secret", "B21", ('(("key", key), ("secret", secret))', '(("key", key),)')),
)

FILES = (
    _accepts("nothing-validated", "B19", 'p.rule not in ("file", "extension", "encoding", "json")'),
    _accepts(
        "only-keys-validated",
        "B19",
        'p.rule not in ("file", "extension", "encoding", "json", "object", "entity-name",'
        ' "primary-key", "fields")',
    ),
    _accepts(
        "only-json-schema",
        "B19",
        'p.rule in ("reserved-word", "unique-names", "unique-nested-names", "length-order",'
        ' "range-order", "pattern-compiles")',
    ),
    _accepts("reserved-words-accepted", "B19", 'p.rule == "reserved-word"'),
    _accepts("wrong-extension", "B20", 'p.rule == "extension"'),
    _mutant(
        "missing-file",
        "B20",
        (
            READ,
            f"{READ}    if not path.exists():\n"
            '        key = {"name": "id", "type": "string"}\n'
            '        document = {"entityName": path.stem, "fields": [key]}\n'
            '        document |= {"schemaVersion": 1.0, "description": "to be written"}\n'
            '        document |= {"primaryKey": {"partitionKey": "id"}}\n'
            "        found = []\n",
        ),
    ),
    _mutant(
        "missing-file-skipped",
        "B20",
        (
            SCHEMAS,
            f"{SCHEMAS}from chaim_reference.cdk.paths import cdk_root\nfrom pathlib import Path\n",
        ),
        (
            LOADED,
            '        if not Path(cdk_root() or "", schema_path).exists():\n'
            f"            return\n{LOADED}",
        ),
    ),
    _mutant(
        "rest-of-text-ignored",
        "B20",
        (
            VALIDATION,
            f"import contextlib\nimport json\n{VALIDATION.replace('errors', 'errors, problems')}",
        ),
        (
            READ,
            f"{READ}    if document is None and path.exists():\n"
            "        with contextlib.suppress(ValueError):\n"
            "            document, _ = json.JSONDecoder().raw_decode(path.read_text())\n"
            "            found = problems(document)\n",
        ),
    ),
    _of_both("file-not-named", (RAISED, RAISED.replace("{path}", "this"))),
    _of_both("fault-not-told", (RAISED, RAISED.replace(":\\n{listed}", ""))),
    _of_both(
        "warned-and-skipped",
        (
            LOADED,
            f"        try:\n    {LOADED}"
            "        except BindingError as error:\n"
            '            print(f"warning: {here}: {error}")\n'
            "            return\n",
        ),
    ),
    _of_both(
        "cleaned-at-first",
        (SCHEMAS, f"{SCHEMAS}import shutil\nfrom chaim_reference.cdk.paths import snapshot_base\n"),
        (
            LOADED,
            '        for old in snapshot_base().glob(f"aws/*/*/{cdk.Stack.of(self).stack_name}"):\n'
            f"            shutil.rmtree(old)\n{LOADED}",
        ),
    ),
    _mutant(
        "written-before-validation",
        "B19",
        (ROOT, ROOT.replace("cdk_root", "cdk_root, snapshot_base, write")),
        (
            READ,
            f"{READ}    if isinstance(document, dict):\n"
            '        write(snapshot_base() / f"{path.stem}.json", path.read_bytes())\n',
        ),
    ),
    _mutant(
        "validated-after-writing",
        "B19",
        (WRONG, "if (check or document is None) and (wrong := errors(found)):"),
        (SIGNATURE, SIGNATURE.replace("str", "str, check: bool = True")),
        (ABSTRACT_SET, f"{ABSTRACT_SET}from chaim_reference.cdk.schemas import load_schema\n"),
        (
            LOADED,
            "        self.schema_path = schema_path\n"
            "        self.schema = load_schema(schema_path, check=False)\n",
        ),
        (WRITTEN, WRITTEN + "            load_schema(binder.schema_path)\n"),
    ),
)

PYTHON_REFUSALS_MUTANTS = (*CONFIGS, *FILES)
