"""B30: a name is a name, and no way to somewhere else."""

from __future__ import annotations

from collections.abc import Iterator

from chaim_conformance.checks.binder.evidence import (
    TREE,
    Expected,
    absence,
    acts_as_path,
    bundled_of,
    ended,
    expected,
    is_hostile,
    listed,
    local_of,
    unsuccessful,
)
from chaim_conformance.checks.binder.grounds import UNSAFE
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.checks.evidence import shown
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

LONGEST_NAME = 255


@judges("B30")
def names_stay_inside(t: SynthTranscript) -> Iterator[Finding]:
    """A name that is no file's name is made one, or refused; it never is a way elsewhere."""
    for record in t.records:
        hostile = [one for one in expected(t.app(record)) if one.entity and is_hostile(one)]
        blocked = unsuccessful(t, record)
        if not hostile:
            continue
        if blocked is not None and blocked.by != "B30":
            yield blocked
            continue
        name = shown(hostile[0].resource_id)
        strays = [stray for stray in record.strays if _is_astray(stray, hostile)]
        if strays:
            yield Violation(
                expected=f"nothing outside the snapshots and cdk.out, with the name {name}",
                seen=listed(strays),
                where=record,
            )
        elif record.outcome in ("crashed", "timed-out"):
            yield Violation(
                expected=f"a safe name for {name}, or an error",
                seen=ended(record),
                where=record,
            )
        elif led := _led(t, record, hostile):
            yield Violation(
                expected=f"one name of a file for {name}",
                seen=led,
                where=record,
                hint="escape what separates directories before it becomes part of a path",
            )
        else:
            yield _kept_apart(t, record)


def _is_astray(stray: str, hostile: list[Expected]) -> bool:
    """Whether a file lies elsewhere because of such a name, and not because its base does (B02).

    Nor is it one that the tool writes at any synth, a log or a configuration of its own.
    """
    pieces = {piece for one in hostile for piece in UNSAFE.split(one.resource_id)} - {""}
    parts = {part.removesuffix(".json") for part in stray.split("/")}
    named = any(len(piece) > 3 and piece in stray for piece in pieces)
    return not TREE.search(stray) and (named or bool(pieces & parts))


def _led(t: SynthTranscript, record: SynthRecord, hostile: list[Expected]) -> str:
    """The first path that such a name made other than a name; empty: none."""
    app = t.app(record)
    attributed = (*local_of(record, app).items(), *bundled_of(record, app).items())
    of_others = {file.path for one, file in attributed if one not in hostile}
    for file in (*record.local, *record.assets):
        if file.path in of_others:
            continue
        parts = file.path.split("/")
        place = file.path.removesuffix(".json").removesuffix("/snapshot")
        if (
            ".." in parts
            or any(len(part.encode()) > LONGEST_NAME for part in parts)
            or any(acts_as_path(one, place) for one in hostile)
        ):
            return file.path
    return ""


def _kept_apart(t: SynthTranscript, record: SynthRecord) -> Finding:
    """Whether every binding has its snapshot, so that none was overwritten."""
    if record.outcome == "refused":
        return Upheld(where=record)
    found = local_of(record, t.app(record))
    lost = [one for one in expected(t.app(record)) if one not in found and absence(t, record, one)]
    if not lost:
        return Upheld(where=record)
    if not found:
        return Blocked(by="B02" if record.strays else "B01", where=record)
    return Violation(
        expected=f"a file of its own for {lost[0]}, or an error",
        seen=listed([file.path for file in record.local]),
        where=record,
        hint="two names that are made safe have to stay two",
    )
