"""Faults of the reference handler with Secrets Manager, with large snapshots, and in headers."""

from __future__ import annotations

from tests.mutants.mutant import faults_of

_mutant = faults_of("reference", prefix="python")

# Places in reference_impl/chaim_reference/handler.py.
IMPORTS = "import hashlib\n"
NAMED = 'if secret_name := os.environ.get("SECRET_NAME"):'
SECRET = "secret = json.loads(_in_time(lambda: _secret_text(secret_name), deadline))\n"
KEYS = 'key, api_secret = secret.get("apiKey"), secret.get("apiSecret")\n'
ASKED = 'return str(client.get_secret_value(SecretId=secret_name)["SecretString"])'
CHECKED = "if not isinstance(value, str) or not value.strip():"
CATCH = "    except IngestError as error:\n"
STRICT = 'if mode == "STRICT":'
FAILED = 'answer["IngestStatus"] = "FAILED"  # H50, H53'
SIGNED = '    headers = {**JSON_CONTENT, "x-chaim-key": key,'
PRESIGN_URL = 'base + "/ingest/presign", body'

SECRETS_MUTANTS = (
    _mutant("secret-never-read", "H80", (NAMED, NAMED.replace("SECRET_NAME", "CHAIM_SECRET"))),
    _mutant(
        "environment-wins-over-secret",
        "H80",
        (
            NAMED,
            'secret_name = os.environ.get("SECRET_NAME")\n'
            '    if secret_name and not os.environ.get("API_KEY"):',
        ),
    ),
    _mutant(
        "secret-kept-in-memory",
        "H80",
        (IMPORTS, "import functools\n" + IMPORTS),
        ("def _secret_text(", "@functools.cache\ndef _secret_text("),
    ),
    _mutant(
        "secret-arn-taken-apart",
        "H80",
        (ASKED, ASKED.replace("SecretId=secret_name", 'SecretId=secret_name.rpartition(":")[2]')),
    ),
    _mutant(
        "secret-of-previous-version",
        "H80",
        (
            ASKED,
            'versions = client.list_secret_version_ids(SecretId=secret_name)["Versions"]\n'
            '    stages = [stage for one in versions for stage in one["VersionStages"]]\n'
            '    stage = "AWSPREVIOUS" if "AWSPREVIOUS" in stages else "AWSCURRENT"\n'
            + "    "
            + ASKED.replace("=secret_name", "=secret_name, VersionStage=stage"),
        ),
    ),
    _mutant(
        "secret-in-temporary-file",
        "H75",
        (IMPORTS, IMPORTS + "import tempfile\n"),
        (
            ASKED,
            ASKED.replace("return", "text =")
            + '\n    Path(tempfile.gettempdir(), "secret.json").write_text(text)\n    return text',
        ),
    ),
    _mutant(
        "secret-that-is-no-json-logged",
        "H70",
        (
            SECRET,
            "text = _in_time(lambda: _secret_text(secret_name), deadline)\n"
            "        try:\n"
            "            secret = json.loads(text)\n"
            "        except ValueError as error:\n"
            '            print(f"the secret cannot be read: {error.doc}")\n'
            "            raise\n",
        ),
    ),
    _mutant(
        "secret-without-keys-logged",
        "H70",
        (
            KEYS,
            KEYS
            + '        if key is None:\n            print(f"no apiKey in the secret {secret}")\n',
        ),
    ),
    _mutant(
        "secret-wrapped-in-log",
        "H70",
        (
            KEYS,
            KEYS + "        for start in range(0, len(str(api_secret)), 7):\n"
            "            print(str(api_secret)[start : start + 7])\n",
        ),
    ),
    _mutant(
        "secret-not-found-swallowed",
        "H82",
        (CATCH, CATCH + '        mode = "" if "ResourceNotFound" in str(error) else mode\n'),
    ),
    _mutant(
        "secret-empty-accepted",
        "H82",
        (CHECKED, CHECKED.replace("value.strip()", "(value.strip() or secret_name)")),
    ),
    _mutant(
        "secret-without-keys-becomes-text",
        "H82",
        (KEYS, 'key, api_secret = str(secret.get("apiKey")), str(secret.get("apiSecret"))\n'),
    ),
    _mutant(
        "secret-denied-raised",
        "H50",
        (STRICT, 'if mode == "STRICT" or "ClientError" in str(error):'),
    ),
    _mutant(
        "secrets-manager-reset-swallowed",
        "H51",
        (CATCH, CATCH + '        mode = "" if "ConnectionClosed" in str(error) else mode\n'),
    ),
    _mutant(
        "secrets-manager-failure-not-told",
        "H53",
        (FAILED, FAILED.replace("=", '= "SUCCESS" if "InternalService" in str(error) else', 1)),
    ),
    _mutant(
        "secret-in-presign-header",
        "H71",
        (SIGNED, SIGNED.replace("{**", '{"x-chaim-secret": secret, **')),
    ),
    _mutant(
        "key-in-presign-query",
        "H71",
        (PRESIGN_URL, PRESIGN_URL.replace('presign"', 'presign?key=" + key')),
    ),
    _mutant("limit-of-8-mebibytes", "H90", ("= 10 * 1024 * 1024", "= 8 * 1024 * 1024")),
    _mutant("reads-8-megabytes", "H90", (".read_bytes()", '.open("rb").read(8_000_000)')),
)
