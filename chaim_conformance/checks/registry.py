"""Which function judges which clause."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chaim_conformance.transcript import Transcript
from chaim_conformance.verdict import Finding

Check = Callable[[Transcript], Iterator[Finding]]

CHECKS: dict[str, Check] = {}


def judges(clause: str) -> Callable[[Check], Check]:
    """Enters a check under the id of the clause that it judges."""

    def enter(check: Check) -> Check:
        assert clause not in CHECKS, f"{clause} has two checks"
        CHECKS[clause] = check
        return check

    return enter
