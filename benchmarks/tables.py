"""Table configurations: how many the strategy draws a second, and how many whole apps."""

from __future__ import annotations

from typing import Any

from hypothesis.strategies import SearchStrategy

from benchmarks.drawing import WARM_UP, draw
from benchmarks.rows import Options, Row, Target, median, spread
from chaim_conformance.strategies import apps, tables

# Neither has a peer, so each has a limit: below it, drawing would be felt beside synthesizing.
LIMITS = {"table configurations": (tables(), 400.0), "apps with their schemas": (apps(), 100.0)}


def measure(options: Options) -> list[Row]:
    """Draws in rounds, each with a seed of its own; nothing but generation is timed."""
    return [_row(name, strategy, least, options) for name, (strategy, least) in LIMITS.items()]


def _row(name: str, strategy: SearchStrategy[Any], least: float, options: Options) -> Row:
    draw(strategy, WARM_UP, 0)
    rates = []
    for at in range(1, options.size(5, 1) + 1):
        drawn, seconds = draw(strategy, options.size(1000, 300), at)
        rates.append(len(drawn) / seconds)
    return Row(
        name=name,
        figure=median(rates),
        unit="/s",
        target=Target(value=least, bound="at least"),
        note=f"rounds {spread(rates)}",
    )
