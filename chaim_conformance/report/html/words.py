"""What statuses, outcomes and families are called on a page, and what they mean."""

from __future__ import annotations

from chaim_conformance.report.html.elements import Markup, joined, tag
from chaim_conformance.report.run_report import Outcome, ProviderReport
from chaim_conformance.verdict import Status

# In the order of what wants looking at; a mark each, so that no status is told by colour alone.
MARKS: dict[Status, str] = {
    "fail": "✗",
    "error": "!",
    "unstable": "≈",
    "stale": "↺",
    "pass": "✓",
    "known": "◆",
    "blocked": "⊘",
    "not run": "○",
    "n/a": "–",
}
MEANINGS: dict[Status, str] = {
    "fail": "It was put to the test and does not hold; played once more in a new process, it failed"
    " again.",
    "error": "The kit or its surroundings failed. This says nothing about the provider.",
    "unstable": "It failed, but not when the same was played in a new process: something of the"
    " first process plays a part.",
    "stale": "It is listed as a known failure, and holds. Remove the entry from chaim.toml.",
    "pass": "It was put to the test, and held each time.",
    "known": "It does not hold, and is listed under [[known]] in chaim.toml, so that it does not"
    " fail the run.",
    "blocked": "It could not be judged, because something else is wrong. Fix that first.",
    "not run": "It was not played, or not all of it. The reason says what would play it.",
    "n/a": "It is about providers of another kind.",
}
OUTCOMES: dict[Outcome, str] = {
    "conformant": "Conformant",
    "violations": "Not conformant",
    "error": "No verdict: the kit or its surroundings failed",
    "not started": "Not judged: the provider could not be started",
    "interrupted": "Not finished: the run was stopped",
}


def badge(status: Status) -> Markup:
    """A status with its mark."""
    mark = tag("span", MARKS[status], aria_hidden="true")
    return tag("span", mark, f" {status}", class_=f"status {kind(status)}")


def kind(status: str) -> str:
    """The class that a status has in the style sheet."""
    return "s-" + status.replace(" ", "-").replace("/", "")


def family_name(family: str) -> str:
    """``binder-paths`` as ``Binder: paths``."""
    words = family.replace("_", " ").replace("binder-", "binder: ")
    return words[:1].upper() + words[1:]


def who(provider: ProviderReport) -> str:
    """What a provider is called: its name in chaim.toml, else where its halves are."""
    halves = [half for half in (provider.handler, provider.binder) if half]
    return provider.name or " + ".join(halves) or "the provider"


def counted(count: int, noun: str) -> str:
    """``1 clause``, ``2 clauses``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def tally(counts: dict[str, int], *, target: str) -> Markup:
    """How many clauses have which status, each a link to ``target`` that filters where it can."""
    found = [
        tag(
            "li",
            tag(
                "a",
                tag("strong", str(counts[status]), class_=kind(status)),
                f" {status}",
                href=f"#{target}",
                data_status=status,
            ),
        )
        for status in MARKS
        if counts.get(status)
    ]
    return tag("ul", joined(*found), class_="tally")
