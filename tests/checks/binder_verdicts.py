"""What the checks of binders say of a transcript, in a word."""

from __future__ import annotations

from chaim_conformance.checks.binder import BINDER_CHECKS
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.verdict import Finding, Violation
from tests.checks.transcripts import in_short


def judged(clause: str, t: SynthTranscript) -> list[Finding]:
    return list(BINDER_CHECKS[clause](t))


def verdict(clause: str, t: SynthTranscript) -> str:
    """See :func:`in_short`."""
    return in_short(judged(clause, t))


def failures(t: SynthTranscript) -> set[str]:
    """The clauses that this transcript violates."""
    return {clause for clause in BINDER_CHECKS if verdict(clause, t) == "fail"}


def violation(clause: str, t: SynthTranscript) -> Violation:
    """The first violation of a clause."""
    return next(one for one in judged(clause, t) if isinstance(one, Violation))
