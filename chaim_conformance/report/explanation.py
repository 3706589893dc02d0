"""A clause explained: all that the contract says of it, as data and as text for a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from typing import Any

from chaim_conformance import contract
from chaim_conformance.contract import Clause

NARROWEST, WIDEST = 60, 96
LABEL = 13
NAMED = 6  # beyond that ids have to do


def explained(clause: Clause) -> dict[str, Any]:
    """The clause as plain data: ``explain --json`` prints these."""
    sample = contract.samples().get(clause.id)
    return {
        "id": clause.id,
        "slug": clause.slug,
        "family": clause.family,
        "level": clause.level,
        "since": clause.since,
        "disputed": clause.disputed,
        "applies": list(clause.applies),
        "check": clause.check,
        "text": clause.text,
        "authority": [
            {"kind": one.kind, "quote": one.quote, "reason": one.reason} for one in clause.authority
        ],
        "readings": [
            {"number": one.number, "title": one.title, "text": one.text}
            for one in map(contract.reading, clause.readings)
        ],
        "why": clause.why,
        "advice": clause.advice,
        "files": [str(contract.contract_directory() / file) for file in clause.files],
        "violation": None
        if sample is None
        else {
            "fault": sample.fault,
            "expected": sample.expected,
            "seen": sample.seen,
            "hint": sample.hint,
            "story": sample.story,
        },
        "blocks": [] if sample is None else list(sample.blocks),
        "blocked_by": list(blockers(clause)),
    }


def explanation(clause: Clause, *, width: int | None = None) -> str:
    """The clause for people, in lines of at most ``width`` columns, by default the terminal's."""
    columns = shutil.get_terminal_size((WIDEST, 24)).columns if width is None else width
    return "\n".join(_lines(clause, max(NARROWEST, min(WIDEST, columns))))


def blockers(clause: Clause) -> Iterator[str]:
    """The clauses that keep this one from being judged, as far as their samples show it."""
    return (one.clause for one in contract.samples().values() if clause.id in one.blocks)


def _lines(clause: Clause, width: int) -> Iterator[str]:
    checked = "" if clause.check == "yes" else f"; {clause.check}"
    applies = ", ".join(clause.applies)
    yield f"{clause.id} {clause.slug} ({clause.level}; {clause.family}; {applies}{checked})"
    yield ""
    yield from _wrapped("Clause", clause.text, width)
    for authority in clause.authority:
        yield from _wrapped("Because", str(authority), width)
    yield from _wrapped("Matters", clause.why, width)
    yield from _wrapped("Do", clause.advice, width)
    yield from _wrapped("Since", f"contract {clause.since}", width)
    if clause.disputed:
        yield from _wrapped("Disputed", clause.disputed, width)
    for number in clause.readings:
        reading = contract.reading(number)
        yield ""
        yield from _wrapped(f"Reading {number}", f"{reading.title}. {reading.text}", width)
    yield from _violated(clause, width)
    yield from _around(clause, width)


def _violated(clause: Clause, width: int) -> Iterator[str]:
    sample = contract.samples().get(clause.id)
    if sample is None:
        return
    yield ""
    yield "  A violation, of a provider with one fault"
    for label, text in (
        ("  Fault", sample.fault),
        ("  Expected", sample.expected),
        ("  Seen", sample.seen),
        ("  Hint", sample.hint),
        ("  Story", sample.story),
    ):
        if text:
            yield from _wrapped(label, text, width)


def _around(clause: Clause, width: int) -> Iterator[str]:
    sample = contract.samples().get(clause.id)
    related = {
        "Blocks": () if sample is None else sample.blocks,
        "Blocked by": tuple(blockers(clause)),
    }
    said = [(label, ids) for label, ids in related.items() if ids]
    if said or clause.files:
        yield ""
    for label, ids in said:
        named = [contract.clause(one).name for one in ids] if len(ids) <= NAMED else ids
        yield from _wrapped(label, ", ".join(named), width)
    for file in clause.files:
        # A path is copied, so it is not broken.
        yield f"  {'Test with':<{LABEL - 2}}{contract.contract_directory() / file}"


def _wrapped(label: str, text: str, width: int) -> Iterator[str]:
    first, later = f"  {label:<{LABEL - 2}}", " " * LABEL
    for paragraph in text.splitlines():
        yield from textwrap.wrap(
            paragraph,
            width,
            initial_indent=first,
            subsequent_indent=later,
            break_on_hyphens=False,
        )
        first = later
