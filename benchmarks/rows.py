"""What a benchmark returns: figures, each beside a peer or a limit."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a run is made: ``scratch`` is a directory to write to, ``quick`` is for trying out."""

    scratch: Path
    quick: bool = False

    def size(self, whole: int, quick: int) -> int:
        """How often something is done."""
        return quick if self.quick else whole


@dataclass(frozen=True, kw_only=True)
class Target:
    """A limit that the figure, or its ratio to the peer's, has to keep."""

    value: float
    bound: Literal["at least", "at most"]
    of: Literal["figure", "ratio"] = "figure"

    def holds(self, measured: float) -> bool:
        """Whether the measured value keeps the limit."""
        return measured >= self.value if self.bound == "at least" else measured <= self.value


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table; ``note`` is what a reader has to know about the figure.

    ``figure`` of ``None``: it was not measured, and the note says what it needs.
    """

    name: str
    figure: float | None
    unit: str = ""
    peer: str = ""
    peer_figure: float | None = None
    target: Target | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The figure as a multiple of the peer's."""
        if self.figure is None or not self.peer_figure:
            return None
        return self.figure / self.peer_figure

    @property
    def met(self) -> bool | None:
        """Whether the target is met; ``None`` where there is none."""
        if self.target is None:
            return None
        measured = self.figure if self.target.of == "figure" else self.ratio
        return measured is not None and self.target.holds(measured)

    def as_json(self) -> dict[str, Any]:
        """The row as JSON data."""
        target = self.target
        return {
            "name": self.name,
            "figure": self.figure,
            "unit": self.unit,
            "peer": self.peer,
            "peer_figure": self.peer_figure,
            "ratio": self.ratio,
            "target": None if target is None else vars(target),
            "met": self.met,
            "note": self.note,
        }


def skipped(name: str, needed: str) -> Row:
    """The line of what cannot be measured here, for want of this."""
    return Row(name=name, figure=None, note=needed)


def median(figures: Sequence[float]) -> float:
    """The middle one: on a busy machine the mean tells more of its neighbours."""
    return statistics.median(figures)


def spread(figures: Sequence[float]) -> str:
    """The lowest and the highest, so that a reader sees the noise."""
    return f"{number(min(figures))} to {number(max(figures))}"


def number(value: float) -> str:
    """Three digits that mean something, and no more."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
