"""H01 to H07: whose snapshot it is, and by which identifiers an operation is known."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chaim_conformance.checks.entities import has_doubled
from chaim_conformance.checks.evidence import (
    DECOY,
    changes_id,
    ending,
    event_ids,
    healthy_attempts,
    is_healthy,
    obstacle,
    presign_fields,
    presign_with,
    presigned,
    published,
    shown,
    too_long,
)
from chaim_conformance.checks.registry import judges
from chaim_conformance.transcript import AttemptRecord, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

UUID4 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)


@judges("H01")
def own_bundle(t: Transcript) -> Iterator[Finding]:
    """Snapshots lie about in the OS cache and in the environment; the bundle's own is published."""
    for item in published(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, upload = item
        if DECOY.encode() in upload.body:
            yield Violation(
                expected="the snapshot of ./snapshot.json is uploaded",
                seen=f"a snapshot from the environment or the OS cache was: resourceId {DECOY!r}",
                where=record,
                hint="CHAIM_SNAPSHOT_DIR and the OS cache belong to the command line, not to the "
                "handler; read snapshot.json from the working directory",
                exchange=upload,
            )
        else:
            yield Upheld(where=record)


@judges("H02")
def event_id_is_uuid4(t: Transcript) -> Iterator[Finding]:
    """Every eventId submitted is a UUID v4."""
    for item in presigned(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, exchange = item
        event_id = presign_fields(exchange).get("eventId")
        if event_id is None:
            yield Blocked(by="H21", where=record)
        elif isinstance(event_id, str) and UUID4.fullmatch(event_id):
            yield Upheld(where=record)
        else:
            yield Violation(
                expected="an eventId like 9f8b2c1e-5d4a-4e3b-8a7c-0123456789ab (UUID version 4)",
                seen=f"eventId {shown(event_id)}",
                where=record,
                hint="a hash used as an id needs its version and variant bits set"
                if isinstance(event_id, str) and re.fullmatch(r"[0-9a-f-]{32,36}", event_id.lower())
                else "",
                exchange=exchange,
            )


@judges("H03")
def one_request_one_event_id(t: Transcript) -> Iterator[Finding]:
    """Every attempt with one RequestId submits one eventId, warm or cold, after whatever end."""
    for attempts in t.by_operation():
        if len(attempts) < 2:
            continue
        silent = [a for a in attempts if not event_ids(a) and is_healthy(t, a)]
        for record in silent:
            yield Blocked(by=obstacle(t, record) or "H21", where=record)
        sent = [(record, event_id) for record in attempts for event_id in event_ids(record)]
        if len({record.attempt for record, _ in sent}) < 2:
            continue
        first = sent[0][1]
        other = next(((r, e) for r, e in sent if e != first), None)
        if other is None:
            yield Upheld(where=sent[-1][0])
        elif has_doubled(t, attempts):
            yield Blocked(by="H08", where=other[0])
        else:
            yield Violation(
                expected=f"eventId {first} again: the RequestId is the same",
                seen=f"eventId {other[1]}",
                where=other[0],
                hint=_retry_hint(attempts, other[0]),
                exchange=presign_with(*other),
            )


def _retry_hint(attempts: tuple[AttemptRecord, ...], record: AttemptRecord) -> str:
    warm_agree = {e for a in attempts if a.start == "warm" for e in event_ids(a)}
    if record.start == "cold" and len(warm_agree) == 1 and len(attempts) > 2:
        return "warm retries agree: the eventId is kept in the process, and a cold start forgets it"
    return "derive the eventId from the RequestId: it is all that a retry is sure to share"


@judges("H04")
def two_requests_two_event_ids(t: Transcript) -> Iterator[Finding]:
    """No eventId is used for a second RequestId."""
    owner: dict[str, AttemptRecord] = {}
    for record in t.attempts:
        if not event_ids(record) and is_healthy(t, record):
            yield Blocked(by=obstacle(t, record) or "H21", where=record)
        for event_id in event_ids(record):
            first = owner.setdefault(event_id, record)
            if first.operation != record.operation:
                yield Violation(
                    expected=f"an eventId other than that of {first}: the RequestId differs",
                    seen=f"the same eventId {event_id}; the service drops this"
                    f" {record.request_type} as a repetition",
                    where=record,
                    hint=_collision_hint(event_id, first, record),
                    exchange=presign_with(record, event_id),
                )
                return
    if len({record.operation for record in owner.values()}) > 1:
        yield Upheld()


def _collision_hint(event_id: str, first: AttemptRecord, record: AttemptRecord) -> str:
    """What the two requests have in common that the eventId may be made of."""
    held = str(record.event.get("PhysicalResourceId", ""))
    if event_id in held.lower():
        return "it is the UUID in the PhysicalResourceId, which names the Create"
    if held and held == first.event.get("PhysicalResourceId"):
        return "both have one PhysicalResourceId, and RequestIds of their own: derive it from those"
    return "derive it from the RequestId, which is another in each request"


@judges("H05")
def create_id_contains_event_id(t: Transcript) -> Iterator[Finding]:
    """A Create that succeeded answers with a PhysicalResourceId that contains its eventId."""
    for record in healthy_attempts(t):
        if record.request_type != "Create":
            continue
        if clause := obstacle(t, record):
            yield Blocked(by=clause, where=record)
        elif record.answer.status != "SUCCESS":
            yield Blocked(by="H60" if too_long(record) else "H54", where=record)
        elif not event_ids(record):
            yield Blocked(by="H21", where=record)
        elif any(
            e in (record.answer.physical_resource_id or "").lower() for e in event_ids(record)
        ):
            yield Upheld(where=record)
        else:
            yield Violation(
                expected=f"a PhysicalResourceId that contains the eventId {event_ids(record)[-1]}",
                seen=f"PhysicalResourceId {record.answer.physical_resource_id!r}",
                where=record,
            )


@judges("H07")
def delete_keeps_its_id(t: Transcript) -> Iterator[Finding]:
    """Delete answers with the PhysicalResourceId that it was given."""
    for record in t.attempts:
        if record.request_type != "Delete" or not is_healthy(t, record):
            continue
        given, answered = record.event["PhysicalResourceId"], record.answer.physical_resource_id
        if too_long(record):
            yield Blocked(by="H60", where=record)
        elif record.answer.status is None or record.outcome.kind != "returned":
            yield Blocked(by="H54", where=record)
        elif answered is not None and not changes_id(record):
            yield Upheld(where=record)
        else:
            yield Violation(
                expected=f"PhysicalResourceId {given!r}, as received",
                seen=ending(record)
                if answered == given
                else f"PhysicalResourceId {answered!r}; {ending(record)}",
                where=record,
                hint="CloudFormation takes another id for another resource; answering Delete with "
                "a new one fails it",
            )
