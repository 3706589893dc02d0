"""B04 and B32: what an earlier synth wrote is overwritten, or goes."""

from __future__ import annotations

from collections.abc import Iterator

from chaim_conformance.checks.binder.evidence import (
    TEMPORARY,
    absence,
    captured_at,
    differs,
    expected,
    first_absence,
    is_hostile,
    is_proper,
    is_stale,
    is_token,
    listed,
    local_of,
    resource_id,
    succeeded,
    unsuccessful,
)
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation


@judges("B04")
def is_overwritten(t: SynthTranscript) -> Iterator[Finding]:
    """One app gives one set of files however often; another app's content takes their place."""
    before: dict[bool, SynthRecord] = {}
    for record in t.records:
        if blocked := unsuccessful(t, record):
            yield blocked
        if not succeeded(t, record):
            continue
        base = record.synth.default_base
        if base not in before:
            pass
        elif t.app(before[base]) == t.app(record):
            yield _same_files(t, record, before[base])
        else:
            yield from _new_content(t, record, before[base])
        before[base] = record


def _same_files(t: SynthTranscript, record: SynthRecord, before: SynthRecord) -> Finding:
    app = t.app(record)
    now, then = local_of(record, app), local_of(before, app)
    both = [one for one in now if one in then]
    paths = _paths(record), _paths(before)
    if paths[0] != paths[1]:
        changed = paths[0] ^ paths[1]
        if any(
            resource_id(now[one].json) != resource_id(then[one].json) for one in now & then.keys()
        ):
            return Blocked(by="B09", where=record)
        if any(is_token(path) for path in changed):
            return Blocked(by="B03", where=record)
        return Violation(
            expected=f"the files of {before}: the app is the same",
            seen=f"new: {listed(sorted(paths[0] - paths[1]))};"
            f" gone: {listed(sorted(paths[1] - paths[0]))}",
            where=record,
            hint="the consumer takes every file for an entity: write over the one that is there",
        )
    for one in both:
        moments = captured_at(then[one].json), captured_at(now[one].json)
        if moments[0] and moments[1] and moments[1] < moments[0]:
            return Violation(
                expected=f"{now[one].path} written anew, so captured no earlier than in {before}",
                seen=f"capturedAt {now[one].json['capturedAt']}, after"
                f" {then[one].json['capturedAt']}",
                where=record,
            )
    if now:
        return Upheld(where=record)
    return Blocked(by=first_absence(t, record), where=record)


def _paths(record: SynthRecord) -> set[str]:
    """Of all LOCAL files but temporary ones, which are the consumer's affair (B26)."""
    return {file.path for file in record.local if not TEMPORARY.search(file.name)}


def _new_content(t: SynthTranscript, record: SynthRecord, before: SynthRecord) -> Iterator[Finding]:
    now, then = local_of(record, t.app(record)), local_of(before, t.app(before))
    at = {file.path: one for one, file in then.items()}
    for one, file in now.items():
        old = at.get(file.path)
        if old is None or not differs(t, one, old):
            continue
        if is_stale(t, record, one):
            yield Violation(
                expected=f"{file.path} with what {one} is now",
                seen=f"the file of {before}, unchanged",
                where=record,
                hint="write over what is there, also where it exists",
            )
        else:
            yield Upheld(where=record)


@judges("B32")
def nothing_left_over(t: SynthTranscript) -> Iterator[Finding]:
    """What is no longer bound is no longer there, in a stack that has bindings."""
    before: dict[bool, SynthRecord] = {}
    for record in t.records:
        if blocked := unsuccessful(t, record):
            yield blocked
        if not succeeded(t, record):
            continue
        base = record.synth.default_base
        if base in before:
            yield from _left_over(t, record, before[base])
        before[base] = record


def _left_over(t: SynthTranscript, record: SynthRecord, before: SynthRecord) -> Iterator[Finding]:
    app, earlier = t.app(record), t.app(before)
    if app == earlier:
        return
    now, then = local_of(record, app), local_of(before, earlier)
    stacks = {one.stack_name for one in expected(app)}
    current = {file.path for file in now.values()}
    obsolete = {
        file.path
        for one, file in then.items()
        if one.stack_name in stacks and file.path not in current
    }
    if not obsolete:
        return
    if any(one not in now and absence(t, record, one) for one in expected(app)):
        yield Blocked(by=first_absence(t, record), where=record)
    elif not all(is_hostile(one) or is_proper(one, resource_id(f.json)) for one, f in now.items()):
        yield Blocked(by="B09", where=record)
    elif left := sorted(obsolete & {file.path for file in record.local}):
        yield Violation(
            expected=f"the files of what is bound: {listed(sorted(current))}",
            seen=f"also {listed(left)}, of {before}",
            where=record,
            hint="the consumer takes every file for an entity",
        )
    else:
        yield Upheld(where=record)
