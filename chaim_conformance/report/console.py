"""Lines for the terminal, the same for pytest and for the command."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from chaim_conformance.config import Settings
from chaim_conformance.contract import Clause, contract_version
from chaim_conformance.verdict import Status, Verdict

if TYPE_CHECKING:
    from chaim_conformance.provider_judge import ProviderJudge

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


def clause_line(clause: Clause, verdict: Verdict, *, provider: str = "") -> str:
    """A verdict in a line; ``provider`` is which of several it is about, if no line above says."""
    word = WORDS[verdict.status][0]
    detail = verdict.reason
    if verdict.status == "fail" and verdict.violation is not None:
        overdue = f"{verdict.reason}: " if verdict.reason else ""
        detail = overdue + _first_line(verdict.violation.expected)
    violated = verdict.status in ("fail", "unstable")
    # That it is a SHOULD matters where it does not hold; that it is disputed or new, always.
    if marks := [one for one in verdict.reservations if violated or one != "SHOULD"]:
        detail = f"({', '.join(marks)}) {detail}"
    name = f"{clause.slug}[{provider}]" if provider else clause.slug
    return f"{word:<8} {clause.id} {name:<32} {detail}".rstrip()


def pinned(pin: str) -> list[str]:
    """That a provider is judged by an older version of the contract than the kit's own, if so."""
    own = contract_version()
    return [] if pin == own else [f"contract: {pin}, as pinned; this kit has {own} too"]


def repetition(settings: Settings, *, flag: str) -> list[str]:
    """How to have the same draws again, where chance chose them."""
    if settings.profile != "thorough":
        return []
    return [f"seed {settings.seed}: add {flag} {settings.seed} to have the same draws again"]


def _first_line(text: str, limit: int = 70) -> str:
    line = text.partition("\n")[0]
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def summary(
    verdicts: Iterable[Verdict],
    *,
    uncounted: int = 0,
    attempts: int,
    synths: int,
    seconds: float,
) -> list[str]:
    """What came out, and what was made for it.

    ``uncounted`` is how many of the failures do not fail the run.
    """
    counts = Counter(verdict.status for verdict in verdicts)
    words = dict(COUNTED)
    if uncounted:
        words["fail"] += f" ({uncounted} of them not counted)"
    parts = [f"{counts[status]} {word}" for status, word in words.items()]
    made = [f"{attempts} attempts"] if attempts or not synths else []
    made += [f"{synths} synths"] if synths else []
    return [f"clauses: {', '.join(parts)}; {', '.join(made)} in {seconds:.1f} s"]


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
        lines += [f"note: {note}" for note in facts.notes]
    if judge.binder is not None:
        binder = judge.binder.facts
        lines.append(
            f"binder: {', '.join(sorted(binder.capabilities))};"
            f" formats {', '.join(binder.formats)}; binds {', '.join(sorted(binder.constructs))}"
        )
        if judge.handler is None:  # else that is said
            lines.append(f"contained: {', '.join(judge.binder.contained) or 'no'}")
        notes = (f"note: {note}" for note in judge.binder.notes)
        lines += [note for note in notes if note not in lines]
    return lines
