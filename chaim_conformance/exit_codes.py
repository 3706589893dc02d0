"""Exit codes, of the command and of pytest alike."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chaim_conformance.report.run_report import Outcome


class Exit(IntEnum):
    """How a command ended; numbers that pytest gives the same meaning."""

    CONFORMANT = 0
    VIOLATIONS = 1
    INTERRUPTED = 2
    INTERNAL_ERROR = 3
    USAGE = 4


EXIT_CODES = (
    "exit codes: 0 conformant, 1 violations, 2 interrupted, 3 error of the kit or its surroundings,"
    " 4 usage, or a provider that cannot be started"
)

_EXITS: dict[Outcome, Exit] = {
    "conformant": Exit.CONFORMANT,
    "violations": Exit.VIOLATIONS,
    "interrupted": Exit.INTERRUPTED,
    "error": Exit.INTERNAL_ERROR,
    "not started": Exit.USAGE,
}


def exit_of(outcome: Outcome) -> Exit:
    """What a run with this outcome ends with."""
    return _EXITS[outcome]
