"""Reports side by side, as a page like ``report.html``."""

from __future__ import annotations

from collections.abc import Sequence

from chaim_conformance.report.comparison import Column, Comparison, Row
from chaim_conformance.report.html.bounds import Bounds
from chaim_conformance.report.html.difference import marked
from chaim_conformance.report.html.elements import Markup, joined, prose, tag
from chaim_conformance.report.html.shell import document
from chaim_conformance.report.html.words import MARKS, OUTCOMES, badge, counted, tally, who
from chaim_conformance.report.run_report import ClauseReport

# Of values, as several stand beside each other.
CELL = Bounds(arrows=0, steps=0, lines=0, letters=300)


def text(comparisons: Sequence[Comparison], notes: Sequence[str]) -> str:
    """The page's text; ``notes`` are what one should know before one reads it."""
    worse = sum(len(one.changed("worse")) for one in comparisons)
    better = sum(len(one.changed("better")) for one in comparisons)
    title = f"{counted(worse, 'clause')} worse, {better} better"
    head = tag(
        "header",
        tag("p", "Chaim ingest contract, reports compared", class_="kicker"),
        tag("h1", title, class_="o-violations" if worse else "o-conformant"),
        *(tag("p", note, class_="aside") for note in notes),
        class_="summary",
    )
    body = joined(head, tag("main", *(_section(one, n) for n, one in enumerate(comparisons))))
    return document(title=f"{title}: reports compared", body=body)


def _section(one: Comparison, number: int) -> Markup:
    name = f"provider-{number + 1}"
    differing = [row for row in one.rows if row.differs]
    same = [row for row in one.rows if not row.differs]
    parts = [tag("h2", one.name)] if one.name else []
    columns = (_column(column, f"{name}-table") for column in one.columns)
    parts += [tag("ol", *columns, class_="columns")]
    parts += [tag("h2", "What differs", class_="part", id=f"{name}-table")]
    what = f"{len(differing)} of {counted(len(one.rows), 'clause')}"
    parts += [_table(one, differing, what)] if differing else [tag("p", "Nothing.")]
    if same:
        what = f"{counted(len(same), 'clause')} with the same verdict in all reports"
        summary = tag("summary", f"What is the same: {counted(len(same), 'clause')}")
        parts.append(tag("details", summary, _table(one, same, what), class_="legend"))
    return tag("section", *parts, class_="provider", id=name)


def _column(column: Column, target: str) -> Markup:
    """What a column is about, in more words than fit above it."""
    report, provider = column.report, column.provider
    facts = f"kit {report.kit}, contract {report.contract}, {report.profile}, {report.started}"
    told = [tag("strong", column.name)]
    if provider is None:
        return tag("li", *told, tag("p", "has no such provider"))
    told.append(tag("span", f" {who(provider)}: {OUTCOMES[provider.outcome].lower()}"))
    return tag("li", *told, tag("p", facts, class_="where"), tally(provider.counts, target=target))


def _table(one: Comparison, rows: Sequence[Row], caption: str) -> Markup:
    heads = [tag("th", str(n), " ", c.name, scope="col") for n, c in enumerate(one.columns, 1)]
    head = tag(
        "tr", tag("th", "Clause", scope="col"), *heads, tag("th", "First to last", scope="col")
    )
    table = tag(
        "table", tag("caption", caption), tag("thead", head), tag("tbody", *map(_row, rows))
    )
    return tag("div", table, class_="scroll", tabindex=0, role="region", aria_label=caption)


def _row(row: Row) -> Markup:
    clause = tag(
        "th",
        tag("strong", row.id, " ", tag("span", row.slug, class_="slug")),
        tag("p", prose(row.text), class_="where"),
        scope="row",
    )
    cells = (
        tag("td", *_cell(cell, status))
        for cell, status in zip(row.cells, row.statuses, strict=True)
    )
    change = tag(
        "td", row.change or ("differs" if row.differs else "same"), class_=f"change {row.change}"
    )
    return tag("tr", clause, *cells, change)


def _cell(cell: ClauseReport | None, status: str) -> list[Markup]:
    if cell is None:
        return [tag("span", status, class_="status")]
    told = [badge(cell.status)] if cell.status in MARKS else []
    if cell.failure:
        expected, seen = marked(CELL.cut(cell.failure.expected), CELL.cut(cell.failure.seen))
        told += [tag("p", "Expected ", tag("span", expected, class_="value"), class_="pair")]
        told += [tag("p", "Seen ", tag("span", seen, class_="value"), class_="pair")]
    elif cell.reason:
        told += [tag("p", prose(cell.reason), class_="where")]
    return told
