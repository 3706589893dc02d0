"""Faults of the Python reference handler in what it publishes, and under which identifiers."""

from __future__ import annotations

from tests.mutants.mutant import Mutant, faults_of

_mutant = faults_of("reference", prefix="python")

EVENT_ID = 'event_id = _event_id(event["RequestId"])'
IMPORTS = "import uuid\n"
HASH = '"sha256:" + hashlib.sha256(body).hexdigest()'
DOCUMENT = "        body, app_id = _document(action)\n"
UPSERT = "return bundled, app_id"
DELETION = '{**snapshot, "action": "DELETE", "schema": None, "capturedAt": _now()}'
PHYSICAL_ID = 'event.get("PhysicalResourceId") or event_id'

IDENTITY = (
    _mutant(
        "snapshot-from-environment",
        "H01",
        (
            UPSERT,
            'found = Path(os.environ.get("CHAIM_SNAPSHOT_DIR", "none")).rglob("*.json")\n'
            "        return next((path.read_bytes() for path in found), bundled), app_id",
        ),
    ),
    _mutant(
        "snapshot-from-os-cache",
        "H01",
        (
            UPSERT,
            'found = Path.home().joinpath(".chaim", "cache").rglob("*.json")\n'
            "        return next((path.read_bytes() for path in found), bundled), app_id",
        ),
    ),
    _mutant("event-id-version-5", "H02", ("version=4", "version=5")),
    _mutant(
        "event-id-without-dashes",
        "H02",
        (
            "str(uuid.UUID(bytes=digest[:16], version=4))",
            "uuid.UUID(bytes=digest[:16], version=4).hex",
        ),
    ),
    _mutant("event-id-random", "H03", (EVENT_ID, "event_id = str(uuid.uuid4())")),
    _mutant(
        "event-id-in-memory",
        "H03",
        (IMPORTS, IMPORTS + "EVENT_IDS: dict[str, str] = {}\n"),
        (EVENT_ID, 'event_id = EVENT_IDS.setdefault(event["RequestId"], str(uuid.uuid4()))'),
    ),
    _mutant(
        "event-id-in-temporary-file",
        "H03",
        (IMPORTS, IMPORTS + "import tempfile\n"),
        (
            EVENT_ID,
            'kept = Path(tempfile.gettempdir(), "event-" + event["RequestId"])\n'
            "    if not kept.exists():\n"
            "        kept.write_text(str(uuid.uuid4()))\n"
            "    event_id = kept.read_text()",
        ),
    ),
    _mutant(
        "event-id-new-after-failure",
        "H03",
        (IMPORTS, IMPORTS + "FAILED: list[str] = []\n"),
        (
            EVENT_ID,
            'event_id = _event_id(event["RequestId"] + "!" * FAILED.count(event["RequestId"]))',
        ),
        (
            "    except IngestError as error:\n",
            '    except IngestError as error:\n        FAILED.append(event["RequestId"])\n',
        ),
    ),
    _mutant(
        "event-id-new-on-cold-start",
        "H03",
        (IMPORTS, IMPORTS + "STARTED = str(os.getpid())\n"),
        ('_event_id(event["RequestId"])\n', '_event_id(event["RequestId"] + STARTED)\n'),
    ),
    _mutant(
        "event-id-of-resource",
        "H04",
        (EVENT_ID, 'event_id = _event_id(event["StackId"] + event["LogicalResourceId"])'),
    ),
    _mutant(
        "event-id-from-physical-id-on-update",
        "H04",
        (
            EVENT_ID,
            f'{EVENT_ID}\n    if event["RequestType"] == "Update":\n'
            '        event_id = event["PhysicalResourceId"]',
        ),
    ),
    _mutant(
        "event-id-from-physical-id-on-delete",
        "H04",
        (
            EVENT_ID,
            f'{EVENT_ID}\n    if event["RequestType"] == "Delete":\n'
            '        event_id = event["PhysicalResourceId"]',
        ),
    ),
    _mutant(
        "physical-id-is-logical-id",
        "H05",
        (PHYSICAL_ID, 'event.get("PhysicalResourceId") or event["LogicalResourceId"]'),
    ),
    _mutant(
        "physical-id-is-request-id",
        "H05",
        (PHYSICAL_ID, 'event.get("PhysicalResourceId") or event["RequestId"]'),
    ),
    _mutant(
        "physical-id-new-on-delete",
        "H07",
        (PHYSICAL_ID, f'event_id if event["RequestType"] == "Delete" else ({PHYSICAL_ID})'),
    ),
)

HASHING = (
    _mutant(
        "hash-uppercase", "H10", (HASH, '"sha256:" + hashlib.sha256(body).hexdigest().upper()')
    ),
    _mutant("hash-unprefixed", "H10", (HASH, "hashlib.sha256(body).hexdigest()")),
    _mutant(
        "hash-of-redumped",
        "H10",
        (HASH, HASH.replace("body", "json.dumps(json.loads(body)).encode()")),
    ),
    _mutant(
        "hash-in-utf-16", "H10", (HASH, HASH.replace("body", 'body.decode().encode("utf-16")'))
    ),
    _mutant(
        "hash-of-normalized-text",
        "H10",
        (IMPORTS, IMPORTS + "import unicodedata\n"),
        (HASH, HASH.replace("body", 'unicodedata.normalize("NFC", body.decode()).encode()')),
    ),
    _mutant(
        "hash-before-adding-itself",
        "H10",
        (
            "        body, app_id = _document(action)\n",
            "        bare, app_id = _document(action)\n"
            '        own = "sha256:" + hashlib.sha256(bare).hexdigest()\n'
            '        body = json.dumps({**json.loads(bare), "contentHash": own}).encode()\n',
        ),
        (HASH, HASH.replace("body", "bare")),
    ),
    _mutant(
        "hash-of-bundle-on-delete",
        "H10",
        (HASH, HASH.replace("body", 'Path("snapshot.json").read_bytes()')),
    ),
    _mutant(
        "time-of-run-inside",
        "H11",
        (UPSERT, 'return json.dumps({**snapshot, "publishedAt": _now()}).encode(), app_id'),
    ),
    _mutant(
        "event-id-inside",
        "H11",
        (
            DOCUMENT,
            DOCUMENT + '        document = {**json.loads(body), "event": event_id}\n'
            "        body = json.dumps(document).encode()\n",
        ),
    ),
    _mutant(
        "answered-hash-unprefixed",
        "H12",
        (
            "_publish(event_id, action, deadline)  # H12",
            '_publish(event_id, action, deadline)[len("sha256:") :]',
        ),
    ),
)


def _upsert(name: str, clause: str, document: str) -> Mutant:
    """An UPSERT publishes ``document`` (an expression over ``snapshot``) in place of the bundle."""
    return _mutant(name, clause, (UPSERT, f"return json.dumps({document}).encode(), app_id"))


def _rewrite_of_every(kind: str, change: str) -> str:
    """The snapshot with ``change`` (over ``v``) made to each member's value of that kind."""
    hook = f"lambda o: {{k: {change} if isinstance(v, {kind}) else v for k, v in o.items()}}"
    return f"json.loads(bundled, object_hook={hook})"


CONTENT = (
    _upsert("field-dropped", "H40", '{k: v for k, v in snapshot.items() if k != "capturedAt"}'),
    _upsert(
        "nulls-dropped",
        "H40",
        "json.loads(bundled, object_hook=lambda o: {k: v for k, v in o.items() if v is not None})",
    ),
    _upsert("texts-trimmed", "H40", _rewrite_of_every("str", "v.strip()")),
    _upsert("numbers-rounded", "H40", _rewrite_of_every("float", "round(v, 2)")),
    _upsert("numbers-as-texts", "H40", _rewrite_of_every("float", "str(v)")),
    _upsert(
        "action-lowercased",
        "H40",
        '{k: "upsert" if k == "action" else v for k, v in snapshot.items()}',
    ),
    _upsert("action-dropped", "H40", '{k: v for k, v in snapshot.items() if k != "action"}'),
    _upsert(
        "fields-reordered",
        "H40",
        '{**snapshot, "schema": {**snapshot["schema"], "fields": '
        'sorted(snapshot["schema"]["fields"], key=lambda field: field["name"])}}',
    ),
    _upsert("legacy-is-a-create", "H41", '{"action": "CREATE", **snapshot}'),
    _mutant(
        "legacy-refused",
        "H41",
        (
            f"        {UPSERT}",
            '        if "action" not in snapshot:\n            raise ValueError("no action")\n'
            f"        {UPSERT}",
        ),
    ),
    _mutant("schema-kept-on-delete", "H42", (DELETION, DELETION.replace('"schema": None, ', ""))),
    _mutant("schema-emptied-on-delete", "H42", (DELETION, DELETION.replace("None", "{}"))),
    _mutant(
        "schema-key-dropped-on-delete",
        "H42",
        (DELETION, f'{DELETION}\n    del deletion["schema"]'),
    ),
    _mutant(
        "captured-at-old-on-delete",
        "H42",
        (DELETION, DELETION.replace(', "capturedAt": _now()', "")),
    ),
    _mutant("upsert-on-delete", "H42", (DELETION, DELETION.replace('"DELETE"', '"UPSERT"'))),
    _mutant(
        "table-dropped-on-delete",
        "H42",
        (
            DELETION,
            f'{DELETION}\n    table = ("dataStore", "resource")\n'
            "    deletion = {k: v for k, v in deletion.items() if k not in table}",
        ),
    ),
    _mutant("byte-order-mark", "H43", (UPSERT, 'return b"\\xef\\xbb\\xbf" + bundled, app_id')),
    _mutant("utf-16", "H43", (UPSERT, 'return bundled.decode().encode("utf-16"), app_id')),
    _mutant("two-documents", "H43", (UPSERT, 'return bundled + b"\\n{}\\n", app_id')),
)

PUBLISHING_MUTANTS: tuple[Mutant, ...] = (*IDENTITY, *HASHING, *CONTENT)
