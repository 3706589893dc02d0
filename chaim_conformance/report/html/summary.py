"""The first screen: the verdict at a glance, and what to mend first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chaim_conformance.report.headline import left, stopping
from chaim_conformance.report.html.elements import Markup, joined, tag
from chaim_conformance.report.html.words import OUTCOMES, counted, tally, who
from chaim_conformance.report.run_report import ProviderReport, RunReport

# Letters of a value that the first screen has room for.
GLANCE = 140


def summary(report: RunReport, anchors: dict[str, str]) -> Markup:
    """The head of the page; ``anchors`` are the ids of the providers' sections, by name."""
    several = len(report.providers) > 1
    blocks = [_provider(one, anchors[one.name], several=several) for one in report.providers]
    return tag(
        "header",
        tag("p", "Chaim ingest contract, conformance report", class_="kicker"),
        tag("h1", headline(report), class_=f"o-{report.outcome.replace(' ', '-')}"),
        _facts(report),
        *blocks,
        *(tag("p", note, class_="aside") for note in report.notes),
        class_="summary",
    )


def headline(report: RunReport) -> str:
    """The verdict in words."""
    providers = report.providers
    if report.outcome == "conformant" and left(report):
        return "Conformant in what was judged"
    if len(providers) < 2 or report.outcome in ("conformant", "interrupted"):
        return OUTCOMES[report.outcome]
    good = sum(one.outcome == "conformant" for one in providers)
    return f"{good or 'None'} of {len(providers)} providers conformant"


def _facts(report: RunReport) -> Markup:
    """What one asks next of any report: of what, by what, when."""
    whom = [who(report.providers[0])] if len(report.providers) == 1 else []
    facts = [
        *whom,
        f"contract {report.contract}",
        f"kit {report.kit}",
        f"profile {report.profile}" + (", strict" if report.strict else ""),
        f"seed {report.seed}",
        joined(_time(report.started), f", {report.seconds:.0f} s"),
    ]
    return tag("ul", *(tag("li", fact) for fact in facts), class_="facts")


def _time(started: str) -> Markup:
    try:
        words = datetime.fromisoformat(started).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        words = started
    return tag("time", words, datetime=started)


def _provider(one: ProviderReport, anchor: str, *, several: bool) -> Markup:
    """What came out for a provider; where there are several, under its name."""
    head = []
    if several:
        link = tag("a", who(one), href=f"#{anchor}")
        head = [tag("h2", link, f": {OUTCOMES[one.outcome].lower()}")]
    if one.not_started:
        return tag("div", *head, tag("pre", one.not_started, class_="trouble"), class_="glance")
    return tag(
        "div",
        *head,
        tag("p", _sentence(one), class_="sentence"),
        tally(one.counts, target=anchor),
        *(tag("p", problem, class_="trouble") for problem in one.problems),
        *_first(one, anchor),
        class_="glance",
    )


def _sentence(one: ProviderReport) -> str:
    failing = len(one.failing)
    judged = sum(count for status, count in one.counts.items() if status in ("pass", "known"))
    if failing:
        total = counted(len(one.clauses), "clause")
        verb = "fails" if failing == 1 else "fail"
        said = f"{failing} of {total} {verb} the run."
    elif one.counts.get("known"):
        said = f"Nothing fails the run; {one.counts['known']} of the violations are known."
    else:
        said = f"Every clause that was judged holds: {judged}."
    left = f" {len(one.left)} more were left out of this run." if one.left else ""
    return said + left


def anchor_of(clause: str, section: str) -> str:
    """The id of a clause on the page, after that of its section where there are several."""
    return f"{section}-{clause}" if section != "provider" else clause


def _first(one: ProviderReport, section: str) -> Iterator[Markup]:
    found = stopping(one)
    if not found:
        return
    first, *others = found
    link = tag("a", first.name, href=f"#{anchor_of(first.id, section)}")
    told = [tag("p", tag("strong", "Fix first: "), link)]
    if first.failure:
        told.append(
            tag(
                "dl",
                *_glance("Expected", first.failure.expected),
                *_glance("Seen", first.failure.seen),
                *_glance("Hint", first.failure.hint),
            )
        )
    else:
        told.append(tag("p", f"{first.status}: {first.reason}"))
    if others:
        links = (
            tag("a", clause.id, href=f"#{anchor_of(clause.id, section)}", title=clause.slug)
            for clause in others
        )
        told.append(tag("p", "Then: ", joined(*links, by=" "), class_="then"))
    behind = [clause.id for clause in one.clauses if first.id in clause.blocked_by]
    if behind:
        told.append(tag("p", f"Until then {', '.join(behind)} cannot be judged.", class_="then"))
    yield tag("div", *told, class_="first")


def _glance(name: str, text: str) -> list[Markup]:
    line = text.partition("\n")[0]
    short = line if len(line) <= GLANCE else f"{line[:GLANCE]}…"
    return [tag("dt", name), tag("dd", short)] if text else []
