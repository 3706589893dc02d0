"""H90 and H91: a large snapshot, and the size limit, in bytes as uploaded and before presign."""

from __future__ import annotations

from collections.abc import Iterator

from chaim_conformance.checks.content import content_complaint
from chaim_conformance.checks.evidence import (
    ending,
    healthy_attempts,
    ingest_failed,
    json_object,
    obstacle,
)
from chaim_conformance.checks.registry import judges
from chaim_conformance.checks.troubles import as_an_error, healthy_failure
from chaim_conformance.scenario import OBSERVED, OBSERVED_LESS_ONE
from chaim_conformance.transcript import AttemptRecord, Exchange, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation


@judges("H90")
def large_snapshot_is_published(t: Transcript) -> Iterator[Finding]:
    """A snapshot that was grown is published whole, as the small one before it was."""
    small = [r for r in healthy_attempts(t) if t.bundle(r).grown_to is None]
    blocked = next(filter(None, (_unpublished(t, r) for r in small)), None)
    for record in healthy_attempts(t):
        size = t.bundle(record).grown_to
        if size is None:
            continue
        seen = _unpublished(t, record)
        if seen is None:
            yield Upheld(where=record)
        elif blocked is not None:
            yield Blocked(by=blocked[0], where=record)
        else:
            yield Violation(
                expected=f"a snapshot of {size} bytes is published, as a small one is",
                seen=seen[1],
                where=record,
                exchange=seen[2],
            )


def _unpublished(t: Transcript, record: AttemptRecord) -> tuple[str, str, Exchange | None] | None:
    """The clause by which this healthy attempt did not publish its snapshot, and what was seen.

    With the upload, where it is that.
    """
    if clause := obstacle(t, record):
        return clause, ending(record), None
    if record.answer.status != "SUCCESS" or ingest_failed(record):
        return "H54", ending(record), None
    upload = record.uploads[-1]
    uploaded = json_object(upload.body)
    if uploaded is None:
        seen = f"{len(upload.body)} bytes were uploaded that are no JSON object"
        return "H43", seen, upload
    if found := content_complaint(t, record, uploaded):
        return found[0], f"{len(upload.body)} bytes were uploaded: {found[1][1]}", upload
    return None


@judges("H91")
def limit_counts_uploaded_bytes(t: Transcript) -> Iterator[Finding]:
    """At the size of the upload before it publishes; with one byte less it does not presign."""
    for index, record in enumerate(t.attempts):
        limit = t.bundle(record).max_snapshot_bytes
        if limit not in (OBSERVED, OBSERVED_LESS_ONE):
            continue
        accepted = [e for r in t.attempts[:index] for e in r.uploads if e.accepted]
        if blocked := healthy_failure(t):
            yield Blocked(by=blocked, where=record)
        elif accepted and limit == OBSERVED:
            yield _at_the_limit(record, accepted[-1])
        elif accepted and record.presigns:
            yield _over_the_limit(record, accepted[-1])
        elif accepted:
            yield as_an_error(t, record)


def _at_the_limit(record: AttemptRecord, before: Exchange) -> Finding:
    published = any(upload.accepted for upload in record.uploads)
    if published and record.answer.status == "SUCCESS" and not ingest_failed(record):
        return Upheld(where=record)
    return Violation(
        expected=f"the snapshot is published: the limit is {len(before.body)} bytes, the size of"
        " the upload before",
        seen=ending(record),
        where=record,
        hint="measure the bytes that are uploaded, not the file, nor the text with its escapes",
    )


def _over_the_limit(record: AttemptRecord, before: Exchange) -> Violation:
    size, characters = len(before.body), len(before.body.decode("utf-8", "replace"))
    return Violation(
        expected=f"an ingestion error before presign: the upload has {size} bytes, the limit is"
        f" {size - 1}",
        seen=f"a presign; {ending(record)}",
        where=record,
        hint=f"these {size} bytes are {characters} characters: if there is a limit, it may count"
        " those"
        if characters < size
        else "",
        exchange=record.presigns[0],
    )
