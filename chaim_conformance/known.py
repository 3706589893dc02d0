"""Known failures: what ``[[known]]`` makes of a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from chaim_conformance.config import Known
from chaim_conformance.verdict import Verdict, Violation


def weigh(verdict: Verdict, known: Iterable[Known], *, today: date, strict: bool) -> Verdict:
    """A listed failure is *known*; a listed clause that passes fails, because the list is stale.

    What is blocked, not run or in error stays what it is: only violations can be known.
    """
    entry = next((one for one in known if one.clause == verdict.clause), None)
    if entry is None or verdict.status not in ("pass", "fail"):
        return verdict
    if verdict.status == "pass":
        stale = Violation(
            expected=f"a failure, as [[known]] lists it ({entry.reason})",
            seen="the clause holds",
            hint="remove the entry from chaim.toml",
        )
        return replace(verdict, status="fail", violation=stale)
    overdue = entry.expires is not None and entry.expires < today
    if overdue and strict:
        return replace(verdict, reason=f"known, but overdue since {entry.expires}")
    reason = " ".join(filter(None, (entry.reason, entry.issue)))
    if overdue:
        reason += f" (overdue since {entry.expires})"
    return replace(verdict, status="known", reason=reason)
