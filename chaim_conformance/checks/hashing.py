"""H10 to H12: the content hash, over the right bytes, the same for the same content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chaim_conformance.checks.content import content_complaint
from chaim_conformance.checks.evidence import (
    DECOY,
    bundled,
    healthy_attempts,
    json_object,
    obstacle,
    presign_fields,
    presign_of,
    published,
    shown,
    unled,
)
from chaim_conformance.checks.hash_hints import explain_hash
from chaim_conformance.checks.registry import judges
from chaim_conformance.transcript import AttemptRecord, Exchange, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

CONTENT_HASH = re.compile(r"sha256:[0-9a-f]{64}")


def content_hash(body: bytes) -> str:
    """The content hash of these bytes, as the contract writes it."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


@judges("H10")
def hash_covers_the_bytes(t: Transcript) -> Iterator[Finding]:
    """The submitted contentHash is that of exactly the bytes that were PUT."""
    for item in published(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, upload = item
        presign = presign_of(record, t, upload)
        if presign is None or presign not in record.exchanges:
            yield Blocked(by="H30" if presign is None else "H33", where=record)
            continue
        submitted = presign_fields(presign).get("contentHash")
        if submitted is None:
            yield Blocked(by="H21", where=record)
        elif submitted == content_hash(upload.body):
            yield Upheld(where=record)
        else:
            yield Violation(
                expected=f"contentHash {content_hash(upload.body)} (of the {len(upload.body)} bytes"
                " that were PUT)",
                seen=f"contentHash {shown(submitted)}",
                where=record,
                hint=explain_hash(str(submitted), upload.body, t.bundle(record).snapshot or ""),
                exchange=presign,
            )


@judges("H11")
def same_snapshot_same_hash(t: Transcript) -> Iterator[Finding]:
    """One bundled snapshot gives one hash in every UPSERT, so nothing of the run stands in it.

    Judged on the bytes themselves: a wrong contentHash is H10's affair.
    """
    first: dict[int, tuple[AttemptRecord, str]] = {}
    for item in published(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, upload = item
        if record.request_type == "Delete":
            continue
        added = _of_this_run(t, record, upload)
        bundle = t.operations[record.operation].bundle
        actual = content_hash(upload.body)
        earlier, expected = first.setdefault(bundle, (record, actual))
        if added:
            yield Violation(
                expected="bytes that depend on the bundled snapshot alone",
                seen=f"{added[0]} is {shown(added[1])}, which belongs to this run",
                where=record,
                hint="the service deduplicates by resourceId and contentHash; send what changes "
                "with the run in the presign body, not in the snapshot",
                exchange=upload,
            )
        elif actual != expected and (clause := _other_content(t, record, earlier)):
            yield Blocked(by=clause, where=record)
        elif actual != expected:
            yield Violation(
                expected=f"the bytes of {earlier}, from the same snapshot.json: {expected}",
                seen=f"other bytes: {actual}",
                where=record,
                exchange=upload,
            )
        else:
            yield Upheld(where=record)


def _other_content(t: Transcript, *records: AttemptRecord) -> str | None:
    """The clause by which the content of one of these uploads is wrong, whatever its bytes."""
    for record in records:
        for upload in unled(record, "bucket"):
            if DECOY.encode() in upload.body:
                return "H01"
            uploaded = json_object(upload.body)
            found = None if uploaded is None else content_complaint(t, record, uploaded)
            if found is not None:
                return found[0]
    return None


def _of_this_run(t: Transcript, record: AttemptRecord, upload: Exchange) -> tuple[str, Any] | None:
    """A value that was added to the snapshot and belongs to the run: an id of it, or the time."""
    uploaded, own = json_object(upload.body), bundled(t.bundle(record))
    ids = {str(record.event["RequestId"]).lower()}
    for presign in record.presigns:
        fields = presign_fields(presign)
        ids |= {str(fields.get(key, "")).lower() for key in ("eventId", "nonce")}
    bundled_paths = {path for path, _ in _leaves(own)}
    for path, value in _leaves(uploaded or {}):
        if path in bundled_paths:
            continue
        if isinstance(value, str) and (
            (value and value.lower() in ids) or _is_near(value, upload.received_at)
        ):
            return path, value
        if isinstance(value, int | float) and any(
            abs(value / unit - upload.received_at) < 3600 for unit in (1, 1000)
        ):
            return path, value
    return None


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _leaves(inner, f"{path}.{key}" if path else key)
        case list():
            for index, inner in enumerate(value):
                yield from _leaves(inner, f"{path}[{index}]")
        case _:
            yield path, value


def _is_near(text: str, now: float) -> bool:
    """Whether a text is a time within the hour."""
    try:
        return abs(datetime.fromisoformat(text).astimezone().timestamp() - now) < 3600
    except (ValueError, OverflowError):
        return False


@judges("H12")
def answered_hash_is_the_submitted(t: Transcript) -> Iterator[Finding]:
    """Where the answer names a ContentHash, it is the one that was submitted."""
    for record in healthy_attempts(t):
        if clause := obstacle(t, record):
            yield Blocked(by=clause, where=record)
            continue
        answered = (record.answer.data or {}).get("ContentHash")
        submitted = [presign_fields(exchange).get("contentHash") for exchange in record.presigns]
        if answered is None or answered in submitted:
            yield Upheld(where=record)
        else:
            yield Violation(
                expected=f"Data.ContentHash {shown(submitted[-1])}, as submitted, or none",
                seen=f"Data.ContentHash {shown(answered)}",
                where=record,
            )
