"""Every clause of a provider, family by family: its verdict, and why."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from chaim_conformance.report.html.elements import Markup, joined, prose, tag
from chaim_conformance.report.html.summary import anchor_of
from chaim_conformance.report.html.violation import about_clause, facets
from chaim_conformance.report.html.words import MARKS, MEANINGS, badge, counted, family_name
from chaim_conformance.report.run_report import ClauseReport, ProviderReport


def clause_list(provider: ProviderReport, section: str) -> Markup:
    """All families; a violated clause leads to its card, any other opens in place."""
    families = [
        _family(name, list(clauses), section)
        for name, clauses in groupby(provider.clauses, key=lambda one: one.family)
    ]
    return joined(*families)


def _family(name: str, clauses: list[ClauseReport], section: str) -> Markup:
    total = tag("span", str(len(clauses)), class_="of", data_total=len(clauses))
    return tag(
        "section",
        tag("h3", family_name(name), " ", total),
        tag("ul", *(_row(one, section) for one in clauses)),
        class_="family",
    )


def _row(one: ClauseReport, section: str) -> Markup:
    anchor = anchor_of(one.id, section)
    brief = one.reason if one.status != "pass" else "disputed" if one.disputed else ""
    line = (
        badge(one.status),
        tag("span", one.id, class_="id"),
        tag("span", one.slug, class_="slug"),
        tag("span", one.level, class_="level") if one.level != "MUST" else "",
    )
    if one.failure is not None:
        link = tag("a", *line, href=f"#{anchor}")
        return tag("li", link, class_="clause", **facets(one))
    head = tag("summary", *line, tag("span", brief, class_="brief"))
    return tag(
        "li",
        tag("details", head, tag("div", *_explained(one, section))),
        id=anchor,
        class_="clause",
        **facets(one),
    )


def _explained(one: ClauseReport, section: str) -> Iterator[Markup]:
    yield tag("p", prose(MEANINGS[one.status]), class_="aside")
    if one.reason:
        yield tag("p", prose(f"Here: {one.reason}"))
    if one.blocked_by:
        links = [tag("a", by, href=f"#{anchor_of(by, section)}") for by in one.blocked_by]
        yield tag("p", "Blocked by ", joined(*links, by=", "), ".")
    yield about_clause(one)
    if one.scenarios:
        made = "synth" if one.id.startswith("B") else "attempt"
        effort = f"{counted(one.scenarios, 'scenario')}, {counted(one.attempts, made)}"
        yield tag("p", f"{effort}, {one.seconds:.1f} s", class_="effort")


def legend(provider: ProviderReport) -> Markup:
    """What the statuses mean that this provider has."""
    found = [status for status in MARKS if provider.counts.get(status)]
    rows = [cell for s in found for cell in (tag("dt", badge(s)), tag("dd", prose(MEANINGS[s])))]
    inside = tag("dl", *rows, class_="about")
    return tag("details", tag("summary", "What the verdicts mean"), inside, class_="legend")
