"""``chaim-conformance compare``: reports side by side, of providers or of versions of one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaim_conformance.errors import UsageError

if TYPE_CHECKING:
    from chaim_conformance.report.comparison import Comparison, Row

NOTHING_WORSE, WORSE = 0, 1


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    compare = commands.add_parser(
        "compare",
        help="lay reports side by side",
        description="Lays reports side by side: providers, or versions of one.",
        epilog="example: chaim-conformance compare main/report.json .chaim/report.json\n"
        "exit codes: 0 what holds in the first report holds in the last, 1 something does not "
        "or is not judged any more, 4 usage",
    )
    compare.add_argument(
        "reports", metavar="REPORT", type=Path, nargs="+", help="a report.json; two or more"
    )
    compare.add_argument("--all", action="store_true", help="also clauses with the same verdict")
    compare.add_argument("--html", metavar="FILE", type=Path, help="write it as a page, too")
    compare.add_argument("--json", action="store_true", help="print one JSON object")
    compare.set_defaults(command=_compare)


def _compare(options: argparse.Namespace) -> int:
    from chaim_conformance.report.comparison import compare, differences_between
    from chaim_conformance.report.reading import read_report
    from chaim_conformance.report.redaction import printable

    if len(options.reports) < 2:
        raise UsageError("compare: one report only; name two or more, the oldest first")
    reports = [(str(path), read_report(path)) for path in options.reports]
    found = compare(reports)
    notes = list(differences_between([report for _, report in reports]))
    if options.json:
        print(json.dumps({"notes": notes, "providers": [_for_machines(one) for one in found]}))
    else:
        for line in _lines(found, notes, everything=options.all):
            print(printable(line))
    if options.html:
        _write_page(options.html, found, notes)
    return WORSE if any(one.changed("worse") for one in found) else NOTHING_WORSE


def _write_page(path: Path, found: Sequence[Comparison], notes: Sequence[str]) -> None:
    from chaim_conformance.report.html.comparison_page import text

    try:
        path.write_text(text(found, notes), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"compare: --html {path}: cannot be written ({error.strerror}); name a file in a"
            " directory that is there"
        ) from error


def _lines(found: Sequence[Comparison], notes: Sequence[str], *, everything: bool) -> Iterator[str]:
    for one in found:
        if one.name:
            yield f"provider {one.name}"
        yield from _legend(one)
        rows = [row for row in one.rows if everything or row.differs]
        yield ""
        yield from _table(one, rows)
        if rows:
            yield ""
        counts = [f"{len(one.changed(change))} {change}" for change in ("better", "worse")]
        same = sum(not row.differs for row in one.rows)
        yield f"from 1 to {len(one.columns)}: {', '.join(counts)}; {same} the same in all"
        yield ""
    yield from (f"note: {note}" for note in notes)


def _legend(one: Comparison) -> Iterator[str]:
    """What the columns' numbers stand for."""
    for number, column in enumerate(one.columns, 1):
        provider = column.provider
        said = "has no such provider"
        if provider is not None:
            failing = len(provider.failing)
            of = f"{failing} of {len(provider.clauses)} clauses fail the run"
            said = f"{provider.outcome}, {of}" if provider.clauses else provider.outcome
        yield f"{number}  {column.name}: {said}"


def _table(one: Comparison, rows: Sequence[Row]) -> Iterator[str]:
    if not rows:
        return
    name = max(len(f"{row.id} {row.slug}") for row in rows)
    numbers = (f"{number:<11}" for number in range(1, len(one.columns) + 1))
    yield f"{'clause':<{name}}  {''.join(numbers)}".rstrip()
    for row in rows:
        statuses = "".join(f"{status:<11}" for status in row.statuses)
        yield f"{f'{row.id} {row.slug}':<{name}}  {statuses}{row.change}".rstrip()


def _for_machines(one: Comparison) -> dict[str, Any]:
    return {
        "name": one.name,
        "reports": [
            {
                "file": column.name,
                "kit": column.report.kit,
                "contract": column.report.contract,
                "profile": column.report.profile,
                "outcome": column.provider.outcome if column.provider else None,
                "counts": column.provider.counts if column.provider else {},
            }
            for column in one.columns
        ],
        "better": [row.id for row in one.changed("better")],
        "worse": [row.id for row in one.changed("worse")],
        "clauses": [
            {
                "id": row.id,
                "slug": row.slug,
                "statuses": list(row.statuses),
                "change": row.change,
            }
            for row in one.rows
        ],
    }
