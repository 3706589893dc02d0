"""Which of many faults CI plants; the night plants all."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def some_by_day(faults: Iterable[str], by_day: Iterable[str]) -> list[Any]:
    """Parameters for all faults, of which those that are not named are the night's."""
    named = frozenset(by_day)
    every = list(faults)
    assert named <= frozenset(every)
    return [one if one in named else pytest.param(one, marks=pytest.mark.night) for one in every]
