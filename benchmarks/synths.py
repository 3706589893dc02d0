"""Synths a second as the kit makes them, beside a bare app that binds the same table."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack

from benchmarks.binders import EXAMPLE, REFERENCE, Binder, bare, driven, find_binder
from benchmarks.rows import Options, Row, Target, median, skipped, spread

PEER = "bare app, one process, no kit"
DRIVER, RUNNER = "synths through the driver", "synths through the runner, which reads all"


def measure(options: Options) -> list[Row]:
    """Both binders, if what they need is there."""
    rows = []
    for name in (REFERENCE, EXAMPLE):
        binder = find_binder(name, options.scratch)
        if isinstance(binder, Binder):
            rows += _rows(binder, options)
        else:
            rows.append(skipped(f"synths: {name}", binder))
    return rows


def _rows(binder: Binder, options: Options) -> list[Row]:
    """In turns; the first round, in which everything is loaded and compiled, is not counted."""
    rounds, size = options.size(9, 3), options.size(50, 20)
    rates: dict[str, list[float]] = {}
    with ExitStack() as stack:
        it = stack.enter_context(driven(binder))
        peer = stack.enter_context(bare(binder, options.scratch))
        turns: dict[str, Callable[[], float]] = {
            DRIVER: lambda: _timed(it.synth, size),
            RUNNER: lambda: _timed(it.play, size),
            PEER: lambda: peer(size),
        }
        for number in range(rounds + 1):
            for name, turn in turns.items():
                rate = size / turn()
                if number:
                    rates.setdefault(name, []).append(rate)
    return [
        Row(
            name=f"{name}: {binder.name}",
            figure=median(rates[name]),
            unit="/s",
            peer=PEER,
            peer_figure=median(rates[PEER]),
            target=Target(value=0.7, bound="at least", of="ratio") if name == DRIVER else None,
            note=f"rounds {spread(rates[name])}; bare {spread(rates[PEER])}",
        )
        for name in (DRIVER, RUNNER)
    ]


def _timed(synth: Callable[[], None], count: int) -> float:
    begun = time.perf_counter()
    for _ in range(count):
        synth()
    return time.perf_counter() - begun
