"""A run as one value: what its events add up to, and what every report is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from chaim_conformance.contract import Clause, clause
from chaim_conformance.events import (
    ClauseJudged,
    Event,
    Failure,
    Listener,
    Noted,
    ProviderNotStarted,
    ProviderStarted,
    RunEnded,
    RunStarted,
)
from chaim_conformance.exit_codes import Exit
from chaim_conformance.verdict import STATUSES, Status

VERSION = "1.0"
Outcome = Literal["conformant", "violations", "error", "not started", "interrupted"]


@dataclass(frozen=True, kw_only=True)
class ClauseReport:
    """A clause as the contract has it, and its verdict; fields as in :class:`ClauseJudged`."""

    id: str
    slug: str
    family: str
    level: Literal["MUST", "SHOULD"]
    text: str
    why: str
    authority: tuple[str, ...]
    since: str
    disputed: str
    status: Status
    fails: bool
    reason: str = ""
    blocked_by: tuple[str, ...] = ()
    reservations: tuple[str, ...] = ()
    scenarios: int = 0
    attempts: int = 0
    seconds: float = 0.0
    failure: Failure | None = None

    @property
    def name(self) -> str:
        """The id and the slug, as in ids of tests."""
        return f"{self.id}-{self.slug}"


@dataclass(frozen=True, kw_only=True)
class ProviderReport:
    """One provider: what it is, as in :class:`ProviderStarted`, and every verdict.

    ``left`` are clauses about its halves that were not judged in this run. ``not_started`` says why
    there is no verdict at all.
    """

    name: str
    handler: str | None = None
    binder: str | None = None
    pin: str = ""
    capabilities: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    answer_style: str = ""
    scheme: str = ""
    constructs: tuple[str, ...] = ()
    contained: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    not_started: str = ""
    outcome: Outcome = "conformant"
    counts: dict[str, int] = field(default_factory=dict)
    left: tuple[str, ...] = ()
    clauses: tuple[ClauseReport, ...] = ()

    @property
    def failing(self) -> tuple[ClauseReport, ...]:
        """What fails the run, in the order of the contract."""
        return tuple(one for one in self.clauses if one.fails)


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """A whole run. ``report`` is the version of this form (``contract/schemas/report``)."""

    report: str = VERSION
    kit: str = ""
    contract: str = ""
    started: str = ""
    seconds: float = 0.0
    profile: str = ""
    seed: int = 0
    strict: bool = False
    select: tuple[str, ...] = ()
    outcome: Outcome = "conformant"
    exit_code: int = 0
    whole: bool = True
    notes: tuple[str, ...] = ()
    providers: tuple[ProviderReport, ...] = ()


def fold(events: Iterable[Event]) -> RunReport:
    """What the events of one run, in their order, add up to."""
    report = RunReport()
    providers: dict[str, ProviderReport] = {}
    expected: dict[str, tuple[str, ...]] = {}
    judged: dict[str, list[ClauseJudged]] = {}
    for event in events:
        match event:
            case RunStarted():
                report = replace(report, **vars(event))
            case ProviderStarted():
                facts = {key: value for key, value in vars(event).items() if key != "clauses"}
                providers[event.name] = ProviderReport(**facts)
                expected[event.name] = event.clauses
            case ProviderNotStarted():
                providers[event.name] = ProviderReport(
                    name=event.name, not_started=event.message, outcome="not started"
                )
            case ClauseJudged():
                judged.setdefault(event.provider, []).append(event)
            case Noted():
                report = replace(report, notes=(*report.notes, event.text))
            case RunEnded():
                report = replace(report, **vars(event))
    all_of_them = tuple(
        one if one.not_started else _filled(one, judged.get(name, []), expected[name])
        for name, one in providers.items()
    )
    return replace(report, providers=all_of_them, outcome=_outcome(report, all_of_them))


def when_ended(take: Callable[[RunReport], None]) -> Listener:
    """A listener that hands the whole run on when it ends."""
    seen: list[Event] = []

    def listen(event: Event) -> None:
        seen.append(event)
        if isinstance(event, RunEnded):
            take(fold(seen))

    return listen


def _filled(
    provider: ProviderReport, judged: list[ClauseJudged], expected: tuple[str, ...]
) -> ProviderReport:
    found = {one.clause: _clause_report(clause(one.clause), one) for one in judged}
    order = (*expected, *(name for name in found if name not in expected))
    clauses = tuple(found[name] for name in order if name in found)
    counts = Counter(one.status for one in clauses)
    noted = (note for one in judged for note in one.notes)
    outcome = outcome_of(clauses)
    if outcome == "conformant" and provider.problems:
        outcome = "violations"
    return replace(
        provider,
        clauses=clauses,
        counts={status: counts[status] for status in STATUSES},
        left=tuple(name for name in expected if name not in found),
        notes=tuple(dict.fromkeys((*provider.notes, *noted))),
        outcome=outcome,
    )


def outcome_of(clauses: Iterable[ClauseJudged | ClauseReport]) -> Outcome:
    """What these verdicts add up to."""
    found = tuple(clauses)
    if any(one.status == "error" for one in found):
        return "error"
    return "violations" if any(one.fails for one in found) else "conformant"


def _clause_report(about: Clause, judged: ClauseJudged) -> ClauseReport:
    verdict = {
        key: value
        for key, value in vars(judged).items()
        if key not in ("provider", "clause", "notes")
    }
    return ClauseReport(
        id=about.id,
        slug=about.slug,
        family=about.family,
        level=about.level,
        text=about.text,
        why=about.why,
        authority=tuple(map(str, about.authority)),
        since=about.since,
        disputed=about.disputed,
        **verdict,
    )


def _outcome(report: RunReport, providers: tuple[ProviderReport, ...]) -> Outcome:
    """The worst of the providers'; one that came to no proper end is no conformant run."""
    outcomes = {one.outcome for one in providers}
    for worst in ("not started", "error", "violations"):
        if worst in outcomes:
            return worst
    match report.exit_code:
        case Exit.INTERNAL_ERROR:
            return "error"
        case Exit.USAGE:
            return "not started"
        case code:
            whole = report.whole and code != Exit.INTERRUPTED
            return "conformant" if whole else "interrupted"
