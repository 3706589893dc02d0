"""What can be wrong with a resource's metadata, and what says nothing that could be."""

from __future__ import annotations

from typing import Any, NamedTuple

from chaim_conformance.checks.binder.placeholders import is_left_open

WRONG, GUESSED = "B07", "B08"


class Complaint(NamedTuple):
    """What is wrong, and the clause that says so: B07 where a fact is wrong or lost, B08 where
    something is claimed that is not there.
    """

    clause: str
    expected: str
    seen: str
    hint: str = ""


def is_open(value: Any) -> bool:
    """Whether a value says nothing that could be wrong at synth: absent, a token, an expression."""
    if not value or isinstance(value, dict):
        return True
    return value == "unknown" or is_left_open(value)
