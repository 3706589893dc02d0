"""``chaim-conformance tables``: which tables a file, or an account, has."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaim_conformance.errors import UsageError

if TYPE_CHECKING:
    from chaim_conformance.synth_scenario import Index, Key, Table
    from chaim_conformance.table_sources import Reading, ReadTable

WHOLE, IN_PART = 0, 1
LIVE = "live"
ENCRYPTION = {
    "owned": "DynamoDB's own key",
    "managed": "the account's managed key",
    "customer": "a customer's key, made beside the table",
    "customer-arn": "a customer's key, which exists already",
}
ALSO = (
    "point_in_time_recovery",
    "deletion_protection",
    "infrequent_access",
    "contributor_insights",
)


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    tables = commands.add_parser(
        "tables",
        help="read tables from templates, plans, stacks or an account",
        description="Reads tables from CloudFormation templates, `terraform show -json`, `pulumi"
        " stack export`, `aws dynamodb describe-table`, its own --json, or a live account.",
        epilog="example: chaim-conformance tables plan.json\n"
        "exit codes: 0 all read, 1 some not as a whole, 4 usage",
    )
    tables.add_argument("sources", metavar="FILE|live", nargs="+", help="files, or a live account")
    option = tables.add_argument
    option("--json", action="store_true", help="print them for `tables =`, as JSON")
    option("--region", metavar="R", help="of the live account")
    tables.add_argument(
        "--table", metavar="NAME", action="append", help="only this one; repeatable"
    )
    tables.set_defaults(command=_tables)


def _tables(options: argparse.Namespace) -> int:
    from chaim_conformance.report.redaction import printable
    from chaim_conformance.table_sources.own_form import written

    reading = _read(options)
    if options.json:
        print(json.dumps(written(reading), indent=2, ensure_ascii=False))
    else:
        print(printable("\n".join(_lines(reading))))
    return WHOLE if all(one.whole for one in reading.tables) else IN_PART


def _read(options: argparse.Namespace) -> Reading:
    from chaim_conformance.table_sources import read_table_files

    wanted = options.table or []
    if options.sources == [LIVE]:
        from chaim_conformance.table_sources.live import read_live

        return read_live(region=options.region, names=wanted)
    if LIVE in options.sources:
        raise UsageError(f"tables: {LIVE} stands alone (a file of that name is ./{LIVE})")
    if options.region:
        raise UsageError("tables: --region is about a live account: chaim-conformance tables live")
    return _only(read_table_files(map(Path, options.sources)), wanted)


def _only(reading: Reading, wanted: list[str]) -> Reading:
    """Those of these names, whether physical ones or what the document calls them."""
    if not wanted:
        return reading
    known = {name: one for one in reading.tables for name in _names(one)}
    if unknown := [name for name in wanted if name not in known]:
        there = ", ".join(one.address for one in reading.tables)
        raise UsageError(f"tables: --table {unknown[0]}: there is no such table; there is: {there}")
    chosen = dict.fromkeys(known[name] for name in wanted)
    return replace(reading, tables=tuple(chosen))


def _names(one: ReadTable) -> Iterator[str]:
    yield one.address
    if one.table is not None:
        yield one.table.id
        if one.table.name is not None:
            yield one.table.name


def _lines(reading: Reading) -> Iterator[str]:
    for one in reading.tables:
        source = f" of {one.table.source}" if one.table and one.table.source else ""
        yield f"{one.address}{source}"
        rows = list(_rows(one.table)) if one.table else []
        rows += [("UNREAD", why) for why in one.unread]
        rows += [("note", note) for note in one.notes]
        yield from (f"  {word:<12}{text}" for word, text in rows)
        yield ""
    yield from (f"note: {note}" for note in reading.notes)
    yield _summary(reading)


def _rows(table: Table) -> Iterator[tuple[str, str]]:
    """A table's settings, each in a line."""
    yield "name", table.name or "(made when it is deployed)"
    yield "key", _key(table.partition_key, table.sort_key)
    for word, indexes in (("GSI", table.global_indexes), ("LSI", table.local_indexes)):
        yield from ((word, f"{index.name}: {_projected(index)}") for index in indexes)
    yield "TTL", table.ttl_attribute or "none"
    yield "stream", table.stream or "none"
    yield "billing", table.billing
    yield "encryption", ENCRYPTION[table.encryption]
    if also := [name.replace("_", " ") for name in ALSO if getattr(table, name)]:
        yield "also", ", ".join(also)


def _key(*keys: Key | None) -> str:
    return ", ".join(f"{key.name} {key.type}" for key in keys if key is not None)


def _projected(index: Index) -> str:
    projection = " ".join((index.projection, *index.non_key_attributes))
    return f"{_key(index.partition_key, index.sort_key)}; {projection}"


def _summary(reading: Reading) -> str:
    count = len(reading.tables)
    counted = f"{count} table" if count == 1 else f"{count} tables"
    if lacking := sum(not one.whole for one in reading.tables):
        return f"{counted}, {lacking} of them not read as a whole (UNREAD)"
    return f"{counted}, read as a whole"
