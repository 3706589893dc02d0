"""H60 and H61: what the answer to CloudFormation holds, and how much of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from chaim_conformance.checks.evidence import (
    answer_text,
    bundled,
    canaries,
    ending,
    event_ids,
    ingest_failed,
    is_healthy,
    obstacle,
    shown,
    too_long,
    url_secrets_until,
)
from chaim_conformance.checks.registry import judges
from chaim_conformance.checks.troubles import (
    is_troubled,
    meets_malformed_presign,
    misses_its_deadline,
)
from chaim_conformance.cloudformation.answers import MAX_RESPONSE_BYTES
from chaim_conformance.scenario import GOOD_CREDENTIALS
from chaim_conformance.transcript import AttemptRecord, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation


@judges("H60")
def answer_fits(t: Transcript) -> Iterator[Finding]:
    """The response document has at most 4,096 bytes, in trouble too."""
    for record in t.attempts:
        text = answer_text(t, record)
        if too_long(record):
            yield Violation(
                expected=f"at most {MAX_RESPONSE_BYTES} bytes of response to CloudFormation",
                seen=f"{record.answer.size} bytes; it begins {shown(text[:120])}",
                where=record,
                hint=_copied(text, record),
            )
        elif record.answer.status is None:
            if clause := _silent(t, record):
                yield Blocked(by=clause, where=record)
        else:
            yield Upheld(where=record)


def _silent(t: Transcript, record: AttemptRecord) -> str:
    """The clause that an attempt breaks which CloudFormation hears nothing of; empty for none."""
    if is_healthy(t, record):
        return "H54"
    if misses_its_deadline(t, record):
        return "H56"
    if t.bundle(record).failure_mode != "STRICT":
        return "H50"
    if t.bundle(record).credentials not in GOOD_CREDENTIALS:
        return "H82"
    if meets_malformed_presign(t, record):
        return "H55"
    return "H51" if is_troubled(t, record) else ""


def _copied(said: str, record: AttemptRecord) -> str:
    """Whose words the answer repeats, where that is certain."""
    for exchange in record.exchanges:
        words = exchange.answer.decode("utf-8", "replace")
        if len(words) > 200 and (words in said or json.dumps(words)[1:-1] in said):
            return f"the answer repeats what the {exchange.endpoint} answered: cut it short"
    return ""


@judges("H61")
def answer_content(t: Transcript) -> Iterator[Finding]:
    """SUCCESS comes with eventId and status; nothing of snapshot or upload URL is in any answer.

    That credentials are not in it is H71's to say.
    """
    for record in t.attempts:
        text = answer_text(t, record)
        planted = canaries(json.dumps(bundled(t.bundle(record)).get("schema")))
        if leaked := sorted(planted & canaries(text)):
            yield Violation(
                expected="nothing of the snapshot in the answer",
                seen=f"{len(leaked)} of the schema's names, descriptions or defaults,"
                f" say {leaked[0]}",
                where=record,
            )
        elif url_secrets_until(t, record).spans(text):
            yield Violation(
                expected="nothing of the upload URL's signature in the answer",
                seen="it is there, for everybody who may read stack events",
                where=record,
            )
        elif too_long(record):
            yield Blocked(by="H60", where=record)
        elif misses_its_deadline(t, record):
            yield Blocked(by="H56", where=record)
        elif record.answer.status == "SUCCESS":
            yield from _success(t, record)


def _success(t: Transcript, record: AttemptRecord) -> Iterator[Finding]:
    data = record.answer.data or {}
    status, event_id = data.get("IngestStatus"), data.get("EventId")
    submitted = event_ids(record)
    healthy = is_healthy(t, record)
    if not healthy and t.bundle(record).failure_mode == "STRICT":
        return  # an attempt that overcame trouble, or one that breaks H51
    if healthy and (ingest_failed(record) or not submitted):
        nameless = "H21" if record.presigns and not submitted else "H54"
        yield Blocked(by=obstacle(t, record) or nameless, where=record)
    elif not isinstance(event_id, str) or not event_id:
        yield Violation(
            expected="Data.EventId in an answer with SUCCESS", seen=ending(record), where=record
        )
    elif submitted and event_id.lower() not in submitted:
        yield Violation(
            expected=f"Data.EventId {submitted[-1]}, as submitted",
            seen=f"Data.EventId {shown(event_id)}",
            where=record,
        )
    elif healthy and status != "SUCCESS":
        yield Violation(
            expected='Data.IngestStatus "SUCCESS"', seen=f"Data {shown(data)}", where=record
        )
    else:
        yield Upheld(where=record)
