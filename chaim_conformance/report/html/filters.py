"""What narrows the page down to some clauses, for browsers that run its script."""

from __future__ import annotations

from collections.abc import Iterable

from chaim_conformance.report.html.elements import Markup, tag
from chaim_conformance.report.html.words import MARKS, family_name
from chaim_conformance.report.run_report import ClauseReport


def filters(clauses: Iterable[ClauseReport]) -> Markup:
    """The controls, hidden until a script shows them; it fills in the counts, too."""
    found = list(clauses)
    statuses = {one.status for one in found}
    families = dict.fromkeys(one.family for one in found)
    return tag(
        "form",
        tag(
            "label",
            tag("span", "Search"),
            tag(
                "input",
                type="search",
                name="q",
                autocomplete="off",
                placeholder="id or words",
            ),
        ),
        _choice("status", "Verdict", {one: one for one in MARKS if one in statuses}),
        _choice("level", "Level", {"MUST": "MUST", "SHOULD": "SHOULD"}),
        _choice("family", "Family", {one: family_name(one) for one in families}),
        tag(
            "p",
            tag("output", name="count"),
            tag("button", "Clear", type="button", class_="clear"),
            tag("button", "Open all", type="button", class_="open-all"),
        ),
        class_="filters",
        role="search",
        aria_label="Clauses",
        hidden=True,
    )


def _choice(name: str, label: str, values: dict[str, str]) -> Markup:
    options = (
        tag("option", words, value=value, data_words=words) for value, words in values.items()
    )
    return tag(
        "label",
        tag("span", label),
        tag("select", tag("option", "all", value="", data_words="all"), *options, name=name),
    )
