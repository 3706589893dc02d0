"""``report.html``: the run for people, a file that needs no network, script or other file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chaim_conformance.report.headline import stopping
from chaim_conformance.report.html.bounds import BOUNDS, Bounds
from chaim_conformance.report.html.clause_list import clause_list, legend
from chaim_conformance.report.html.elements import Markup, joined, prose, tag
from chaim_conformance.report.html.filters import filters
from chaim_conformance.report.html.shell import document
from chaim_conformance.report.html.summary import anchor_of, headline, summary
from chaim_conformance.report.html.violation import violation
from chaim_conformance.report.html.words import OUTCOMES, who
from chaim_conformance.report.run_report import ProviderReport, RunReport

# A page that can be sent by mail, and opened on a phone.
LARGEST = 1_000_000


def text(report: RunReport) -> str:
    """The file's text; of failures only as much as stays below :data:`LARGEST` bytes."""
    made = ""
    for bounds in BOUNDS:
        made = _page(report, bounds)
        if len(made.encode()) < LARGEST:
            break
    return made


def section_ids(providers: tuple[ProviderReport, ...]) -> dict[str, str]:
    """An id for each provider, by its name: readable, fit for a link, and no other's."""
    if len(providers) == 1:
        return {providers[0].name: "provider"}
    found: dict[str, str] = {}
    for number, one in enumerate(providers, 1):
        plain = re.sub(r"[^a-z0-9]+", "-", one.name.lower()).strip("-") or f"provider-{number}"
        found[one.name] = f"{plain}-{number}" if plain in found.values() else plain
    return found


def _page(report: RunReport, bounds: Bounds) -> str:
    ids = section_ids(report.providers)
    clauses = [clause for one in report.providers for clause in one.clauses]
    several = len(report.providers) > 1
    body = joined(
        summary(report, ids),
        tag(
            "main",
            filters(clauses) if clauses else "",
            tag("p", "No clause is like that.", class_="nothing", hidden=True),
            *(_section(one, ids[one.name], bounds, several=several) for one in report.providers),
        ),
    )
    names = ", ".join(map(who, report.providers))
    return document(title=f"{headline(report)}: {names}", body=body, script=True)


def _section(one: ProviderReport, section: str, bounds: Bounds, *, several: bool) -> Markup:
    head = [tag("h2", who(one), tag("small", f" {OUTCOMES[one.outcome].lower()}"))] * several
    if one.not_started:
        return tag("section", *head, tag("pre", one.not_started), id=section, class_="provider")
    return tag(
        "section",
        *head,
        *_violations(one, section, bounds),
        tag("h2", "Every clause", class_="part"),
        legend(one),
        clause_list(one, section),
        *_about(one),
        id=section,
        class_="provider",
    )


def _violations(one: ProviderReport, section: str, bounds: Bounds) -> Iterator[Markup]:
    """Cards, those that fail the run first; the one to begin with is open."""
    first = next(iter(stopping(one)), None)
    for title, chosen in (("What fails", True), ("Violations that do not fail the run", False)):
        cards = [
            violation(
                clause,
                clause.failure,
                anchor=anchor_of(clause.id, section),
                open_=clause is first,
                bounds=bounds,
            )
            for clause in one.clauses
            if clause.failure is not None and clause.fails is chosen
        ]
        if cards:
            yield tag("div", tag("h2", title, class_="part"), *cards, class_="violations")


def _about(one: ProviderReport) -> Iterator[Markup]:
    """What kind of provider it is, and how it was held."""
    facts = [
        ("Judged by contract", one.pin),
        ("Handler", one.handler or ""),
        ("Binder", one.binder or ""),
        ("Capabilities", ", ".join(one.capabilities)),
        ("Snapshot formats", ", ".join(one.formats)),
        ("Answers", one.answer_style),
        ("Speaks", one.scheme),
        ("Constructs", ", ".join(one.constructs)),
        ("Contained by", ", ".join(one.contained) or "nothing"),
        ("Not in this run", ", ".join(one.left)),
    ]
    rows = [cell for name, said in facts if said for cell in (tag("dt", name), tag("dd", said))]
    rows += [cell for note in one.notes for cell in (tag("dt", "Note"), tag("dd", prose(note)))]
    inside = tag("dl", *rows, class_="about")
    yield tag("details", tag("summary", "About this provider"), inside, class_="legend")
