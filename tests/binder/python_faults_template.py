"""Faults of the Python reference binder in its bundles, and in what the template has of them."""

from __future__ import annotations

from dataclasses import replace

from tests.binder.mutant import BinderMutant, faults_of
from tests.mutants.mutant import Edit

_mutant = faults_of("reference", prefix="py")

IMPORTS = (
    "import hashlib\nfrom collections.abc import Mapping\nfrom pathlib import Path\n\nimport aws"
)
IAM = (IMPORTS, f"{IMPORTS}_cdk as cdk\nfrom aws_cdk import aws_iam as iam\nimport aws")
JSON = (IMPORTS, IMPORTS.replace("import hashlib\n", "import hashlib\nimport json\n"))

# bundles
STACK_FOLDER = " / safe_name(entity.stack_name) / entity.resource_id"
BUNDLE = "bundle = asset_directory(self._cdk_out(), entity)"
CDK_OUT = '            return root / "cdk.out"\n'
FILES = '{"snapshot.json": snapshot, "index.py": HANDLER.read_bytes()}'
WRITE = "        write(directory / name, content)\n"
WRITTEN = "write_bundle(bundle, content)"
TO_INGESTION = "                bundle=bundle,\n"
HASH = "asset_hash=bundle_hash"
RUNTIME = "PYTHON_3_12"

# role
IF_SECRET = "        if config.credentials.secret is not None:\n            _secret("
GRANT = "_secret(self, config.credentials.secret).grant_read(function)"
CUSTOM_RESOURCE = "        cdk.CustomResource(\n"
PROPERTIES = 'properties={"Fingerprint": fingerprint},'
ENVIRONMENT = "            **config.credentials.environment,\n"
SCHEMA = 'json.loads((bundle / "snapshot.json").read_bytes())["schema"]'

# base URL
URL = '            "CHAIM_API_BASE_URL": base_url,  # B18\n'
FROM_CONTEXT = 'from_context = self.node.try_get_context("chaimApiBaseUrl")'
CHOSEN = 'str(from_context or os.environ.get("CHAIM_API_BASE_URL") or DEFAULT_BASE_URL)'

# the table
AGREED = "        AppBindings.of(self).agree(resource, self, config)  # B11\n"


def _allows(name: str, actions: str, resource: str) -> BinderMutant:
    """The role may do ``actions`` on ``resource``, an expression, instead of CDK's own grant."""
    statement = f'iam.PolicyStatement(actions=["{actions}"], resources=[{resource}])'
    return _mutant(name, "B17", IAM, (GRANT, f"function.add_to_role_policy({statement})"))


def _touched(name: str, line: str, *edits: Edit) -> BinderMutant:
    """A line more when a binding is made, which does something to the table's resource."""
    return _mutant(name, "B24", (AGREED, f"{AGREED}        {line}\n"), *edits)


BUNDLES = (
    replace(
        # Where there is one binding the directory is wrong; where several are, it is shared.
        _mutant("directory-of-the-stack", "B15", (STACK_FOLDER, " / safe_name(entity.stack_name)")),
        clauses=("B14", "B15"),
    ),
    replace(
        _mutant(
            "directory-by-entity",
            "B14",
            (STACK_FOLDER, " / safe_name(entity.stack_name) / safe_name(entity.entity_name)"),
        ),
        clauses=("B14", "B15"),
    ),
    _mutant("directory-by-resource", "B14", (STACK_FOLDER, " / entity.resource_id")),
    _mutant(
        "directory-by-construct-id",
        "B14",
        (
            BUNDLE,
            'bundle = self._cdk_out() / "chaim/assets" / entity.stack_name / _construct_id(entity)',
        ),
    ),
    _mutant(
        "directory-by-the-stacks-id",
        "B14",
        (
            BUNDLE,
            'bundle = self._cdk_out() / "chaim/assets" / self.stack.node.id / entity.resource_id',
        ),
    ),
    _mutant(
        "below-the-working-directory",
        "B14",
        (CDK_OUT, '            return Path.cwd() / "cdk.out"\n'),
    ),
    _mutant(
        "snapshot-not-bundled", "B14", (FILES, FILES.replace('"snapshot.json": snapshot, ', ""))
    ),
    _mutant(
        "snapshot-under-another-name", "B14", (FILES, FILES.replace("snapshot.json", "entity.json"))
    ),
    _mutant("handler-not-bundled", "B14", (FILES, '{"snapshot.json": snapshot}')),
    _mutant(
        "stale-bundle", "B15", (WRITE, f"        if not (directory / name).exists():\n    {WRITE}")
    ),
    _mutant(
        "first-bindings-bundle-for-all",
        "B15",
        (TO_INGESTION, "                bundle=asset_directory(self._cdk_out(), entities[0]),\n"),
    ),
    _mutant("constant-asset-hash", "B15", (HASH, 'asset_hash="chaim"')),
    _mutant(
        "asset-hash-of-the-path",
        "B15",
        (HASH, "asset_hash=hashlib.sha256(str(bundle).encode()).hexdigest()"),
    ),
    _mutant(
        "bundle-without-schema",
        "B16",
        (WRITTEN, 'write_bundle(bundle, as_bytes({**snapshot, "schema": None}))'),
    ),
    _mutant(
        "bundle-with-the-stacks-id",
        "B16",
        (WRITTEN, 'write_bundle(bundle, as_bytes({**snapshot, "stackName": self.stack.node.id}))'),
    ),
    _mutant(
        "bundle-without-metadata",
        "B16",
        (
            WRITTEN,
            'write_bundle(bundle, as_bytes({**snapshot, "dataStore": {"type": "dynamodb"}}))',
        ),
    ),
    _mutant(
        "handler-of-another-file", "B23", ('handler="index.handler"', 'handler="handler.handler"')
    ),
    _mutant("handler-of-another-name", "B23", ('handler="index.handler"', 'handler="index.main"')),
    _mutant("runtime-of-node", "B23", (RUNTIME, "NODEJS_20_X")),
    _mutant(
        "secret-under-another-name",
        "B23",
        ('{"SECRET_NAME": self.secret}', '{"SECRET_ARN": self.secret}'),
    ),
    _mutant("credentials-not-passed", "B23", (ENVIRONMENT, "")),
    _mutant("api-secret-not-passed", "B23", (', "API_SECRET": self.api_secret or ""', "")),
    _mutant(
        "handler-needs-its-package",
        "B23",
        (
            "import urllib.request\nimport uuid\n",
            "import urllib.request\nimport uuid\nfrom chaim_reference import __version__\n",
        ),
    ),
)

TEMPLATES = (
    _allows(
        "all-of-secrets-manager",
        "secretsmanager:*",
        "_secret(self, config.credentials.secret).secret_arn",
    ),
    _allows("all-secrets", "secretsmanager:GetSecretValue", '"*"'),
    _allows(
        "secrets-that-begin-alike",
        "secretsmanager:GetSecretValue",
        '_secret(self, config.credentials.secret).secret_arn + "*"',
    ),
    _allows(
        "secret-always-in-aws",
        "secretsmanager:GetSecretValue",
        'cdk.Fn.sub("arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:" +'
        ' config.credentials.secret.rpartition(":")[2] + "-??????")',
    ),
    _mutant(
        "secret-readable-though-keys-are-given",
        "B17",
        (IF_SECRET, IF_SECRET.replace("config.credentials.secret is not None", "True")),
        (GRANT, GRANT.replace("secret)", 'secret or "chaim/api-credentials")')),
    ),
    _mutant(
        "administrator",
        "B17",
        IAM,
        (
            CUSTOM_RESOURCE,
            "        function.role.add_managed_policy(\n"
            '            iam.ManagedPolicy.from_aws_managed_policy_name("AdministratorAccess")\n'
            f"        )\n{CUSTOM_RESOURCE}",
        ),
    ),
    _mutant(
        "reads-tables",
        "B17",
        IAM,
        (
            CUSTOM_RESOURCE,
            "        function.add_to_role_policy(\n"
            '            iam.PolicyStatement(actions=["dynamodb:DescribeTable"], resources=["*"])\n'
            f"        )\n{CUSTOM_RESOURCE}",
        ),
    ),
    _mutant("secret-not-readable", "B17", (GRANT, "pass")),
    _mutant(
        "two-custom-resources",
        "B17",
        (
            CUSTOM_RESOURCE,
            '        for id in ("Resource", "Registration"):\n          cdk.CustomResource(\n',
        ),
        (
            '            self,\n            "Resource",\n',
            "            self,\n            id,\n",
        ),
        (
            '                self, "Provider", on_event_handler=function\n',
            '                self, f"{id}Provider", on_event_handler=function\n',
        ),
    ),
    replace(_mutant("base-url-not-passed", "B18", (URL, "")), clauses=("B18", "B28")),
    replace(
        _mutant(
            "base-url-hard-coded",
            "B18",
            (URL, URL.replace("base_url", '"https://ingest.chaim.co"')),
        ),
        clauses=("B18", "B28"),
    ),
    replace(
        _mutant("context-ignored", "B18", (FROM_CONTEXT, "from_context = None")),
        clauses=("B18", "B28"),
    ),
    _mutant(
        "path-of-the-context-lost",
        "B18",
        (
            FROM_CONTEXT,
            FROM_CONTEXT.replace("self", '"/".join(str(self', 1).replace(
                '")', '") or "").split("/")[:3])'
            ),
        ),
    ),
    _mutant(
        "default-with-a-stage",
        "B18",
        (
            'DEFAULT_BASE_URL = "https://ingest.chaim.co"\n_ID',
            'DEFAULT_BASE_URL = "https://ingest.chaim.co/v1"\n_ID',
        ),
    ),
    _mutant(
        "environment-before-context",
        "B28",
        (CHOSEN, 'str(os.environ.get("CHAIM_API_BASE_URL") or from_context or DEFAULT_BASE_URL)'),
    ),
    _mutant("environment-ignored", "B28", (CHOSEN, "str(from_context or DEFAULT_BASE_URL)")),
    _mutant(
        "environment-with-junk",
        "B28",
        (CHOSEN, CHOSEN.replace('os.environ.get("CHAIM_API_BASE_URL")', "_of_environment()")),
        (
            "def _construct_id(",
            "def _of_environment() -> str:\n"
            '    url = os.environ.get("CHAIM_API_BASE_URL")\n'
            '    return f"{url}/ingest" if url else ""\n\n\ndef _construct_id(',
        ),
    ),
    _touched("table-tagged", 'cdk.Tags.of(construct).add("chaim:entity", "bound")'),
    _touched(
        "stream-switched-on",
        "if type(resource).__name__ == 'CfnTable' and not resource.stream_specification:\n"
        '            resource.stream_specification = {"streamViewType": "NEW_IMAGE"}',
    ),
    _touched(
        "table-removed-with-the-stack", "resource.apply_removal_policy(cdk.RemovalPolicy.DESTROY)"
    ),
    _touched(
        "table-protected", 'resource.add_property_override("DeletionProtectionEnabled", True)'
    ),
    _touched(
        "keys-of-tables-deleted-soon",
        "for key in cdk.Stack.of(resource).node.find_all():\n"
        '            if type(key).__name__ == "CfnKey":\n'
        '                key.add_property_override("PendingWindowInDays", 7)',
    ),
    _mutant(
        "schema-in-properties",
        "B29",
        JSON,
        (PROPERTIES, f'properties={{"Fingerprint": fingerprint, "Schema": {SCHEMA}}},'),
    ),
    _mutant(
        "schema-in-the-environment",
        "B29",
        JSON,
        (ENVIRONMENT, f'{ENVIRONMENT}            "SCHEMA": json.dumps({SCHEMA}),\n'),
    ),
    _mutant(
        "fields-in-a-description",
        "B29",
        JSON,
        (
            PROPERTIES,
            'properties={"Fingerprint": fingerprint, "Description": "Fields: " + ", ".join('
            f'field["name"] for field in {SCHEMA}["fields"])}},',
        ),
    ),
    _mutant(
        "description-in-properties",
        "B29",
        JSON,
        (
            PROPERTIES,
            f'properties={{"Fingerprint": fingerprint, "About": {SCHEMA}["description"]}},',
        ),
    ),
    _mutant(
        "schema-in-base64",
        "B29",
        (
            IMPORTS,
            IMPORTS.replace("import hashlib\n", "import base64\nimport hashlib\nimport json\n"),
        ),
        (
            ENVIRONMENT,
            f'{ENVIRONMENT}            "SCHEMA": base64.b64encode('
            f"json.dumps({SCHEMA}).encode()).decode(),\n",
        ),
    ),
    _mutant(
        "fingerprint-without-measure",
        "B29",
        (PROPERTIES, 'properties={"Fingerprint": fingerprint * 64},'),
    ),
)

TEMPLATE_MUTANTS: tuple[BinderMutant, ...] = (*BUNDLES, *TEMPLATES)
