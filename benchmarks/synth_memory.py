"""Memory of a binder's processes over many synths."""

from __future__ import annotations

from contextlib import suppress

import psutil

from benchmarks.binders import EXAMPLE, REFERENCE, Binder, driven, find_binder
from benchmarks.memory import MEGABYTE
from benchmarks.rows import Options, Row, Target, number, skipped

WARM_UP = 50
EVERY = 5


def measure(options: Options) -> list[Row]:
    """The peak of the last quarter beside that of the first: processes that have grown end."""
    rows = []
    for name in (EXAMPLE, REFERENCE):
        synths = options.size(2_000, 400 if name == EXAMPLE else 100)
        said = f"peak memory in the last quarter of {synths:,} synths: {name}"
        binder = find_binder(name, options.scratch)
        if isinstance(binder, Binder):
            rows.append(_row(said, binder, synths))
        else:
            rows.append(skipped(said, binder))
    return rows


def _row(name: str, binder: Binder, synths: int) -> Row:
    samples, processes = _watched(binder, synths)
    quarter = len(samples) // 4
    return Row(
        name=name,
        figure=max(samples[-quarter:]),
        unit="MB",
        peer="the same in the first quarter",
        peer_figure=max(samples[:quarter]),
        target=Target(value=1.3, bound="at most", of="ratio"),
        note=f"{processes} processes one after the other; after warm-up {number(samples[0])} MB",
    )


def _watched(binder: Binder, synths: int) -> tuple[list[float], int]:
    """RSS of all that the kit has started, and how many processes made the synths."""
    kit = psutil.Process()
    samples, seen = [], set()
    with driven(binder) as it:
        for made in range(WARM_UP + synths):
            it.synth()
            if made >= WARM_UP and made % EVERY == 0:
                samples.append(_taken(kit) / MEGABYTE)
                seen |= {one.pid for one in kit.children()}
    return samples, len(seen) - 1  # one of them watches over the others


def _taken(kit: psutil.Process) -> int:
    taken = 0
    for child in kit.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            taken += child.memory_info().rss
    return taken
