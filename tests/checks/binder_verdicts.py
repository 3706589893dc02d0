"""What the checks of binders say of a transcript, in a word."""

from __future__ import annotations

from chaim_conformance.checks.binder import BINDER_CHECKS
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation


def judged(clause: str, t: SynthTranscript) -> list[Finding]:
    return list(BINDER_CHECKS[clause](t))


def verdict(clause: str, t: SynthTranscript) -> str:
    """``pass``, ``fail``, ``blocked by …``, or ``nothing`` where it was not put to the test."""
    findings = judged(clause, t)
    if any(isinstance(finding, Violation) for finding in findings):
        return "fail"
    blocked = [finding.by for finding in findings if isinstance(finding, Blocked)]
    if blocked:
        return f"blocked by {blocked[0]}"
    return "pass" if any(isinstance(finding, Upheld) for finding in findings) else "nothing"


def failures(t: SynthTranscript) -> set[str]:
    """The clauses that this transcript violates."""
    return {clause for clause in BINDER_CHECKS if verdict(clause, t) == "fail"}


def violation(clause: str, t: SynthTranscript) -> Violation:
    """The first violation of a clause."""
    return next(one for one in judged(clause, t) if isinstance(one, Violation))
