"""Faults that show in a stack's life: replacements, retries after a lost answer, neighbours."""

from __future__ import annotations

from dataclasses import replace

from tests.mutants.mutant import Mutant, faults_of

_python = faults_of("reference", prefix="python")
_cjs = faults_of("framework-cjs", prefix="cjs")
_raw = faults_of("node-provider", prefix="raw")


def _by(mutant: Mutant, *clauses: str) -> Mutant:
    """One that cannot break the one clause without the others."""
    return replace(mutant, clauses=clauses)


PHYSICAL_ID = 'physical_id = event.get("PhysicalResourceId") or event_id\n'
EVENT_ID = 'event_id = _event_id(event["RequestId"])\n'
UPLOAD = '        _send("PUT", upload_url, body, JSON_CONTENT, deadline)\n'
PUBLISHED = '        answer["ContentHash"] = _publish(event_id, action, deadline)  # H12\n'
FAILING = "    except IngestError as error:\n"
ENTITIES = ("Order", "OrderItem", "Customer")

PYTHON = (
    _python(
        "answers-update-with-a-new-id",
        "H06",
        (PHYSICAL_ID, f'{PHYSICAL_ID}    if action == "UPSERT":\n        physical_id = event_id\n'),
    ),
    _python(
        "id-follows-the-content",
        "H06",
        (
            PHYSICAL_ID,
            f'{PHYSICAL_ID}    if event["RequestType"] == "Update" and "ContentHash" in answer:\n'
            '        physical_id = event_id + "-" + answer["ContentHash"][7:19]\n',
        ),
    ),
    _python(
        "new-id-after-a-rollback",
        "H06",
        (
            PHYSICAL_ID,
            f"{PHYSICAL_ID}"
            '    old = event.get("OldResourceProperties", {}).get("Fingerprint", "")\n'
            '    if old > event["ResourceProperties"]["Fingerprint"] and action == "UPSERT":\n'
            "        physical_id = event_id\n",
        ),
    ),
    _by(
        _python(
            "undoes-what-it-did-not-hear-of",
            "H08",
            (
                UPLOAD,
                "        try:\n"
                f"    {UPLOAD}"
                "        except OSError:\n"
                '            if action == "UPSERT":\n'
                '                _publish(_event_id(event_id), "DELETE", deadline)\n'
                "            raise\n",
            ),
        ),
        "H03",
        "H08",
    ),
    _by(
        _python(
            "tries-a-delete-again-as-a-new-event",
            "H08",
            (
                PUBLISHED,
                "        try:\n"
                f"    {PUBLISHED}"
                "        except IngestError:\n"
                '            if action == "UPSERT":\n'
                "                raise\n"
                '            event_id = answer["EventId"] = _event_id(event_id)\n'
                f"    {PUBLISHED}",
            ),
        ),
        "H03",
        "H08",
    ),
    _python(
        "event-id-of-the-clock",
        "H03",
        (EVENT_ID, 'event_id = _event_id(event["RequestId"] + str(time.time_ns()))\n'),
    ),
    _by(
        _python(
            "deletes-the-neighbours",
            "H09",
            (
                PUBLISHED,
                f"{PUBLISHED}"
                '        if action == "DELETE":\n'
                f"            for one in {ENTITIES}:\n"
                "                _publish(_event_id(event_id + one), action, deadline, one)\n",
            ),
            (
                "def _publish(event_id: str, action: str, deadline: float) -> str:",
                "def _publish(event_id: str, action: str, deadline: float, entity='') -> str:",
            ),
            (
                "        body, app_id = _document(action)\n",
                "        body, app_id = _document(action)\n"
                "        own = json.loads(body).get('resourceId') or json.loads(body)['identity']"
                "['resourceId']\n"
                "        if entity:\n"
                "            other = own.partition('__')[0] + '__' + entity\n"
                "            if other == own:\n"
                "                return ''\n"
                "            body = body.replace(json.dumps(own).encode(),"
                " json.dumps(other).encode())\n",
            ),
        ),
        "H03",
        "H09",
        "H20",
        "H33",
        "H42",
    ),
    _python(
        "fails-on-delete-of-nothing",
        "H54",
        (
            EVENT_ID,
            f"{EVENT_ID}"
            '    if event["RequestType"] == "Delete":\n'
            '        uuid.UUID(event["PhysicalResourceId"])\n',
        ),
    ),
    _python(
        "takes-no-rollback",
        "H54",
        (
            EVENT_ID,
            f"{EVENT_ID}"
            '    old = event.get("OldResourceProperties", {}).get("Fingerprint", "")\n'
            '    if old > event["ResourceProperties"]["Fingerprint"]:\n'
            '        raise RuntimeError("rollbacks are not supported")\n',
        ),
    ),
    _python(
        "locks-itself-out-after-a-failure",
        "H57",
        (
            EVENT_ID,
            f"{EVENT_ID}"
            '    lock = Path(os.environ["TMPDIR"], "busy-" + event_id)\n'
            "    if lock.exists():\n"
            '        raise RuntimeError("this operation is under way")\n'
            "    lock.touch()\n",
        ),
        (PHYSICAL_ID, f"{PHYSICAL_ID}    lock.unlink()\n"),
    ),
)

NODE = (
    _cjs(
        "answers-update-with-a-new-id",
        "H06",
        (
            "const physicalId = event.PhysicalResourceId || eventId",
            "const physicalId = action === 'DELETE' ? event.PhysicalResourceId : eventId",
        ),
    ),
    _raw(
        "answers-update-with-a-new-id",
        "H06",
        (
            "PhysicalResourceId: event.PhysicalResourceId ?? `chaim-${eventId}`",
            "PhysicalResourceId: event.RequestType === 'Delete'"
            " ? event.PhysicalResourceId : `chaim-${eventId}`",
        ),
    ),
    _raw(
        "fails-on-delete-of-nothing",
        "H54",
        (
            "    const snapshot = readSnapshot()\n",
            "    const snapshot = readSnapshot()\n"
            "    const known = /-4...-/.test(event.PhysicalResourceId)\n"
            "    if (event.RequestType === 'Delete' && !known) throw new IngestError('whose?')\n",
        ),
    ),
)

STACK_MUTANTS: tuple[Mutant, ...] = (*PYTHON, *NODE)
