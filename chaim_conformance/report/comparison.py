"""Reports side by side, and what got better or worse from the first of them to the last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from chaim_conformance.report.run_report import ClauseReport, ProviderReport, RunReport

Change = Literal["", "better", "worse", "changed"]
HOLDS = ("pass", "stale")
# It holds or not, and does not apply or is not in the report's contract: that says nothing of it.
SILENT = ("n/a", "absent")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A provider in a report; none where the report has no provider of this name."""

    name: str
    report: RunReport
    provider: ProviderReport | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """A clause in all columns; none in a column whose report does not know it."""

    id: str
    slug: str
    family: str
    text: str
    cells: tuple[ClauseReport | None, ...]
    statuses: tuple[str, ...]
    change: Change

    @property
    def differs(self) -> bool:
        """Whether not all columns say the same."""
        return len(set(self.statuses)) > 1


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One provider through all reports. ``name`` is empty where each report has but one."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def changed(self, change: Change) -> tuple[Row, ...]:
        """The rows of this kind."""
        return tuple(row for row in self.rows if row.change == change)


def compare(reports: Sequence[tuple[str, RunReport]]) -> tuple[Comparison, ...]:
    """Compares reports, each with a name; where one has several providers, by their names."""
    if all(len(report.providers) == 1 for _, report in reports):
        columns = [_column(name, report, report.providers[0]) for name, report in reports]
        return (_comparison("", columns),)
    names = dict.fromkeys(one.name for _, report in reports for one in report.providers)
    return tuple(_comparison(name, list(_columns(reports, name))) for name in names)


def differences_between(reports: Sequence[RunReport]) -> Iterator[str]:
    """Why verdicts may differ though no provider does: the runs were not of the same kind."""
    for what, values in (
        ("contracts", [one.contract for one in reports]),
        ("kits", [one.kit for one in reports]),
        ("profiles", [one.profile for one in reports]),
        ("seeds", [str(one.seed) for one in reports]),
        ("selections", [",".join(one.select) or "all" for one in reports]),
    ):
        if len(set(values)) > 1:
            yield f"the reports are of different {what}: {' / '.join(values)}"


def _columns(reports: Sequence[tuple[str, RunReport]], name: str) -> Iterator[Column]:
    for file, report in reports:
        found = next((one for one in report.providers if one.name == name), None)
        yield _column(file, report, found)


def _column(name: str, report: RunReport, provider: ProviderReport | None) -> Column:
    return Column(name=name, report=report, provider=provider)


def _comparison(name: str, columns: Sequence[Column]) -> Comparison:
    found = [
        {one.id: one for one in column.provider.clauses} if column.provider else {}
        for column in columns
    ]
    known = {id_: one for clauses in reversed(found) for id_, one in clauses.items()}
    # Handlers' clauses before binders', as in the contract.
    order = sorted(known, key=lambda id_: (id_[0] != "H", id_))
    rows = [_row(known[id_], columns, [clauses.get(id_) for clauses in found]) for id_ in order]
    return Comparison(name=name, columns=tuple(columns), rows=tuple(rows))


def _row(
    about: ClauseReport, columns: Sequence[Column], cells: Sequence[ClauseReport | None]
) -> Row:
    statuses = tuple(
        cell.status if cell else _absent(about.id, column)
        for cell, column in zip(cells, columns, strict=True)
    )
    return Row(
        id=about.id,
        slug=about.slug,
        family=about.family,
        text=about.text,
        cells=tuple(cells),
        statuses=statuses,
        change=_change(statuses[0], statuses[-1]),
    )


def _absent(clause: str, column: Column) -> str:
    """Why there is no verdict: the run did not get to it, or it is none of the provider's."""
    provider = column.provider
    expected = provider is None or provider.not_started or clause in provider.left
    return "not judged" if expected else "absent"


def _change(first: str, last: str) -> Change:
    """Worse is what held and now does not, or is not judged any more; better the other way round.

    What was blocked and now fails is neither: what blocked it has been mended.
    """
    if first == last:
        return ""
    if first in SILENT or last in SILENT or (first in HOLDS) is (last in HOLDS):
        return "changed"
    return "better" if last in HOLDS else "worse"
