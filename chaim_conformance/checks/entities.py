"""H06, H08 and H09: what the service holds after the requests of a stack's life.

The registry's audit trail says what took effect; the state after any attempt is what the entries up
to it leave. It is the tolerant one: what the service objects to is for other clauses to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from chaim_conformance.checks.evidence import (
    bundled,
    ending,
    ingest_failed,
    is_healthy,
    obstacle,
    publishing_clause,
)
from chaim_conformance.checks.registry import judges
from chaim_conformance.checks.troubles import healthy_failure, spoiled
from chaim_conformance.plane.registry import identify
from chaim_conformance.transcript import AttemptRecord, Exchange, LedgerEntry, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

Identity = tuple[str, ...]
# Each entity's action and content hash, as the last event that took effect left it.
State = dict[Identity, tuple[str, str]]


def state_after(t: Transcript, position: int) -> State:
    """What the service holds once the attempt with this number is over."""
    entries = (e for e in t.tolerant_ledger if e.attempt <= position)
    return {e.identity: (e.action, e.content_hash) for e in entries if e.verdict == "effective"}


def events_of(t: Transcript, attempts: tuple[AttemptRecord, ...]) -> list[LedgerEntry]:
    """The events of these attempts that took effect on the entity that they are about."""
    numbers = {t.attempts.index(record) for record in attempts}
    own = entity_of(t, attempts[0])
    entries = (e for e in t.tolerant_ledger if e.attempt in numbers and e.identity == own)
    return [e for e in entries if e.verdict == "effective"]


def entity_of(t: Transcript, record: AttemptRecord) -> Identity:
    """The entity that an attempt is about."""
    return identify(bundled(t.bundle(record)))


def _is_told(record: AttemptRecord) -> bool:
    """Whether the deployment was told that the snapshot is published."""
    accepted = any(upload.accepted for upload in record.uploads)
    return accepted and record.answer.status == "SUCCESS" and not ingest_failed(record)


def _left_right(t: Transcript, record: AttemptRecord) -> bool:
    """Whether the service holds what this attempt was told to have published."""
    state = state_after(t, t.attempts.index(record)).get(entity_of(t, record))
    if record.request_type == "Delete":
        return state is not None and state[0] == "DELETE"
    last = [e for e in record.uploads if e.accepted][-1]
    return state == ("UPSERT", _hash_of(last))


def _hash_of(upload: Exchange) -> str:
    return f"sha256:{hashlib.sha256(upload.body).hexdigest()}"


def _upload_of(record: AttemptRecord, entry: LedgerEntry) -> Exchange | None:
    """The attempt's upload that brought this event, if it is one of this attempt."""
    return next((e for e in record.uploads if _hash_of(e) == entry.content_hash), None)


def _why_not(t: Transcript, record: AttemptRecord) -> str:
    """The clause whose violation keeps a healthy attempt from having its effect."""
    number = t.attempts.index(record)
    verdicts = {e.verdict for e in t.tolerant_ledger if e.attempt == number}
    if verdicts == {"no-op"}:
        return "H04"
    return "H43" if verdicts == {"rejected"} else publishing_clause(t, record)


@judges("H06")
def update_keeps_the_entity(t: Transcript) -> Iterator[Finding]:
    """After an Update and the cleanup that it brings about, the entity is active with its content.

    A rollback is an Update, too: to the content of before.
    """
    if not t.scenario.stack:
        return
    operations = list(t.by_operation())
    for index, attempts in enumerate(operations):
        record = attempts[-1]
        if record.request_type != "Update" or not is_healthy(t, record):
            continue
        if blocked := obstacle(t, record) or spoiled(t, record):
            yield Blocked(by=blocked, where=record)
        elif not _is_told(record):
            yield Blocked(by=healthy_failure(t) or "H57", where=record)
        elif not _left_right(t, record):
            yield Blocked(by=_why_not(t, record), where=record)
        else:
            yield _after_cleanup(t, record, operations[index + 1 :])


def _after_cleanup(
    t: Transcript, record: AttemptRecord, later: list[tuple[AttemptRecord, ...]]
) -> Finding:
    """Whether the Deletes that CloudFormation sends because of this Update spare the entity."""
    where = record
    for attempts in later:
        if t.operations[attempts[0].operation].cause != "cleanup":
            break
        where = attempts[-1]
    if where is record:
        return Upheld(where=record)
    held, given = record.event["PhysicalResourceId"], record.answer.physical_resource_id
    name = entity_of(t, record)
    before = state_after(t, t.attempts.index(record))
    after = state_after(t, t.attempts.index(where))
    if before.get(name) == after.get(name):
        return Upheld(where=where)
    return Violation(
        expected=f"{name[-1]} is active with the content of the Update",
        seen=f"it is deleted: the Update answered {given!r} in place of the PhysicalResourceId"
        f" {held!r}, so CloudFormation sent Delete for the old one",
        where=where,
        hint="answer an Update with the PhysicalResourceId that it came with",
    )


@judges("H08")
def a_retry_is_no_second_event(t: Transcript) -> Iterator[Finding]:
    """However often an operation is tried, the service has one event of it, and its state."""
    for attempts in t.by_operation():
        record = attempts[-1]
        numbers = [t.attempts.index(one) for one in attempts]
        came = [e for e in t.tolerant_ledger if e.attempt in numbers]  # H09 sees the others'
        if len(came) < 2:
            continue
        effects = events_of(t, attempts)
        within = [r for r, n in zip(attempts, numbers, strict=True) if _doubled(effects, n)]
        if within:
            yield _second_event(t, within[0], effects)
        elif len(effects) > 1:
            yield Blocked(by="H03", where=record)
        elif not is_healthy(t, record) or not _is_told(record):
            continue
        elif _left_right(t, record):
            yield Upheld(where=record)
        else:
            yield Blocked(by=_why_not(t, record), where=record)


def _doubled(effects: list[LedgerEntry], number: int) -> bool:
    return len({e.event_id for e in effects if e.attempt == number}) > 1


def has_doubled(t: Transcript, attempts: tuple[AttemptRecord, ...]) -> bool:
    """Whether one of the attempts alone had two events, which is H08's to say."""
    effects = events_of(t, attempts)
    return any(_doubled(effects, t.attempts.index(record)) for record in attempts)


def _second_event(t: Transcript, record: AttemptRecord, effects: list[LedgerEntry]) -> Violation:
    number = t.attempts.index(record)
    own = [e for e in effects if e.attempt == number]
    actions = " and ".join(f"{e.action} of {e.resource_id}" for e in own)
    return Violation(
        expected="one event for one operation, however often its parts are tried",
        seen=f"{len(own)} events took effect: {actions}; {ending(record)}",
        where=record,
        hint="an upload whose answer was lost may have been accepted: try again with the same"
        " eventId, and undo nothing",
        exchange=_upload_of(record, own[1]),
    )


@judges("H09")
def deleting_one_spares_the_others(t: Transcript) -> Iterator[Finding]:
    """A Delete, with all its attempts, leaves every other entity as it was."""
    for attempts in t.by_operation():
        if attempts[0].request_type != "Delete":
            continue
        own, record = entity_of(t, attempts[0]), attempts[-1]
        before = state_after(t, t.attempts.index(attempts[0]) - 1)
        after = state_after(t, t.attempts.index(record))
        others = {name: now for name, now in before.items() if name != own and now[0] == "UPSERT"}
        if not others:
            continue
        harmed = next((name for name, now in others.items() if after.get(name) != now), None)
        if harmed is not None:
            until = t.attempts.index(record)
            harm = [e for e in t.tolerant_ledger if e.identity == harmed and e.attempt <= until]
            yield Violation(
                expected=f"{harmed[-1]} is as it was: the Delete is about {own[-1]}",
                seen=f"{harmed[-1]} is "
                + ("deleted" if after[harmed][0] == "DELETE" else "of other content"),
                where=record,
                exchange=_upload_of(record, harm[-1]),
            )
        elif after.get(own, ("", ""))[0] == "DELETE":
            yield Upheld(where=record)
        elif is_healthy(t, record):
            yield Blocked(by=obstacle(t, record) or _why_not(t, record), where=record)
