"""Runs as reports have them, made by hand."""

from __future__ import annotations

from chaim_conformance.events import (
    ClauseJudged,
    Event,
    Failure,
    ProviderStarted,
    RunEnded,
    RunStarted,
)
from chaim_conformance.report.run_report import RunReport, fold
from chaim_conformance.verdict import Status

BEGIN = RunStarted(
    kit="9.9",
    contract="1.0",
    started="2026-01-15T14:30:00+00:00",
    profile="quick",
    seed=0,
    strict=False,
)
END = RunEnded(seconds=1.5, exit_code=0)


def judged(
    clause: str,
    status: Status = "pass",
    *,
    fails: bool | None = None,
    reason: str = "",
    failure: Failure | None = None,
    blocked_by: tuple[str, ...] = (),
    provider: str = "",
) -> ClauseJudged:
    """A verdict; a violation has evidence, and fails the run unless it says that it does not."""
    if failure is None and status in ("fail", "known", "unstable"):
        failure = Failure(expected=f"{clause} kept", seen=f"{clause} broken", replay="replay it")
    return ClauseJudged(
        provider=provider,
        clause=clause,
        status=status,
        fails=status in ("fail", "unstable", "stale") if fails is None else fails,
        reason=reason,
        blocked_by=blocked_by,
        attempts=3,
        failure=failure,
    )


def events(*found: ClauseJudged, left: tuple[str, ...] = ()) -> list[Event]:
    """A run of one provider in which this was found, and these clauses were not judged."""
    clauses = (*(one.clause for one in found), *left)
    return [BEGIN, ProviderStarted(name="", handler="node:index.js", clauses=clauses), *found, END]


def run(*found: ClauseJudged, left: tuple[str, ...] = ()) -> RunReport:
    """The report of :func:`events`."""
    return fold(events(*found, left=left))
