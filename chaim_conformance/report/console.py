"""Lines for the terminal, the same for pytest and for the command."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from chaim_conformance.config import Settings
from chaim_conformance.contract import clause, contract_version
from chaim_conformance.events import ClauseJudged
from chaim_conformance.report.run_report import ClauseReport, ProviderReport, RunReport
from chaim_conformance.synth_scenario import DYNAMODB
from chaim_conformance.verdict import Status

if TYPE_CHECKING:
    from chaim_conformance.provider_judge import ProviderJudge

WIDTH = 96
# What stands at the beginning of a line, and in which colour.
WORDS: dict[Status, tuple[str, str]] = {
    "pass": ("pass", "green"),
    "fail": ("FAIL", "red"),
    "unstable": ("UNSTABLE", "red"),
    "stale": ("STALE", "red"),
    "known": ("known", "yellow"),
    "blocked": ("blocked", "yellow"),
    "n/a": ("n/a", "cyan"),
    "not run": ("not run", "cyan"),
    "error": ("ERROR", "red"),
}
COUNTED: tuple[tuple[Status, str], ...] = (
    ("pass", "passed"),
    ("fail", "failed"),
    ("known", "known"),
    ("n/a", "n/a"),
    ("blocked", "blocked"),
    ("not run", "not run"),
    ("unstable", "unstable"),
    ("stale", "stale"),
    ("error", "error"),
)


def clause_line(judged: ClauseJudged, *, provider: str = "") -> str:
    """A verdict in a line; ``provider`` is which of several it is about, if no line above says."""
    about = clause(judged.clause)
    word = WORDS[judged.status][0]
    detail = judged.reason
    if judged.status == "fail" and judged.failure is not None:
        overdue = f"{judged.reason}: " if judged.reason else ""
        detail = overdue + _first_line(judged.failure.expected)
    violated = judged.status in ("fail", "unstable")
    # That it is a SHOULD matters where it does not hold; that it is disputed or new, always.
    if marks := [one for one in judged.reservations if violated or one != "SHOULD"]:
        detail = f"({', '.join(marks)}) {detail}"
    name = f"{about.slug}[{provider}]" if provider else about.slug
    return f"{word:<8} {about.id} {name:<32} {detail}".rstrip()


def news(one: ClauseJudged | ClauseReport) -> str:
    """The whole text of a violation, which is shown; a known one is no news."""
    return "" if one.failure is None or one.status == "known" else one.failure.text


def lines_of_one(found: Iterable[ClauseJudged], *, verbose: bool = False) -> list[str]:
    """What one scenario shows: first what does not hold, then the rest in a few lines.

    ``verbose`` has a line for every clause, in the order of the contract.
    """
    judged = list(found)
    if verbose:
        return [clause_line(one) for one in judged]
    told = [one for one in judged if one.status not in ("pass", "blocked", "not run")]
    lines = [clause_line(one) for one in told]
    grouped: dict[tuple[Status, str], list[str]] = {}
    for one in judged:
        if one.status in ("blocked", "not run"):
            grouped.setdefault((one.status, one.reason), []).append(one.clause)
    for (status, reason), ids in grouped.items():
        lines += textwrap.wrap(
            f"{status:<8} {', '.join(ids)} ({reason})", WIDTH, subsequent_indent=" " * 9
        )
    held = sum(one.status == "pass" for one in judged)
    if not judged:
        return ["nothing in it puts a clause to the test"]
    return [*lines, f"{held} {'others hold' if told else 'hold'}"]


def repetition(settings: Settings, *, flag: str) -> list[str]:
    """How to have the same draws again, where chance chose them."""
    if settings.profile != "thorough":
        return []
    return [f"seed {settings.seed}: add {flag} {settings.seed} to have the same draws again"]


def _first_line(text: str, limit: int = 70) -> str:
    line = text.partition("\n")[0]
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def summary(report: RunReport, *, directory: str) -> Iterator[str]:
    """What came out, what was made for it, what kind of providers these are, where all of it is.

    ``directory`` is that of the report.
    """
    clauses = [one for provider in report.providers for one in provider.clauses]
    made = {half: sum(one.attempts for one in clauses if one.id.startswith(half)) for half in "HB"}
    parts = [f"{made['H']} attempts"] if made["H"] or not made["B"] else []
    parts += [f"{made['B']} synths"] if made["B"] else []
    yield f"clauses: {_counts(clauses)}; {', '.join(parts)} in {report.seconds:.1f} s"
    several = len(report.providers) > 1
    for provider in report.providers:
        name = f"{provider.name}: " if provider.name else ""
        if several:
            yield f"{name}{provider.outcome}; {_counts(provider.clauses)}"
        for line in _facts(provider):
            yield f"{name}{line}"
    yield from report.notes
    yield f"report: {directory}/report.html"


def _counts(clauses: list[ClauseReport] | tuple[ClauseReport, ...]) -> str:
    found = [one.status for one in clauses]
    words = dict(COUNTED)
    if uncounted := sum(one.status == "fail" and not one.fails for one in clauses):
        words["fail"] += f" ({uncounted} of them not counted)"
    return ", ".join(f"{found.count(status)} {word}" for status, word in words.items())


def _facts(provider: ProviderReport) -> Iterator[str]:
    own = contract_version()
    if provider.pin not in ("", own):
        yield f"contract: {provider.pin}, as pinned; this kit has {own} too"
    yield from provider.about
    yield from (f"note: {note}" for note in provider.notes)
    yield from provider.problems


def about(judge: ProviderJudge) -> list[str]:
    """What kind of provider it is, and how it was held."""
    lines = []
    if judge.handler is not None:
        facts = judge.handler.facts
        lines.append(
            f"provider: {', '.join(sorted(facts.capabilities))}; answers {facts.answer_style};"
            f" formats {', '.join(facts.formats)}; over {facts.scheme}"
        )
        lines.append(f"contained: {', '.join(facts.contained) or 'no'}")
    if judge.binder is not None:
        binder = judge.binder.facts
        bound = binder.constructs if DYNAMODB in binder.capabilities else binder.datastores
        lines.append(
            f"binder: {', '.join(sorted(binder.capabilities))};"
            f" formats {', '.join(binder.formats)}; binds {', '.join(sorted(bound))}"
        )
        if judge.handler is None:  # else that is said
            lines.append(f"contained: {', '.join(judge.binder.contained) or 'no'}")
    return lines
