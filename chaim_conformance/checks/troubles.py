"""What was in the way of an attempt, and whether the attempt ended as an ingestion error does."""

from __future__ import annotations

from collections.abc import Container

from chaim_conformance.checks.evidence import (
    changes_id,
    ending,
    healthy_attempts,
    ingest_failed,
    is_sound,
    obstacle,
    too_long,
    troubled_before,
)
from chaim_conformance.scenario import (
    ENDLESS,
    GOOD_CREDENTIALS,
    OBSERVED,
    OBSERVED_LESS_ONE,
    Bundle,
    Fault,
    FaultKind,
)
from chaim_conformance.transcript import AttemptRecord, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

CREDENTIALS_TROUBLE = {
    "missing": "API_KEY and API_SECRET are unset",
    "empty": "API_KEY and API_SECRET are empty",
    "no-key": "API_KEY is unset",
    "no-secret": "API_SECRET is unset",
    "malformed": "API_KEY has a line break in the middle",
    "secret-not-found": "there is no such secret",
    "secret-denied": "Secrets Manager denies access",
    "secret-not-json": "the secret is no JSON",
    "secret-without-keys": "the secret has neither apiKey nor apiSecret",
    "secret-empty": "apiKey and apiSecret are empty in the secret",
}


CUT_SHORT: frozenset[FaultKind] = frozenset({"cut-after-head", "truncated", "short-length"})
# Where a script ends in one of these, the attempt may end either way: the endpoint does what it
# was asked, and HTTP clients differ in what they make of its answer. An upload is accepted once
# its status says so, whatever becomes of the rest.
EITHER_WAY: frozenset[FaultKind] = frozenset({"ok", "redirect", "continue", "closed", "overlong"})
EITHER_WAY_AT_THE_BUCKET = EITHER_WAY | CUT_SHORT | {"drip"}


def _is_malformed(fault: Fault) -> bool:
    return fault.kind in CUT_SHORT or (fault.kind == "answer" and 200 <= fault.status < 300)


def meets_malformed_presign(t: Transcript, record: AttemptRecord) -> bool:
    """Whether presign answers 2xx with something that holds no upload URL (H55)."""
    return any(_is_malformed(fault) for fault in t.stimulus(record).presign[-1:])


def is_troubled(t: Transcript, record: AttemptRecord) -> bool:
    """Whether this attempt met with an ingestion error that no retry inside it overcomes."""
    stimulus = t.stimulus(record)
    hindered = not is_sound(t.bundle(record)) and t.bundle(record).max_snapshot_bytes != OBSERVED
    return (
        hindered
        or any(step.kind not in EITHER_WAY for step in stimulus.presign[-1:])
        or any(step.kind not in EITHER_WAY_AT_THE_BUCKET for step in stimulus.bucket[-1:])
        or any(step.kind != "ok" for step in stimulus.secrets[-1:])
    )


def has_a_clause_of_its_own(bundle: Bundle) -> bool:
    """Whether H82 or H91 says that what is wrong with this bundle is an ingestion error."""
    return bundle.credentials not in GOOD_CREDENTIALS or bundle.max_snapshot_bytes is not None


def is_plainly_refused(t: Transcript, record: AttemptRecord) -> bool:
    """Whether it is the service alone that is in the way, and says so."""
    sound = is_sound(t.bundle(record))
    return sound and is_troubled(t, record) and not meets_malformed_presign(t, record)


def trouble_of(t: Transcript, record: AttemptRecord) -> str:
    """The trouble in a few words."""
    stimulus, bundle = t.stimulus(record), t.bundle(record)
    for endpoint, script in (
        ("presign", stimulus.presign),
        ("bucket", stimulus.bucket),
        ("Secrets Manager", stimulus.secrets),
    ):
        for step in reversed(script):
            if step.kind != "ok":
                return f"{endpoint}: {step}"
    if bundle.base_url == "untrusted":
        return "the service's certificate does not verify"
    if is_sound(bundle):
        return "the service closed its connections after the attempt before"
    if bundle.credentials not in GOOD_CREDENTIALS:
        return CREDENTIALS_TROUBLE[bundle.credentials]
    if bundle.max_snapshot_bytes == OBSERVED_LESS_ONE:
        return "the limit is one byte less than the snapshot has"
    if bundle.max_snapshot_bytes is not None:
        return f"the limit for snapshots is {bundle.max_snapshot_bytes!r} bytes"
    return "no snapshot.json" if bundle.snapshot is None else "snapshot.json is not JSON"


def healthy_failure(t: Transcript) -> str | None:
    """The clause that healthy attempts before any trouble break, so that trouble proves nothing."""
    for record in healthy_attempts(t):
        if troubled_before(t, record):
            continue
        if too_long(record):
            return "H60"
        if record.answer.status != "SUCCESS" or ingest_failed(record):
            return obstacle(t, record) or "H54"
    return None


def met(record: AttemptRecord, kinds: Container[FaultKind]) -> bool:
    """Whether a request of the attempt was answered with one of these faults."""
    return any(e.fault is not None and e.fault.kind in kinds for e in record.exchanges)


def misses_its_deadline(t: Transcript, record: AttemptRecord) -> bool:
    """Whether an endpoint that ended its answer badly, or never, kept the attempt from its own.

    That is until the function was killed, or by a promise that never settles: then Node's runtime
    returns null by itself.
    """
    if not met(record, ENDLESS | CUT_SHORT):
        return False
    if record.outcome.kind == "timed-out":
        return True
    if record.outcome.kind != "returned":
        return False
    if t.answer_style == "response-url":
        silent = all(e.endpoint != "response-url" for e in record.exchanges)
        return silent and any(r.answer.status for r in healthy_attempts(t))
    silent = record.outcome.payload in (None, "", "null") and not record.answer.data
    return silent and any(r.answer.data for r in healthy_attempts(t))


def spoiled(t: Transcript, record: AttemptRecord) -> str | None:
    """The clause that keeps an answer from counting, whatever it says.

    There is none in time (H56); it tells of a publication to somebody who is not the service (H73);
    its form fails it: one that is too long, and a Delete's with an id of its own.
    """
    if misses_its_deadline(t, record):
        return "H56"
    if any(not e.trusted for e in record.exchanges):
        return "H73"
    if too_long(record):
        return "H60"
    if record.request_type != "Delete" or record.outcome.kind != "returned":
        return None
    return "H07" if changes_id(record) else None


def treats_as_error(record: AttemptRecord, *, strict: bool) -> bool:
    """Whether the deployment is told of an ingestion error in the way of the failure mode."""
    return record.answer.status == "FAILED" if strict else ingest_failed(record)


def as_an_error(t: Transcript, record: AttemptRecord) -> Finding:
    """Whether this trouble ends as an ingestion error does.

    A plain refusal in the scenario is the control: where that is not told, this proves nothing.
    """
    strict = t.bundle(record).failure_mode == "STRICT"
    control = [r for r in t.attempts if is_plainly_refused(t, r)]
    if blocked := healthy_failure(t) or spoiled(t, record):
        return Blocked(by=blocked, where=record)
    if not control or not all(treats_as_error(r, strict=strict) for r in control):
        return Blocked(by="H51" if strict else "H53", where=record)
    if not strict and record.answer.status != "SUCCESS":
        return Blocked(by="H50", where=record)
    if treats_as_error(record, strict=strict):
        return Upheld(where=record)
    return Violation(
        expected=f"an ingestion error: {trouble_of(t, record)}", seen=ending(record), where=record
    )
