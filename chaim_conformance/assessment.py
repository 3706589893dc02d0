"""A verdict on its way to people: known failures weighed, failures kept, secrets taken out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.contract import Clause
from chaim_conformance.counting import reservations
from chaim_conformance.known import weigh
from chaim_conformance.provider_judge import ProviderJudge
from chaim_conformance.report.failures import write_failure
from chaim_conformance.report.redaction import Redactor, printable
from chaim_conformance.report.violation import violation_text
from chaim_conformance.verdict import HUNG, Verdict


@dataclass(frozen=True, kw_only=True)
class Assessed:
    """A verdict without secrets or transcript, and the violation's text where it is news.

    ``fails`` says whether it fails the run: a stale entry always does; a violation that there are
    reservations about, under ``--chaim-strict`` alone; a blocked clause only where nothing that
    blocks it is judged or known.
    """

    clause: Clause
    verdict: Verdict
    text: str
    fails: bool


def assess(
    judge: ProviderJudge, clause: Clause, *, provider: ProviderConfig, settings: Settings
) -> Assessed:
    """Judges a clause and makes its verdict fit to be shown."""
    return present(judge.judge(clause), clause, provider=provider, settings=settings)


def present(
    verdict: Verdict, clause: Clause, *, provider: ProviderConfig, settings: Settings
) -> Assessed:
    """Makes a verdict fit to be shown."""
    today = datetime.now(UTC).date()
    verdict = weigh(
        verdict, provider.known, today=today, strict=settings.strict, profile=settings.profile
    )
    doubts = reservations(clause, pin=provider.pin, odd=verdict.odd)
    verdict = replace(verdict, reservations=doubts)
    text = ""
    if verdict.violation is not None:
        replay, redact = "", Redactor()
        if verdict.transcript is not None:
            replay = write_failure(settings.report, clause, verdict.transcript, provider)
            redact = Redactor.of(verdict.transcript)

        def fit(text: str) -> str:
            return printable(redact(text))

        if verdict.status != "known":
            text = fit(violation_text(clause, verdict, replay=replay))
        shown = replace(
            verdict.violation,
            expected=fit(verdict.violation.expected),
            seen=fit(verdict.violation.seen),
            where=None,
            hint=fit(verdict.violation.hint),
        )
        verdict = replace(verdict, violation=shown, transcript=None)
    counts = settings.strict or not doubts
    violated = verdict.status in ("fail", "unstable")
    fails = counts and (violated or _unaccounted(verdict, provider, settings))
    fails = fails or verdict.status == "stale"
    return Assessed(clause=clause, verdict=verdict, text=text, fails=fails)


def _unaccounted(verdict: Verdict, provider: ProviderConfig, settings: Settings) -> bool:
    """Whether it is blocked and no other line of the run says why."""
    selected = {c.id for c in settings.clauses_for(provider) if c.check == "yes"}
    if verdict.reason == HUNG:
        selected -= {"H56"}  # which is about endpoints that make a handler wait, and may hold
    told = selected | {entry.clause for entry in provider.known}
    return verdict.status == "blocked" and told.isdisjoint(verdict.blocked_by)
