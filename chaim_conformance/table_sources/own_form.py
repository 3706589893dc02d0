"""Tables in the kit's own form, as ``chaim-conformance tables --json`` prints them."""

from __future__ import annotations

from typing import Any

from chaim_conformance.errors import UsageError
from chaim_conformance.json_form import from_json, to_json
from chaim_conformance.synth_scenario import Table
from chaim_conformance.table_sources.document import Malformed, Node, path
from chaim_conformance.table_sources.reading import Reading, ReadTable

TABLES, UNREAD, NOTES = "tables", "unread", "notes"


def is_own_form(document: Any) -> bool:
    """Whether this looks like it."""
    return isinstance(document, dict) and isinstance(document.get(TABLES), list)


def written(reading: Reading) -> dict[str, Any]:
    """What was read, as JSON."""
    return {
        TABLES: [to_json(one.table) for one in reading.tables if one.table is not None],
        UNREAD: [f"{one.address}: {why}" for one in reading.tables for why in one.unread],
        NOTES: [
            *(f"{one.address}: {note}" for one in reading.tables for note in one.notes),
            *reading.notes,
        ],
    }


def read_own_form(document: Any) -> Reading:
    """Every table; one that could not be read when this was written stays unread."""
    whole = Node(document)
    extra = [name for name, _ in whole.members() if name not in (TABLES, UNREAD, NOTES)]
    if extra:
        raise whole[extra[0]].expected(f"no such member beside {TABLES}, {UNREAD} and {NOTES}")
    tables = []
    for one in whole[TABLES].items():
        try:
            table = from_json(Table, one.value)
        except UsageError as error:
            raise Malformed(one.steps, f"{path(one.steps)}: {error}") from error
        tables.append(ReadTable(address=table.name or table.id, table=table))
    tables += [_lost(one.needed()) for one in whole[UNREAD].items()]
    return Reading(tables=tuple(tables), notes=tuple(one.needed() for one in whole[NOTES].items()))


def _lost(said: str) -> ReadTable:
    """What stands for a table that could not be read: its address and why, as they were written."""
    address, _, why = said.partition(": ")
    return ReadTable(address=address, table=None, unread=(why or said,))
