"""H60 and H61: what the answer to CloudFormation holds, and how much of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

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
)
from chaim_conformance.checks.registry import judges
from chaim_conformance.cloudformation.answers import MAX_RESPONSE_BYTES
from chaim_conformance.fragments import Fragments
from chaim_conformance.transcript import AttemptRecord, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

# What makes an upload URL a key to the bucket, and how much of it counts as a piece.
URL_KEYS = ("X-Amz-Signature", "X-Amz-Security-Token")
SHORTEST_PIECE = 16


def url_secrets(t: Transcript, record: AttemptRecord) -> Fragments:
    """What the upload URLs that were handed out until then are signed with."""
    seen = t.attempts[: t.attempts.index(record) + 1]
    urls = [e.upload_url for r in seen for e in r.exchanges if e.upload_url is not None]
    pairs = (pair for url in urls for pair in parse_qsl(urlsplit(url).query))
    return Fragments({value for name, value in pairs if name in URL_KEYS}, shortest=SHORTEST_PIECE)


@judges("H60")
def answer_fits(t: Transcript) -> Iterator[Finding]:
    """The response document has at most 4,096 bytes, in trouble too."""
    for record in t.attempts:
        if too_long(record):
            yield Violation(
                expected=f"at most {MAX_RESPONSE_BYTES} bytes of response to CloudFormation",
                seen=f"{record.answer.size} bytes; {_largest(record)}",
                where=record,
                hint=_copied(record),
            )
        elif record.answer.status is None:
            yield Blocked(by=_silent(t, record), where=record)
        else:
            yield Upheld(where=record)


def _silent(t: Transcript, record: AttemptRecord) -> str:
    """The clause that an attempt breaks which CloudFormation hears nothing of."""
    if is_healthy(t, record):
        return "H54"
    return "H51" if t.bundle(record).failure_mode == "STRICT" else "H50"


def _largest(record: AttemptRecord) -> str:
    text = answer_text(record)
    return f"it begins {shown(text[:120])}"


def _copied(record: AttemptRecord) -> str:
    """Whose words the answer repeats, where that is certain."""
    said = answer_text(record)
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
        text = answer_text(record)
        planted = canaries(json.dumps(bundled(t.bundle(record)).get("schema")))
        if leaked := sorted(planted & canaries(text)):
            yield Violation(
                expected="nothing of the snapshot in the answer",
                seen=f"{len(leaked)} of the schema's names, descriptions or defaults,"
                f" say {leaked[0]}",
                where=record,
            )
        elif url_secrets(t, record).spans(text):
            yield Violation(
                expected="nothing of the upload URL's signature in the answer",
                seen="it is there, for everybody who may read stack events",
                where=record,
            )
        elif too_long(record):
            yield Blocked(by="H60", where=record)
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
        yield Blocked(by=obstacle(t, record) or "H54", where=record)
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
