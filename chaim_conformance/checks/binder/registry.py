"""Which function judges which clause of a binder."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.verdict import Finding

BinderCheck = Callable[[SynthTranscript], Iterator[Finding]]

BINDER_CHECKS: dict[str, BinderCheck] = {}


def judges(clause: str) -> Callable[[BinderCheck], BinderCheck]:
    """Enters a check under the id of the clause that it judges."""

    def enter(check: BinderCheck) -> BinderCheck:
        assert clause not in BINDER_CHECKS, f"{clause} has two checks"
        BINDER_CHECKS[clause] = check
        return check

    return enter
