"""A run in a few words, which hide nothing: what was left out, and how much was played."""

from __future__ import annotations

from chaim_conformance.report.run_report import ClauseReport, ProviderReport, RunReport


def headline(report: RunReport) -> str:
    """Like ``2 violations, 1 known (quick)``, or ``partial, 3 of 50 clauses (default)``."""
    parts = [_outcome(report), *_besides(report)]
    profile = f" ({report.profile})" if report.profile else ""
    return f"{', '.join(parts)}{profile}"


def _outcome(report: RunReport) -> str:
    clauses = [one for provider in report.providers for one in provider.clauses]
    match report.outcome:
        case "conformant":
            return "partial" if left(report) else "conformant"
        case "violations":
            violated = sum(one.fails and one.status != "stale" for one in clauses)
            stale = sum(one.status == "stale" for one in clauses)
            problems = {line for provider in report.providers for line in provider.problems}
            counts = (
                _counted(violated, "violation", "violations"),
                _counted(stale, "stale entry", "stale entries"),
                _counted(len(problems), "unusable entry", "unusable entries"),
            )
            return ", ".join(filter(None, counts))
        case "error":
            return "error of the kit"
        case "not started" | "interrupted":
            return report.outcome


def _besides(report: RunReport) -> list[str]:
    clauses = [one for provider in report.providers for one in provider.clauses]
    uncounted = sum(is_uncounted(one) for one in clauses)
    blocked = sum(one.status == "blocked" and not one.fails for one in clauses)
    known = sum(one.status == "known" for one in clauses)
    words = [f"{known} known"] if known else []
    words += [f"{uncounted} not counted"] if uncounted else []
    words += [f"{blocked} blocked"] if blocked else []
    if missing := left(report):
        words.append(f"{len(clauses)} of {len(clauses) + missing} clauses")
    return words


def left(report: RunReport) -> int:
    """How many clauses about its providers this run did not judge."""
    return sum(len(provider.left) for provider in report.providers)


def is_uncounted(one: ClauseReport) -> bool:
    """Whether it is violated, and fails the run under ``--chaim-strict`` alone."""
    return one.status in ("fail", "unstable") and not one.fails


def stopping(provider: ProviderReport) -> list[ClauseReport]:
    """What keeps the run from being conformant, what to look at first at the beginning.

    That is an error of the kit; then a violation because of which others could not be judged.
    """
    blocking = {name for one in provider.clauses for name in one.blocked_by}
    found = [one for one in provider.clauses if one.fails or one.status == "error"]

    def late(one: ClauseReport) -> tuple[bool, bool, bool]:
        return one.status != "error", one.failure is None, one.id not in blocking

    return sorted(found, key=late)


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}" if number else ""
