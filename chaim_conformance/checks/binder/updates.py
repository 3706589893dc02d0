"""B22: what has to be published again is, and nothing else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from chaim_conformance.checks.binder.evidence import (
    Expected,
    differs,
    expected,
    is_renamed,
    is_token,
    published_of,
    succeeded,
    unpublished,
    unsuccessful,
)
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.checks.evidence import shown
from chaim_conformance.synth_scenario import SynthStack
from chaim_conformance.synth_transcript import Publication, SynthRecord, SynthTranscript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d|^1\d{9}(?:\d{3})?$")
DIGEST = re.compile(r"[0-9a-f]{32,}")

Place = tuple[str, str | None, tuple[str, ...], str]


@judges("B22")
def a_change_triggers_an_update(t: SynthTranscript) -> Iterator[Finding]:
    """A changed schema or table changes what CloudFormation compares; nothing else does."""
    earlier: list[SynthRecord] = []
    for record in t.records:
        blocked = unsuccessful(t, record)
        if blocked is not None and len(t.records) > 1:
            yield blocked
        if not succeeded(t, record):
            continue
        same = next((one for one in earlier if _alike(t, one, record)), None)
        if same is not None:
            yield from _unchanged(t, record, same)
        if earlier and t.app(earlier[-1]) != t.app(record):
            yield from _changed(t, record, earlier[-1])
        earlier.append(record)


def _alike(t: SynthTranscript, one: SynthRecord, other: SynthRecord) -> bool:
    return t.app(one) == t.app(other) and one.synth.base_url == other.synth.base_url


def _place(one: Expected) -> Place:
    stack: SynthStack = one.stack
    return stack.id, stack.stage, one.binding.scopes, one.binding.id


def _unchanged(t: SynthTranscript, record: SynthRecord, before: SynthRecord) -> Iterator[Finding]:
    app = t.app(record)
    now, then = published_of(record, app), published_of(before, app)
    for one in expected(app):
        if one not in now or one not in then:
            yield Blocked(by=unpublished(t), where=record)
        elif is_renamed(t, record, one):
            yield Blocked(by="B09", where=record)
        elif now[one].logical_id != then[one].logical_id:
            yield Violation(
                expected=f"logical id {then[one].logical_id}, as in {before}: nothing changed",
                seen=f"{now[one].logical_id}, of {one}: CloudFormation replaces the resource",
                where=record,
                hint=_hint(then[one].logical_id, now[one].logical_id, now[one]),
            )
        elif other := _difference(then[one].properties, now[one].properties):
            name, old, new = other
            yield Violation(
                expected=f"properties as in {before}: nothing changed; {name} {shown(old)}",
                seen=f"{name} {shown(new)}, of {one}",
                where=record,
                hint=_hint(old, new, now[one]),
            )
        else:
            yield Upheld(where=record)


def _difference(before: Any, now: Any, path: str = "") -> tuple[str, Any, Any] | None:
    """The first value that differs, by its path."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for key in sorted({*before, *now}):
            inner = f"{path}.{key}" if path else str(key)
            if found := _difference(before.get(key), now.get(key), inner):
                return found
        return None
    return None if before == now else (path, before, now)


def _hint(before: Any, now: Any, publication: Publication) -> str:
    """Why a value is another one though nothing changed, where that can be told."""
    texts = str(before), str(now)
    snapshot = publication.snapshot
    if any(map(is_token, texts)):
        return "a token of this process stands in it; the next process numbers them otherwise"
    if all(map(TIME.search, texts)):
        return "that is the time of the synth"
    if snapshot is not None and _sha256(snapshot.content) in texts[1]:
        return "that is the hash of snapshot.json, which capturedAt changes at every synth"
    if all(map(DIGEST.search, texts)):
        return "it looks like the asset's hash, which capturedAt changes at every synth"
    return ""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _changed(t: SynthTranscript, record: SynthRecord, before: SynthRecord) -> Iterator[Finding]:
    now, then = published_of(record, t.app(record)), published_of(before, t.app(before))
    old = {_place(one): one for one in expected(t.app(before))}
    for one in expected(t.app(record)):
        earlier = old.get(_place(one))
        changed = None if earlier is None else differs(t, one, earlier)
        if earlier is None or changed not in ("schema", "table"):
            continue
        if one not in now or earlier not in then:
            yield Blocked(by=unpublished(t), where=record)
        elif (now[one].logical_id, now[one].properties) != (
            then[earlier].logical_id,
            then[earlier].properties,
        ):
            yield Upheld(where=record)
        else:
            yield Violation(
                expected=f"other properties than in {before}: the {changed} changed",
                seen=f"the same of {now[one].logical_id}, {one}: {shown(now[one].properties)}",
                where=record,
                hint="CloudFormation runs the handler only where properties change; a hash of the"
                " snapshot without capturedAt is one that tells",
            )
