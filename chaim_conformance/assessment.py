"""A verdict on its way to people: known failures weighed, failures kept, secrets taken out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.contract import Clause
from chaim_conformance.counting import reservations
from chaim_conformance.events import ClauseJudged, Failure
from chaim_conformance.known import weigh
from chaim_conformance.provider_judge import ProviderJudge
from chaim_conformance.report.failures import NOTHING_KEPT, Kept, write_failure
from chaim_conformance.report.redaction import Redactor, printable
from chaim_conformance.report.sequence import sequence
from chaim_conformance.report.short_story import short_story
from chaim_conformance.report.short_synth_story import short_synth_story
from chaim_conformance.report.synth_story import synth_story
from chaim_conformance.report.violation import log_of, story, violation_text
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.transcript import AttemptRecord, Transcript
from chaim_conformance.verdict import HUNG, Verdict, Violation

# Lines of a provider's log that reports keep.
LOG_LINES_KEPT = 60


def assess(
    judge: ProviderJudge, clause: Clause, *, provider: ProviderConfig, settings: Settings
) -> ClauseJudged:
    """Judges a clause and makes its verdict fit to be shown."""
    judged = present(judge.judge(clause), clause, provider=provider, settings=settings)
    return replace(judged, notes=judge.notes)


def present(
    verdict: Verdict, clause: Clause, *, provider: ProviderConfig, settings: Settings
) -> ClauseJudged:
    """Makes a verdict fit to be shown."""
    today = datetime.now(UTC).date()
    verdict = weigh(
        verdict, provider.known, today=today, strict=settings.strict, profile=settings.profile
    )
    doubts = reservations(clause, pin=provider.pin, odd=verdict.odd)
    verdict = replace(verdict, reservations=doubts)
    counts = settings.strict or not doubts
    violated = verdict.status in ("fail", "unstable")
    fails = counts and (violated or _unaccounted(verdict, provider, settings))
    fails = fails or verdict.status == "stale"
    kept = NOTHING_KEPT
    if verdict.transcript is not None:
        kept = write_failure(settings.report, clause, verdict.transcript, provider)
    return told(verdict, clause, fails=fails, provider=provider.name, kept=kept)


def told(
    verdict: Verdict, clause: Clause, *, fails: bool, provider: str = "", kept: Kept = NOTHING_KEPT
) -> ClauseJudged:
    """A verdict as it is told, with all that is secret taken out."""
    failure = None
    if verdict.violation is not None:
        failure = _failure(clause, verdict, verdict.violation, kept)
    return ClauseJudged(
        provider=provider,
        clause=clause.id,
        status=verdict.status,
        fails=fails,
        reason=printable(verdict.reason),
        blocked_by=verdict.blocked_by,
        reservations=verdict.reservations,
        scenarios=verdict.scenarios,
        attempts=verdict.attempts,
        seconds=round(verdict.seconds, 3),
        failure=failure,
    )


def _failure(clause: Clause, verdict: Verdict, violation: Violation, kept: Kept) -> Failure:
    """The evidence; there is little of it without a transcript."""
    transcript = verdict.transcript
    if transcript is None:
        return Failure(expected=violation.expected, seen=violation.seen, hint=violation.hint)
    redact = Redactor.of(transcript)

    def fit(text: str) -> str:
        return printable(redact(text))

    story_in_short, steps = _stories(transcript, violation)
    return Failure(
        expected=fit(violation.expected),
        seen=fit(violation.seen),
        where=fit("" if violation.where is None else str(violation.where)),
        hint=fit(violation.hint),
        story=fit(story_in_short),
        steps=tuple(map(fit, steps)),
        # At once: a secret may have been printed in pieces, a few characters a line.
        log=tuple(fit("\n".join(log_of(violation.where))).splitlines()[-LOG_LINES_KEPT:]),
        messages=tuple(
            replace(one, text=fit(one.text), note=fit(one.note), chapter=fit(one.chapter))
            for one in sequence(transcript, violation, clause=clause)
        ),
        scenario=kept.scenario,
        transcript=kept.transcript,
        replay=kept.replay,
        text=fit(violation_text(clause, verdict, replay=kept.replay)),
    )


def _stories(
    transcript: Transcript | SynthTranscript, violation: Violation
) -> tuple[str, tuple[str, ...]]:
    """What was played, in one line and in several."""
    where = violation.where
    if isinstance(transcript, Transcript):
        guilty = where if isinstance(where, AttemptRecord) else None
        return short_story(transcript, guilty), tuple(story(transcript, guilty))
    synth = where if isinstance(where, SynthRecord) else None
    steps = tuple(synth_story(transcript, synth))
    if transcript.deployment is not None and synth is None:
        steps += _stories(transcript.deployment, violation)[1]
    return short_synth_story(transcript, synth), steps


def _unaccounted(verdict: Verdict, provider: ProviderConfig, settings: Settings) -> bool:
    """Whether it is blocked and no other line of the run says why."""
    selected = {c.id for c in settings.clauses_for(provider) if c.check == "yes"}
    if verdict.reason == HUNG:
        selected -= {"H56"}  # which is about endpoints that make a handler wait, and may hold
    told = selected | {entry.clause for entry in provider.known}
    return verdict.status == "blocked" and told.isdisjoint(verdict.blocked_by)
