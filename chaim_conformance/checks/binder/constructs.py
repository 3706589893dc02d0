"""B33: every kind of table is bound, or refused with a reason; late indexes are captured."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chaim_conformance.checks.binder.evidence import (
    Expected,
    absence,
    ended,
    expected,
    local_of,
    metadata,
    unsuccessful,
)
from chaim_conformance.checks.binder.facts import KINDS, declared, late, read_indexes
from chaim_conformance.checks.binder.grounds import may_refuse, must_refuse
from chaim_conformance.checks.binder.registry import judges
from chaim_conformance.synth_scenario import Table
from chaim_conformance.synth_transcript import Refusal, SynthRecord, SynthTranscript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

# What languages say of a program's own mistake, and nobody says of a table.
MISTAKES = re.compile(
    r"cannot (read|set) propert|cannot (convert|destructure)|\bundefined\b|of null\b"
    r"|is not (a function|iterable|defined|a constructor)|has no attribute|nonetype|^keyerror"
    r"|not subscriptable|nil pointer|null pointer|maximum call stack|index out of range",
    re.IGNORECASE,
)
# A reason has one of these words, or the kind's own name: it is about the table.
ABOUT = re.compile(r"table|import|construct|support", re.IGNORECASE)


@judges("B33")
def every_table_is_bound(t: SynthTranscript) -> Iterator[Finding]:
    """``TableV2`` and imported tables: a snapshot, or the true reason; and late indexes in it."""
    for record in t.records:
        particular = [one for one in expected(t.app(record)) if _is_particular(one.table)]
        if not particular or must_refuse(t.app(record)):
            continue
        if record.outcome == "synthesized":
            for one in particular:
                yield from _bound(t, record, one)
        else:
            yield from _refused(t, record, particular)


def _is_particular(table: Table) -> bool:
    return table.construct != "Table" or any(late(table).values())


def _kind(table: Table) -> str:
    names = {"Table": "a table with late indexes", "imported": "an imported table"}
    return names.get(table.construct, f"a {table.construct}")


def _bound(t: SynthTranscript, record: SynthRecord, one: Expected) -> Iterator[Finding]:
    snapshot = local_of(record, t.app(record)).get(one)
    if snapshot is None:
        clause = absence(t, record, one)
        if clause == "B33":
            yield Violation(
                expected=f"{one}: a snapshot, or an error that says why there is none",
                seen=f"neither, for {_kind(one.table)}",
                where=record,
            )
        elif clause:
            yield Blocked(by=clause, where=record)
        return
    about = metadata(snapshot.json)
    for kind in KINDS:
        have = read_indexes(about.get(kind)).keys()
        added = late(one.table)[kind]
        if lost := sorted(added - have):
            if declared(one.table).indexes[kind].keys() - added - have:
                yield Blocked(by="B07", where=record)  # those that came in time are lost, too
                return
            yield Violation(
                expected=f"{one}: late index {lost[0]!r} in `{kind}`",
                seen=f"{snapshot.path}: `{kind}`: {', '.join(map(repr, have)) or 'none'}",
                where=record,
                hint="the index was added to the table after the binding was made: read the table"
                " when the app is synthesized, not when the binding is constructed",
            )
            return
    yield Upheld(where=record)


def _refused(
    t: SynthTranscript, record: SynthRecord, particular: list[Expected]
) -> Iterator[Finding]:
    blocked, refusal = unsuccessful(t, record), record.refusal
    named = [one for one in particular if refusal and one.binding.id == refusal.binding]
    if blocked is not None and blocked.by != "B33":
        yield blocked
    elif blocked is None and refusal is not None and _says_why(refusal):
        yield Upheld(where=record)
    elif blocked is not None or set(may_refuse(t.app(record))) == {"B33"}:
        table = (named or particular)[0].table
        bound = "bound" if table.construct == "Table" else "bound, or refused with the reason"
        yield Violation(
            expected=f"{_kind(table)}: {bound}",
            seen=ended(record),
            where=record,
        )


def _says_why(refusal: Refusal) -> bool:
    """Whether a refusal is about the table, and not a program's own mistake."""
    is_mistake = MISTAKES.search(refusal.message) or MISTAKES.search(refusal.type)
    return not is_mistake and ABOUT.search(refusal.message) is not None
