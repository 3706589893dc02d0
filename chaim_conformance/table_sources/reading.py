"""What was read of tables: each as the kit has it, and all that could not be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from chaim_conformance.synth_scenario import Table
from chaim_conformance.table_sources.document import NotKnown

Value = TypeVar("Value")
Otherwise = TypeVar("Otherwise")


@dataclass(frozen=True, kw_only=True)
class ReadTable:
    """A table as a document has it, found at ``address``: what the tool itself calls it.

    ``table`` is ``None`` where not even its key could be read. ``unread`` is what else of it could
    not, so that it is not the table that it is: keys, indexes, TTL, stream, billing, encryption.
    ``notes`` is what a reader may want to know and no binding is concerned by.
    """

    address: str
    table: Table | None
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it can stand for the real table."""
        return self.table is not None and not self.unread


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All that a document says of tables; ``notes`` are of what is no table that can be read."""

    tables: tuple[ReadTable, ...] = ()
    notes: tuple[str, ...] = ()

    def of_file(self, name: str) -> Reading:
        """The same, each table with the file that it came from."""
        return replace(
            self,
            tables=tuple(
                one if one.table is None else replace(one, table=replace(one.table, source=name))
                for one in self.tables
            ),
        )


@dataclass(kw_only=True)
class Gaps:
    """Collects what could not be read of one table."""

    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def read(self, what: str, of: Callable[[], Value], otherwise: Otherwise) -> Value | Otherwise:
        """A part without which the table is another one; the value where it is not known."""
        try:
            return of()
        except NotKnown as error:
            self.unread.append(f"{what}: {error}")
            return otherwise

    def mention(
        self, what: str, of: Callable[[], Value], otherwise: Otherwise
    ) -> Value | Otherwise:
        """A part that no binding is concerned by."""
        try:
            return of()
        except NotKnown as error:
            self.notes.append(f"{what}: {error}")
            return otherwise


def joined(readings: Iterable[Reading]) -> Reading:
    """Several readings as one, in which no two tables have the same id."""
    each = tuple(readings)
    return Reading(
        tables=_told_apart([one for reading in each for one in reading.tables]),
        notes=tuple(dict.fromkeys(note for reading in each for note in reading.notes)),
    )


def construct_id(name: str) -> str:
    """A name that a construct can have in any tool, made of what a document calls a table."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-") or "Table"


def _told_apart(tables: list[ReadTable]) -> tuple[ReadTable, ...]:
    taken: set[tuple[tuple[str, ...], str]] = set()
    found = []
    for one in tables:
        table = one.table
        if table is not None:
            id_, number = table.id, 1
            while (table.scopes, id_) in taken:
                number += 1
                id_ = f"{table.id}-{number}"
            taken.add((table.scopes, id_))
            one = replace(one, table=replace(table, id=id_))
        found.append(one)
    return tuple(found)
