"""Reading a transcript: what was sent, what was bundled, what keeps it from being judged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from chaim_conformance.cloudformation.answers import MAX_RESPONSE_BYTES
from chaim_conformance.cloudformation.framework import ID_CHANGED
from chaim_conformance.fragments import Fragments
from chaim_conformance.plane.wire import path_of, query_of
from chaim_conformance.scenario import GOOD_CREDENTIALS, Attempt, Bundle, FaultKind
from chaim_conformance.strategies.pools import CANARY
from chaim_conformance.transcript import AttemptRecord, Endpoint, Exchange, Transcript
from chaim_conformance.verdict import Blocked

# What differs from one healthy run to the next: ids, hashes, times, numbers.
PASSING = re.compile(r"[0-9a-fA-F]{8,}|\d+")
FAILURE_MODES = (None, "", "BEST_EFFORT", "STRICT")
# How long any client waits for an answer (seconds). One is held for as long as another process
# takes to start and publish, which on a busy machine, or in a container, is longer.
PATIENCE = 2.0
# Base URLs that want care when a path is added (H26).
SHAPES = ("trailing-slash", "path-prefix")
# The resourceId of the snapshots that lie about in the environment and the OS cache (H01).
DECOY = "decoy__Decoy"


def json_object(text: bytes | str | None) -> dict[str, Any] | None:
    """The JSON object that this is, or None."""
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        return None
    return value if isinstance(value, dict) else None


def bundled(bundle: Bundle) -> dict[str, Any]:
    """The bundled snapshot, not to be changed; empty where the bundle is broken."""
    return _read(bundle) if bundle.grown_to is None else _read_grown(bundle)


@lru_cache(maxsize=64)
def _read(bundle: Bundle) -> dict[str, Any]:
    return json_object(bundle.text) or {}


@lru_cache(maxsize=1)  # one is enough: it takes a hundred megabytes
def _read_grown(bundle: Bundle) -> dict[str, Any]:
    return json_object(bundle.text) or {}


def is_sound(bundle: Bundle) -> bool:
    """Whether a handler has all that it needs, and no value that wants an opinion."""
    return (
        json_object(bundle.snapshot) is not None
        and bundle.credentials in GOOD_CREDENTIALS
        and bundle.base_url != "untrusted"
        and bundle.max_snapshot_bytes is None
        and bundle.failure_mode in FAILURE_MODES
    )


def is_healthy(t: Transcript, record: AttemptRecord) -> bool:
    """Whether nothing was in the way of this attempt.

    A publisher that knows a cleanup for one, and keeps silent, is nobody to be judged by.
    """
    in_order = t.stimulus(record).is_healthy and is_sound(t.bundle(record))
    silent = t.operations[record.operation].cause == "cleanup" and not record.presigns
    delayed = follows_a_close(t, record) or _was_held_long(record)
    return in_order and not silent and not delayed


def _was_held_long(record: AttemptRecord) -> bool:
    """Whether a client may have lost patience with an answer that was held."""
    held = any(e.fault is not None and e.fault.kind == "held" for e in record.exchanges)
    return held and record.outcome.seconds > PATIENCE


def follows_a_close(t: Transcript, record: AttemptRecord) -> bool:
    """Whether a connection may have been kept that was closed at the end of the attempt before."""
    position = t.attempts.index(record) if record.start == "warm" else 0
    return position > 0 and _has(t.stimulus(t.attempts[position - 1]), "closed")


def _has(attempt: Attempt, kind: FaultKind) -> bool:
    return any(step.kind == kind for step in attempt.script)


def unled(record: AttemptRecord, endpoint: Endpoint) -> tuple[Exchange, ...]:
    """The requests to an endpoint that came whole, without those that a redirect led to."""
    requests = [e for e in record.exchanges if e.endpoint == endpoint]
    led = (False, *(_leads_home(e) for e in requests))
    return tuple(e for e, is_led in zip(requests, led, strict=False) if e.whole and not is_led)


def _leads_home(exchange: Exchange) -> bool:
    fault = exchange.fault
    return fault is not None and fault.kind == "redirect" and fault.code == "same-host"


def was_redirected(record: AttemptRecord) -> bool:
    """Whether an answer led the attempt somewhere else."""
    return any(e.fault is not None and e.fault.kind == "redirect" for e in record.exchanges)


# Of an answer 2xx with one of these faults a client may think that it was none.
DOUBTFUL = frozenset(
    {
        "untrusted-url",
        "continue",
        "held",
        "cut-after-head",
        "truncated",
        "short-length",
        "overlong",
        "drip",
    }
)


def told_plainly(exchange: Exchange) -> bool:
    """Whether the caller was told, beyond doubt, that its request succeeded."""
    fault = exchange.fault
    return exchange.accepted and (fault is None or fault.kind not in DOUBTFUL)


def healthy_attempts(t: Transcript) -> Iterator[AttemptRecord]:
    """The attempts that nothing was in the way of."""
    return (record for record in t.attempts if is_healthy(t, record))


def presign_fields(exchange: Exchange) -> dict[str, Any]:
    """The fields of a presign request; empty where its body is no JSON object."""
    return json_object(exchange.body) or {}


def event_ids(record: AttemptRecord) -> list[str]:
    """The eventIds that an attempt submitted, in order."""
    fields = (presign_fields(exchange) for exchange in record.presigns)
    return [str(f["eventId"]).lower() for f in fields if f.get("eventId")]


def presign_with(record: AttemptRecord, event_id: str) -> Exchange | None:
    """The presign by which an attempt submitted this eventId, the first one."""
    ids = ((str(presign_fields(e).get("eventId")).lower(), e) for e in record.presigns)
    return next((e for submitted, e in ids if submitted == event_id), None)


def presign_of(record: AttemptRecord, t: Transcript, upload: Exchange) -> Exchange | None:
    """The presign that handed out the URL of this upload."""
    if upload.upload_of is None:
        return None
    attempt, index = upload.upload_of
    return t.attempts[attempt].exchanges[index]


def ingest_failed(record: AttemptRecord) -> bool:
    """Whether the answer's data says that the ingestion failed."""
    return bool(record.answer.data) and record.answer.data.get("IngestStatus") == "FAILED"  # type: ignore[union-attr]


def too_long(record: AttemptRecord) -> bool:
    """Whether CloudFormation refuses the answer for its size (H60)."""
    return record.answer.size > MAX_RESPONSE_BYTES


def answer_text(t: Transcript, record: AttemptRecord) -> str:
    """All that the handler gave for an answer: what it returned or raised, or PUT to ResponseURL.

    Nobody hears what a handler of the raw style returns (reading 10).
    """
    outcome = record.outcome
    put = [
        e.body.decode("utf-8", "replace") for e in record.exchanges if e.endpoint == "response-url"
    ]
    if t.answer_style == "response-url":
        return "\n".join(put)
    return "\n".join((outcome.payload or "", outcome.error_message, *outcome.trace, *put))


def changes_id(record: AttemptRecord) -> bool:
    """Whether a Delete was answered with another id than it was given.

    The Provider framework makes a failure of it, which has the right one.
    """
    answered = record.answer.physical_resource_id
    if record.outcome.kind == "returned" and record.answer.reason.startswith(ID_CHANGED):
        return True
    return answered is not None and answered != record.event["PhysicalResourceId"]


# What makes an upload URL a key to the bucket, and how much of it counts as a piece.
URL_KEYS = ("X-Amz-Signature", "X-Amz-Security-Token")
SHORTEST_PIECE = 16


def url_secrets(records: Iterable[AttemptRecord]) -> Fragments:
    """What the upload URLs that these attempts were given are signed with."""
    urls = (e.upload_url for r in records for e in r.exchanges if e.upload_url is not None)
    pairs = (pair for url in urls for pair in parse_qsl(query_of(url)))
    return Fragments({value for name, value in pairs if name in URL_KEYS}, shortest=SHORTEST_PIECE)


def url_secrets_until(t: Transcript, record: AttemptRecord) -> Fragments:
    """What the upload URLs are signed with that were handed out up to this attempt."""
    return url_secrets(t.attempts[: t.attempts.index(record) + 1])


def new_lines(record: AttemptRecord, usual: Iterable[AttemptRecord]) -> list[str]:
    """The lines of a log that the usual runs do not have, ids and numbers aside."""
    known = {_shape(line) for other in usual for line in other.log.splitlines()}
    lines = (line.strip() for line in record.log.splitlines())
    return [line for line in lines if line and _shape(line) not in known]


def _shape(line: str) -> str:
    return PASSING.sub("#", line.strip())


def canaries(text: str) -> set[str]:
    """The words of a text that strategies plant in names, descriptions and defaults of schemas."""
    return set(CANARY.findall(text))


def request_path(exchange: Exchange) -> str:
    """The path of a request, without its query, unescaped."""
    return unquote(path_of(exchange.target))


def publishing_clause(t: Transcript, record: AttemptRecord) -> str:
    """The clause that says what this attempt has to publish."""
    if record.request_type == "Delete":
        return "H42"
    return "H40" if "action" in bundled(t.bundle(record)) else "H41"


def troubled_before(t: Transcript, record: AttemptRecord) -> bool:
    """Whether an earlier attempt of the scenario met with trouble."""
    return any(not is_healthy(t, earlier) for earlier in t.attempts[: t.attempts.index(record)])


def follows_trouble(t: Transcript, record: AttemptRecord) -> bool:
    """Whether trouble came before an attempt that does not by its nature come after it."""
    asked = t.operations[record.operation].cause == "asked"
    return asked and troubled_before(t, record)


def obstacle(t: Transcript, record: AttemptRecord) -> str | None:
    """The clause whose violation kept a healthy attempt from presigning and uploading, if any did.

    The order is from the most particular circumstance to the most general.
    """
    if record.presigns and record.uploads:
        return None
    if record.uploads:
        return "H33" if any(e.upload_of is not None for e in record.uploads) else "H30"
    if not record.presigns and any(e.endpoint == "elsewhere" for e in record.exchanges):
        return "H26" if t.bundle(record).base_url in SHAPES else "H20"
    if not record.presigns and _lacks_its_secret(t, record):
        return "H80"
    publishing = publishing_clause(t, record)
    if record.answer.status == "SUCCESS" and not ingest_failed(record):
        return publishing
    if publishing == "H41":
        return "H41"
    return "H57" if follows_trouble(t, record) else "H54"


def _lacks_its_secret(t: Transcript, record: AttemptRecord) -> bool:
    """Whether a secret is named, and with credentials in the environment it went well."""
    return t.bundle(record).names_a_secret and any(
        earlier.presigns and not t.bundle(earlier).names_a_secret for earlier in t.attempts
    )


def published(t: Transcript) -> Iterator[tuple[AttemptRecord, Exchange] | Blocked]:
    """Every upload, with its attempt; a :class:`Blocked` for each healthy attempt without one.

    What follows a redirect is whatever the HTTP client makes of it, and left out.
    """
    for record in t.attempts:
        for exchange in unled(record, "bucket"):
            yield record, exchange
        if not record.uploads and is_healthy(t, record) and (clause := obstacle(t, record)):
            yield Blocked(by=clause, where=record)


def presigned(t: Transcript) -> Iterator[tuple[AttemptRecord, Exchange] | Blocked]:
    """Every presign, with its attempt; a :class:`Blocked` for each healthy attempt without one.

    What follows a redirect is left out.
    """
    for record in t.attempts:
        for exchange in unled(record, "presign"):
            yield record, exchange
        if not record.presigns and is_healthy(t, record) and (clause := obstacle(t, record)):
            yield Blocked(by=clause, where=record)


def shown(value: object, limit: int = 200) -> str:
    """A value as JSON, short enough to be read in a line."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def ending(record: AttemptRecord) -> str:
    """How an attempt ended, for the 'seen' of a violation."""
    outcome, answer = record.outcome, record.answer
    said = f"the deployment heard {answer.status or 'nothing'}"
    if answer.reason:
        said += f" ({answer.reason[:300]})"
    if outcome.kind == "timed-out":
        said += f"; no end after {outcome.seconds:.0f} s"
    if answer.data:
        said += f", with data {shown(answer.data)}"
    return said
