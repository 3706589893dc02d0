"""H50 to H55 and H57: what the deployment is told when the ingestion fails, and when not."""

from __future__ import annotations

from collections.abc import Iterator

from chaim_conformance.checks.evidence import (
    ending,
    follows_trouble,
    healthy_attempts,
    ingest_failed,
    is_healthy,
    is_sound,
    new_lines,
    obstacle,
    shown,
    troubled_before,
)
from chaim_conformance.checks.registry import judges
from chaim_conformance.checks.troubles import (
    as_an_error,
    has_a_clause_of_its_own,
    healthy_failure,
    is_troubled,
    meets_malformed_presign,
    spoiled,
    trouble_of,
)
from chaim_conformance.transcript import AttemptRecord, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation


def _in_trouble(t: Transcript, mode: str) -> Iterator[AttemptRecord]:
    return (r for r in t.attempts if t.bundle(r).failure_mode == mode and is_troubled(t, r))


@judges("H50")
def best_effort_never_fails(t: Transcript) -> Iterator[Finding]:
    """Under BEST_EFFORT the deployment gets SUCCESS, whatever the trouble."""
    healthy = healthy_failure(t)
    for record in t.attempts:
        if t.bundle(record).failure_mode != "BEST_EFFORT" or is_healthy(t, record):
            continue
        if blocked := healthy or spoiled(t, record):
            yield Blocked(by=blocked, where=record)
        elif record.answer.status == "SUCCESS":
            yield Upheld(where=record)
        else:
            yield Violation(
                expected=f"SUCCESS under BEST_EFFORT, though {trouble_of(t, record)}",
                seen=ending(record),
                where=record,
                hint=_uncaught(record),
            )


def _uncaught(record: AttemptRecord) -> str:
    """How the trouble got past the handler."""
    if record.outcome.kind == "init-failed":
        return (
            "it fails while its file is loaded, where nothing catches: read files and settings"
            " inside the handler"
        )
    if record.outcome.kind == "raised":
        return (
            f"it raises {record.outcome.error_type or 'an error'}: catch whatever publishing raises"
        )
    return ""


@judges("H51")
def strict_fails(t: Transcript) -> Iterator[Finding]:
    """Under STRICT the deployment gets FAILED for any ingestion error.

    That a malformed presign answer is one is H55's to say, bad credentials H82's, a snapshot over
    the limit H91's.
    """
    healthy = healthy_failure(t)
    for record in _in_trouble(t, "STRICT"):
        if meets_malformed_presign(t, record) or has_a_clause_of_its_own(t.bundle(record)):
            continue
        if blocked := healthy or spoiled(t, record):
            yield Blocked(by=blocked, where=record)
        elif record.answer.status == "FAILED":
            yield Upheld(where=record)
        else:
            yield Violation(
                expected=f"FAILED under STRICT: {trouble_of(t, record)}",
                seen=ending(record),
                where=record,
            )


@judges("H52")
def best_effort_is_the_default(t: Transcript) -> Iterator[Finding]:
    """With FAILURE_MODE unset or empty, the same trouble ends as under BEST_EFFORT."""
    explicit = list(_in_trouble(t, "BEST_EFFORT"))
    for record in t.attempts:
        mode = t.bundle(record).failure_mode
        if mode or not is_troubled(t, record):
            continue
        if blocked := next(filter(None, (spoiled(t, r) for r in (*explicit, record))), None):
            yield Blocked(by=blocked, where=record)
        elif not explicit or any(r.answer.status != "SUCCESS" for r in explicit):
            yield Blocked(by="H50", where=record)
        elif record.answer.status == "SUCCESS":
            yield Upheld(where=record)
        else:
            given = "unset" if mode is None else "empty"
            unset_is_well = any(
                r.answer.status == "SUCCESS" and t.bundle(r).failure_mode is None
                for r in t.attempts
                if is_troubled(t, r)
            )
            yield Violation(
                expected=f"SUCCESS: FAILURE_MODE is {given}, which means BEST_EFFORT",
                seen=ending(record),
                where=record,
                hint="unset is taken right: a default for an absent value leaves out an empty one"
                if mode == "" and unset_is_well
                else "",
            )


@judges("H53")
def best_effort_is_not_silent(t: Transcript) -> Iterator[Finding]:
    """A failed ingestion leaves a line in the log that healthy runs lack, and shows in the data."""
    blocked = healthy_failure(t)
    healthy = [r for r in healthy_attempts(t) if not troubled_before(t, r)]
    for record in _in_trouble(t, "BEST_EFFORT"):
        usual = [r for r in healthy if r.request_type == record.request_type]
        if clause := blocked or spoiled(t, record):
            yield Blocked(by=clause, where=record)
        elif record.answer.status != "SUCCESS":
            yield Blocked(by="H50", where=record)
        elif meets_malformed_presign(t, record) or (
            has_a_clause_of_its_own(t.bundle(record)) and not ingest_failed(record)
        ):
            continue
        elif not ingest_failed(record):
            yield Violation(
                expected='Data.IngestStatus "FAILED" in the answer',
                seen=f"Data {shown(record.answer.data)}, though {trouble_of(t, record)}",
                where=record,
            )
        elif usual and not new_lines(record, usual):
            yield Violation(
                expected="a line in the log that says that the ingestion failed",
                seen="nothing but what a healthy run prints, though " + trouble_of(t, record),
                where=record,
            )
        else:
            yield Upheld(where=record)


@judges("H54")
def healthy_runs_succeed(t: Transcript) -> Iterator[Finding]:
    """Where nothing is wrong, the deployment gets SUCCESS, and no word of a failure."""
    for record in healthy_attempts(t):
        if follows_trouble(t, record):
            continue
        if ((clause := obstacle(t, record)) and clause != "H54") or (clause := spoiled(t, record)):
            yield Blocked(by=clause, where=record)
        elif record.answer.status == "SUCCESS" and not ingest_failed(record):
            yield Upheld(where=record)
        else:
            yield Violation(
                expected=f"SUCCESS under {t.bundle(record).failure_mode or 'the default mode'}:"
                " the service is well",
                seen=ending(record),
                where=record,
            )


@judges("H55")
def malformed_presign_is_an_error(t: Transcript) -> Iterator[Finding]:
    """A presign answer of status 2xx without an upload URL is an ingestion error, as a 403 is."""
    for record in t.attempts:
        if meets_malformed_presign(t, record):
            yield as_an_error(t, record)


@judges("H57")
def retry_after_failure_succeeds(t: Transcript) -> Iterator[Finding]:
    """An attempt that failed leaves nothing behind that makes its retry fail."""
    blocked = healthy_failure(t)
    for attempts in t.by_operation():
        for record in attempts[1:]:
            failed_before = any(_failed(t, a) for a in attempts[: record.attempt])
            if not is_healthy(t, record) or not failed_before:
                continue
            position = t.attempts.index(record)
            if clause := blocked or spoiled(t, record):
                yield Blocked(by=clause, where=record)
            elif (
                record.answer.status == "SUCCESS"
                and not ingest_failed(record)
                and any(upload.accepted for upload in record.uploads)
            ):
                yield Upheld(where=record)
            elif any(u.upload_of and u.upload_of[0] != position for u in record.uploads):
                yield Blocked(by="H33", where=record)  # that URL may have expired since
            else:
                yield Violation(
                    expected="a retry against a healthy service publishes and gets SUCCESS",
                    seen=ending(record) + ("" if record.uploads else "; nothing was uploaded"),
                    where=record,
                )


def _failed(t: Transcript, record: AttemptRecord) -> bool:
    """Whether it met with trouble and did not overcome it, for all that it said itself.

    Who gives up before the trouble would have come has failed for reasons of its own.
    """
    met = not is_sound(t.bundle(record)) or any(not e.accepted or e.fault for e in record.exchanges)
    said_so = record.answer.status != "SUCCESS" or ingest_failed(record)
    return met and not is_healthy(t, record) and (said_so or is_troubled(t, record))
