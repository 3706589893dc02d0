"""B01 to B03 and B26: where LOCAL snapshots lie, and whether their consumer finds them."""

from __future__ import annotations

from collections.abc import Iterator

from chaim_conformance.checks.binder.bound import snapshots
from chaim_conformance.checks.binder.evidence import (
    DEPTH,
    TEMPORARY,
    TREE,
    Expected,
    absence,
    acts_as_path,
    captured_at,
    deployed_name,
    expected,
    first_absence,
    is_hostile,
    is_proper,
    is_token,
    listed,
    local_of,
    resource_id,
    section,
    stack_of,
    successes,
)
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.checks.evidence import shown
from chaim_conformance.synth_transcript import SeenFile, SynthRecord, SynthTranscript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

# What is told of a token.
STANDS_FOR_IT = "the text stands for a value that is known at deployment"


@judges("B01")
def lies_at_its_path(t: SynthTranscript) -> Iterator[Finding]:
    """Every binding's LOCAL snapshot is there, below the deployed stack's name, as its resourceId.

    An account or region that is unknown stands as B03 wants it.
    """
    for item in snapshots(t):
        if isinstance(item, Blocked) and item.by == "B01":
            record = item.where
            assert isinstance(record, SynthRecord)
            yield _missing(t, record)
        elif isinstance(item, Blocked):
            yield item
        else:
            yield _placed(item.record, item.binding, item.file)


def _missing(t: SynthTranscript, record: SynthRecord) -> Violation:
    app = t.app(record)
    found = local_of(record, app)
    lost = next(
        one for one in expected(app) if one not in found and absence(t, record, one) == "B01"
    )
    return Violation(
        expected=f"{_path(record, lost, lost.resource_id)}, of {lost}",
        seen=listed([file.path for file in record.local]),
        where=record,
    )


def _path(record: SynthRecord, one: Expected, found: str) -> str:
    where = ("aws", one.account, one.region, deployed_name(record, one), one.datastore)
    return "/".join((*where, f"{found}.json"))


def _placed(record: SynthRecord, one: Expected, file: SeenFile) -> Finding:
    found = resource_id(file.json)
    if not isinstance(found, str) or not found:
        return Blocked(by="B05", where=record)
    if acts_as_path(one, file.path.removesuffix(".json")):
        return Blocked(by="B30", where=record)
    wanted = _path(record, one, found)
    stem = file.name.removesuffix(".json")
    if _fits(one, file.path, wanted):
        return Upheld(where=record)
    if is_proper(one, stem) and not is_proper(one, found):
        return Blocked(by="B09", where=record)
    return Violation(
        expected=f"{wanted}, of {one}",
        seen=file.path,
        where=record,
        hint=_path_hint(record, one, file.path.split("/"), found),
    )


def _fits(one: Expected, path: str, wanted: str) -> bool:
    """Whether a path is the one that is wanted, whatever stands for what nobody knows."""
    parts, named = path.split("/"), wanted.split("/")
    open_parts = {1} if one.stack.account is None else set()
    open_parts |= {2} if one.stack.region is None else set()
    return len(parts) == len(named) and all(
        part == name or (number in open_parts and part)
        for number, (part, name) in enumerate(zip(parts, named, strict=True))
    )


def _path_hint(record: SynthRecord, one: Expected, parts: list[str], found: str) -> str:
    name = deployed_name(record, one)
    if parts[-1] != f"{found}.json":
        return f"the file is not named after the resourceId that it holds, {shown(found)}"
    if is_token("/".join(parts)):
        return f"{STANDS_FOR_IT}, and is no name"
    if len(parts) != DEPTH:
        return ""
    if parts[3] != name and parts[3] == one.stack.id:
        return f"{one.stack.id} is the stack's construct id, not its name"
    if parts[3] != name and parts[3].endswith(one.stack.id):
        return "that is made of construct ids; the stack's name was given"
    if "unknown" in parts[1:3]:
        return "the stack's environment was given, so account and region are known"
    return ""


@judges("B02")
def lies_below_its_base(t: SynthTranscript) -> Iterator[Finding]:
    """Snapshots go to CHAIM_SNAPSHOT_DIR, else to the home directory, and nowhere else."""
    for record in successes(t):
        if isinstance(record, Blocked):
            yield record
            continue
        bindings = expected(t.app(record))
        hostile = any(map(is_hostile, bindings))
        elsewhere = [
            stray
            for stray in record.strays
            if TREE.search(stray) or (stray.endswith(".json") and not hostile and not record.local)
            if "chaim/assets/" not in stray  # a bundle out of place is B14's
        ]
        if elsewhere:
            yield _other_base(record, elsewhere)
        elif record.local and bindings:
            yield Upheld(where=record)
        elif bindings and (clause := first_absence(t, record)) == "B02":
            yield _other_base(record, [])
        elif bindings:
            yield Blocked(by=clause, where=record)


def _other_base(record: SynthRecord, elsewhere: list[str]) -> Violation:
    if record.synth.default_base:
        base, hint = "the home directory's .chaim/cache/snapshots", ""
        if not record.local:
            hint = "CHAIM_SNAPSHOT_DIR is not set: the base is ~/.chaim/cache/snapshots"
    else:
        base, hint = "CHAIM_SNAPSHOT_DIR", ""
        if any(".chaim/cache" in one for one in elsewhere):
            hint = "CHAIM_SNAPSHOT_DIR is set, and overrides the place in the home directory"
    return Violation(
        expected=f"snapshots below {base} ({record.base}), and nowhere else",
        seen=listed(elsewhere),
        where=record,
        hint=hint,
    )


@judges("B03")
def unknown_is_called_so(t: SynthTranscript) -> Iterator[Finding]:
    """What is unknown of account and region is ``unknown`` in the path, never a token."""
    for item in snapshots(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, one, file = item.record, item.binding, item.file
        parts = file.path.split("/")
        unknown = [
            (number, name)
            for number, name, value in (
                (1, "account", one.stack.account),
                (2, "region", one.stack.region),
            )
            if value is None
        ]
        if not unknown:
            continue
        wrong = [name for number, name in unknown if parts[number : number + 1] != ["unknown"]]
        if len(parts) != DEPTH:
            yield Blocked(by="B01", where=record)
        elif wrong:
            yield Violation(
                expected=f"unknown for the {' and the '.join(wrong)}, which nobody knows at synth",
                seen=file.path,
                where=record,
                hint=f"{STANDS_FOR_IT}; ask the tool whether it is known: CDK by"
                " Token.isUnresolved, Pulumi by Output.is_known"
                if is_token(file.path)
                else "",
            )
        else:
            yield Upheld(where=record)


@judges("B26")
def consumer_finds_it(t: SynthTranscript) -> Iterator[Finding]:
    """Whoever walks the base finds snapshots alone, can tell their age, and filter by stack."""
    for record in successes(t):
        if isinstance(record, Blocked):
            yield record
            continue
        bindings = expected(t.app(record))
        if bindings and not record.local:
            yield Blocked(by=first_absence(t, record), where=record)
        names = {deployed_name(record, one) for one in bindings}
        for file in record.local:
            yield _readable(record, file, names)
        yield from _of_others(t, record)


def _of_others(t: SynthTranscript, record: SynthRecord) -> Iterator[Finding]:
    """What other apps wrote before, of stacks of their own, is there as it was."""
    app = t.app(record)
    stacks = {one.stack_name for one in expected(app)}
    app_ids = {one.config.app_id for one in expected(app)}
    for earlier in t.records[: t.records.index(record)]:
        others = expected(t.app(earlier))
        if earlier.synth.default_base != record.synth.default_base or not stacks.isdisjoint(
            one.stack_name for one in others
        ):
            continue
        if not app_ids or not app_ids.isdisjoint(one.config.app_id for one in others):
            continue
        written = [file for file in earlier.local if file.name.endswith(".json")]
        if gone := [file.path for file in written if file not in record.local]:
            yield Violation(
                expected=f"the snapshots of {earlier} as they were: they are of another app",
                seen=f"gone, or changed: {listed(gone)}",
                where=record,
                hint="what is left over of a stack is its own; the base holds those of all apps",
            )
        elif written:
            yield Upheld(where=record)


def _readable(record: SynthRecord, file: SeenFile, names: set[str]) -> Finding:
    """What the consumer makes of one file below the base; ``names`` are those of stacks."""
    if not file.name.endswith(".json"):
        if not TEMPORARY.search(file.name):
            return Upheld(where=record)
        return Violation(
            expected="snapshots, and no temporary files beside them",
            seen=file.path,
            where=record,
            hint="rename what was written beside, or remove it",
        )
    if not isinstance(file.json, dict):
        return Violation(
            expected=f"JSON in {file.path}",
            seen=shown(file.content[:100].decode(errors="replace")),
            where=record,
        )
    stack = stack_of(file.json)
    said, entity = file.json.get("capturedAt"), section(file.json, "schema").get("entityName")
    about = stack, said, entity
    if about == (None, None, None) and file.path.count("/") == DEPTH - 1:
        return Violation(
            expected="snapshots alone where the consumer looks for them",
            seen=f"{file.path}: {shown(file.content[:100].decode(errors='replace'))}",
            where=record,
            hint="the consumer takes every file for an entity",
        )
    if not all(isinstance(value, str) and value for value in about):
        return Blocked(by="B05", where=record)
    if captured_at(file.json) is None:
        return Violation(
            expected="capturedAt in ISO 8601, such as 2026-01-15T14:30:00Z: the newest is wanted",
            seen=f"capturedAt {shown(said)} in {file.path}",
            where=record,
        )
    parts = file.path.split("/")
    if len(parts) != DEPTH or (parts[3] != stack and parts[3] not in names):
        return Blocked(by="B01", where=record)
    if parts[3] == stack:
        return Upheld(where=record)
    return Violation(
        expected=f"the stack of the path, {parts[3]}, in the snapshot too",
        seen=f"{shown(stack)} in {file.path}",
        where=record,
    )
