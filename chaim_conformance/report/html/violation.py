"""A violation, told so that its reader can mend it: what the clause says, what was seen, where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from chaim_conformance.events import Failure
from chaim_conformance.report.html.bounds import Bounds
from chaim_conformance.report.html.diagram import diagram
from chaim_conformance.report.html.difference import marked
from chaim_conformance.report.html.elements import Markup, joined, prose, tag
from chaim_conformance.report.html.words import MEANINGS, badge, counted, family_name
from chaim_conformance.report.run_report import ClauseReport


def violation(
    one: ClauseReport, failure: Failure, *, anchor: str, open_: bool, bounds: Bounds
) -> Markup:
    """The card of a violated clause; ``anchor`` is its id, and begins those of what is in it."""
    head = tag(
        "summary",
        badge(one.status),
        tag("h3", one.id, " ", tag("span", one.slug, class_="slug"), id=f"{anchor}-head"),
        tag("span", one.level, class_="level"),
        tag("span", failure.expected.partition("\n")[0][:120], class_="brief"),
    )
    return tag(
        "article",
        tag("details", head, tag("div", *_body(one, failure, anchor, bounds)), open=open_),
        id=anchor,
        class_=f"violation {'fails' if one.fails else 'spared'}",
        aria_labelledby=f"{anchor}-head",
        **facets(one),
    )


def facets(one: ClauseReport) -> dict[str, str]:
    """What a clause is filtered by."""
    return {"data_status": one.status, "data_level": one.level, "data_family": one.family}


def about_clause(one: ClauseReport) -> Markup:
    """What the clause says, why one has to heed it, and what happens to those who do not."""
    return joined(
        tag("p", prose(one.text), class_="clause-text"),
        tag(
            "dl",
            *_rows("Authority", one.authority),
            *_rows("Why it matters", (one.why,)),
            class_="about",
        ),
    )


def _rows(name: str, texts: Sequence[str]) -> list[Markup]:
    return [tag("dt", name), *(tag("dd", prose(text)) for text in texts)] if texts else []


def _body(one: ClauseReport, failure: Failure, anchor: str, bounds: Bounds) -> Iterator[Markup]:
    yield from (tag("p", told, class_="aside") for told in _standing(one))
    yield about_clause(one)
    yield from _values(failure, bounds)
    if failure.hint:
        yield tag("p", tag("strong", "Hint: "), prose(failure.hint), class_="hint")
    yield from _story(failure, bounds)
    yield from _wire(one, failure, anchor, bounds)
    if log := failure.log[len(failure.log) - min(bounds.lines, len(failure.log)) :]:
        left = "" if len(log) == len(failure.log) else f", its last {counted(len(log), 'line')}"
        yield tag("h4", "Log", tag("small", f" of {failure.where or 'it'}{left}"))
        yield _scrolled("\n".join(map(bounds.cut, log)), f"Log, {one.id}")
    if failure.replay:
        yield tag("h4", "Play it again")
        copy = tag("button", "Copy", type="button", class_="copy", hidden=True)
        yield tag("div", tag("pre", tag("code", failure.replay)), copy, class_="replay")
    yield from _files(failure)
    effort = f"{family_name(one.family)}; {counted(one.scenarios, 'scenario')}, {one.attempts} "
    effort += "synths" if one.id.startswith("B") else "attempts"
    yield tag("p", f"{effort}, {one.seconds:.1f} s", class_="effort")


def _standing(one: ClauseReport) -> Iterator[Markup]:
    """Why it counts otherwise than a plain violation of a MUST."""
    if one.status != "fail":
        yield joined(prose(MEANINGS[one.status]))
    if one.reason:
        yield prose(f"Reason: {one.reason}")
    if "odd" in one.reservations:
        yield prose("No real platform would ask for what showed this.")
    if one.disputed:
        yield prose(f"Disputed: {one.disputed}")
    for new in (word for word in one.reservations if word.startswith("new ")):
        yield prose(f"It is {new} of the contract, and counts from the next version on.")
    if one.status == "fail" and not one.fails:
        yield prose("It does not fail the run; under `--strict` it would.")


def _values(failure: Failure, bounds: Bounds) -> Iterator[Markup]:
    expected, seen = marked(bounds.cut(failure.expected), bounds.cut(failure.seen))
    yield tag(
        "div",
        tag("div", tag("h4", "Expected"), tag("p", expected, class_="value")),
        tag("div", tag("h4", "Seen"), tag("p", seen, class_="value")),
        class_="values",
    )
    if failure.where:
        yield tag("p", "In ", failure.where, class_="where")


def _story(failure: Failure, bounds: Bounds) -> Iterator[Markup]:
    steps = failure.steps[: bounds.steps]
    if not failure.story and not steps:
        return
    yield tag("h4", "What was played")
    if failure.story:
        yield tag("p", bounds.cut(failure.story), class_="story")
    if steps:
        left = len(failure.steps) - len(steps)
        more = [f"… {counted(left, 'step')} more"] if left else []
        yield _scrolled("\n".join([*map(bounds.cut, steps), *more]), "What was played")


def _wire(one: ClauseReport, failure: Failure, anchor: str, bounds: Bounds) -> Iterator[Markup]:
    messages = bounds.messages(failure.messages)
    if not messages:
        return
    left = len(failure.messages) - len(messages)
    what = "What was written" if one.id.startswith("B") else "What went over the wire"
    drawn = diagram(messages, name=anchor, title=f"{what}, up to the violation of {one.name}")
    yield tag("h4", what, tag("small", f" without {counted(left, 'message')}") if left else "")
    image = tag(
        "div", drawn, class_="scroll", tabindex=0, role="region", aria_label=f"{what}, {one.id}"
    )
    marks = ["dashed with a cross: it brought no success"] * any(m.failed for m in messages)
    marks += ["framed: the violation is here"] * any(m.guilty for m in messages)
    caption = tag("figcaption", "; ".join(marks)) if marks else ""
    yield tag("figure", image, caption)


def _scrolled(text: str, name: str) -> Markup:
    """Lines that keep their form, on a phone too; one has to reach by keyboard what scrolls."""
    return tag("pre", text, class_="scroll", tabindex=0, role="region", aria_label=name)


def _files(failure: Failure) -> Iterator[Markup]:
    files = [("scenario", failure.scenario), ("transcript", failure.transcript)]
    # Below this page, whatever it says: a name is no address of its own.
    links = [
        tag("a", name, href=f"./{quote(path, errors='backslashreplace')}")
        for name, path in files
        if path
    ]
    if links:
        yield tag("p", "Files beside this page: ", joined(*links, by=", "), class_="files")
