"""H40 to H43: what is published is the bundled snapshot, or its DELETE form, and nothing less."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from chaim_conformance import contract
from chaim_conformance.checks.content_hints import explain_absence, explain_value, reordered
from chaim_conformance.checks.evidence import (
    DECOY,
    bundled,
    ending,
    healthy_attempts,
    is_sound,
    json_object,
    obstacle,
    published,
    publishing_clause,
    shown,
    unled,
)
from chaim_conformance.checks.registry import judges
from chaim_conformance.scenario import Bundle
from chaim_conformance.transcript import AttemptRecord, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

# Sections of format 3.0 that are the publisher's own to fill (reading 9).
PUBLISHERS_SECTIONS = {"operation", "hashes", "producer", "resolution"}
BOM = b"\xef\xbb\xbf"
MISSING = object()

Complaint = tuple[str, str, str]


def first_difference(want: Any, have: Any, path: str = "") -> tuple[str, Any, Any] | None:
    """Where ``have`` changes or lacks something of ``want``; what it adds is no difference.

    Values are compared as JSON values: 1.0 is 1, texts code point by code point, and true is not 1.
    """
    if isinstance(want, dict) and isinstance(have, dict):
        for key, value in want.items():
            inner = f"{path}.{key}" if path else key
            if found := first_difference(value, have.get(key, MISSING), inner):
                return found
        return None
    if isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        pairs = enumerate(zip(want, have, strict=True))
        inner = (first_difference(one, other, f"{path}[{n}]") for n, (one, other) in pairs)
        first = next(filter(None, inner), None)
        return (path, want, have) if first and reordered(want, have) else first
    if isinstance(want, bool) != isinstance(have, bool) or want != have:
        return path, want, have
    return None


def _kept(t: Transcript, record: AttemptRecord) -> dict[str, Any]:
    """The fields that have to be published with the values that the bundle gives them."""
    document = bundled(t.bundle(record))
    nested = document.get("snapshotVersion") == "3.0"
    free = PUBLISHERS_SECTIONS | {"delete"} if nested else set()
    rewritten = (
        {"action", "schema", "capturedAt"} if record.request_type == "Delete" else {"action"}
    )
    return {
        key: value
        for key, value in document.items()
        if key not in free | rewritten and not key.startswith("_")
    }


def content_complaint(
    t: Transcript, record: AttemptRecord, uploaded: dict[str, Any]
) -> tuple[str, Complaint] | None:
    """The clause that this document breaks (H40, H41 or H42), and what to say about it."""
    whole = "H42" if record.request_type == "Delete" else "H40"
    if found := first_difference(_kept(t, record), uploaded):
        path, want, have = found
        expected = f"`{path}`: {shown(want)}, as bundled"
        if have is MISSING:
            return whole, (expected, f"no `{path}`", explain_absence(want))
        return whole, (expected, f"`{path}`: {shown(have)}", explain_value(want, have))
    action = uploaded.get("action", MISSING)
    seen = "no `action`" if action is MISSING else f"`action`: {shown(action)}"
    if record.request_type == "Delete":
        complaint = _delete_complaint(t, record, uploaded)
        if action != "DELETE":
            complaint = '`action`: "DELETE"', seen, ""
        return ("H42", complaint) if complaint else None
    if "action" in bundled(t.bundle(record)):
        why = "" if action is MISSING else explain_value("UPSERT", action)
        return None if action == "UPSERT" else ("H40", ('`action`: "UPSERT"', seen, why))
    if action is MISSING or action == "UPSERT":
        return None
    return "H41", ('`action`: "UPSERT", or none as in the bundle', seen, "")


def _delete_complaint(
    t: Transcript, record: AttemptRecord, uploaded: dict[str, Any]
) -> Complaint | None:
    schema = uploaded.get("schema", MISSING)
    if schema is not None:
        seen = "no `schema`" if schema is MISSING else f"`schema`: {shown(schema, 60)}"
        hint = "the key stays, with the value null" if schema is MISSING or not schema else ""
        return "`schema`: null", seen, hint
    captured, old = uploaded.get("capturedAt"), bundled(t.bundle(record)).get("capturedAt")
    if captured == old:
        seen = f"`capturedAt`: {shown(captured)}, as bundled"
        return "a new `capturedAt`", seen, "it says when the entity was deleted, so: now"
    try:
        datetime.fromisoformat(str(captured))
    except ValueError:
        return "a `capturedAt` in ISO 8601", f"`capturedAt`: {shown(captured)}", ""
    return None


def _judge_content(t: Transcript, clause: str, request_types: tuple[str, ...]) -> Iterator[Finding]:
    """What each upload in attempts of these kinds holds, as far as this clause is concerned."""
    for record in t.attempts:
        if record.request_type not in request_types or not is_sound(t.bundle(record)):
            continue
        if clause == "H41" and publishing_clause(t, record) != "H41":
            continue
        for upload in unled(record, "bucket"):
            uploaded = json_object(upload.body)
            if uploaded is None:
                yield Blocked(by="H43", where=record)
                continue
            if DECOY.encode() in upload.body:
                yield Blocked(by="H01", where=record)
                continue
            found = content_complaint(t, record, uploaded)
            if found is None:
                yield Upheld(where=record)
            elif found[0] == clause:
                expected, seen, hint = found[1]
                yield Violation(
                    expected=expected, seen=seen, where=record, hint=hint, exchange=upload
                )
            else:
                yield Blocked(by=found[0], where=record)
    yield from _nothing_published(t, clause, request_types)


def _nothing_published(
    t: Transcript, clause: str, request_types: tuple[str, ...]
) -> Iterator[Finding]:
    for record in healthy_attempts(t):
        if record.request_type not in request_types or record.uploads:
            continue
        in_the_way = obstacle(t, record)
        if in_the_way == clause:
            yield Violation(
                expected="the snapshot is uploaded",
                seen=f"nothing was uploaded; {ending(record)}",
                where=record,
            )
        elif in_the_way:
            yield Blocked(by=in_the_way, where=record)


@judges("H40")
def upsert_publishes_every_field(t: Transcript) -> Iterator[Finding]:
    """Create and Update publish each field of the bundle with its value, as an UPSERT."""
    yield from _judge_content(t, "H40", ("Create", "Update"))


@judges("H41")
def legacy_bundle_is_an_upsert(t: Transcript) -> Iterator[Finding]:
    """A bundle without an action is published, with none or as an UPSERT."""
    yield from _judge_content(t, "H41", ("Create", "Update"))


@judges("H42")
def delete_publishes_the_delete_form(t: Transcript) -> Iterator[Finding]:
    """Delete publishes the bundle with action DELETE, schema null and a new capturedAt."""
    yield from _judge_content(t, "H42", ("Delete",))


@judges("H43")
def bytes_are_one_valid_document(t: Transcript) -> Iterator[Finding]:
    """UTF-8 without a byte order mark, one JSON object, valid against its format's schema."""
    for item in published(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, upload = item
        if complaint := _encoding_complaint(upload.body):
            expected, seen, hint = complaint
            yield Violation(expected=expected, seen=seen, where=record, hint=hint, exchange=upload)
            continue
        uploaded = json_object(upload.body)
        assert uploaded is not None
        found = content_complaint(t, record, uploaded)
        if DECOY.encode() in upload.body:
            yield Blocked(by="H01", where=record)
        elif found is not None:
            yield Blocked(by=found[0], where=record)
        elif problem := _schema_problem(record, _as_small(t.bundle(record), uploaded)):
            yield Violation(
                expected=f"a document valid against {problem[0]}",
                seen=problem[1],
                where=record,
                exchange=upload,
            )
        else:
            yield Upheld(where=record)


def _as_small(bundle: Bundle, uploaded: dict[str, Any]) -> dict[str, Any]:
    """The document without the fields by which its bundle was grown: they are there, and valid."""
    if bundle.grown_to is None or uploaded.get("schema") is None:
        return uploaded
    return {**uploaded, "schema": json.loads(bundle.snapshot or "{}")["schema"]}


def _encoding_complaint(body: bytes) -> Complaint | None:
    if body.startswith(BOM):
        return (
            "UTF-8 without a byte order mark",
            "the bytes begin with EF BB BF",
            "in Python that is the encoding utf-8-sig: use utf-8",
        )
    try:
        body.decode()
    except UnicodeDecodeError as error:
        what = f"{error.reason} at byte {error.start}: {body[error.start : error.start + 8]!r}"
        wide = b"\0" in body[:4] or body.startswith((b"\xff\xfe", b"\xfe\xff"))
        return "UTF-8", what, "this is UTF-16" if wide else ""
    if json_object(body) is None:
        what = f"{len(body)} bytes that are none: {body[:60]!r}…{body[-20:]!r}"
        return "one JSON object", what, _extra_text(body)
    return None


def _extra_text(body: bytes) -> str:
    """What follows a document that is complete before the end."""
    try:
        _, end = json.JSONDecoder().raw_decode(body.decode())
    except (ValueError, RecursionError):
        return ""
    return f"the document ends after {end} of {len(body.decode())} characters; then comes more"


def _schema_problem(record: AttemptRecord, uploaded: dict[str, Any]) -> tuple[str, str] | None:
    version = "3.0" if uploaded.get("snapshotVersion") == "3.0" else "1.0"
    kind = "delete-snapshot" if record.request_type == "Delete" else "snapshot"
    name = f"{kind}-{version}"
    error = next(contract.validator(name).iter_errors(uploaded), None)
    if error is None:
        return None
    return f"{name}.schema.json", f"{error.json_path}: {error.message[:200]}"
