"""What a fresh bundle costs: deploy and first invoke, less a warm invoke."""

from __future__ import annotations

import time
from contextlib import ExitStack

from benchmarks.rows import Options, Row, Target, median, number
from benchmarks.stage import COMMONJS, CREDENTIALS, ES_MODULE, REFERENCE, Stage, stage

HANDLERS = {
    "Node, CommonJS": COMMONJS,
    "Node, ES module": ES_MODULE,
    "Python, the reference": REFERENCE,
}
WARM_UP = 5
MOST = 5.0


def measure(options: Options) -> list[Row]:
    """Milliseconds in the median, for handlers that publish; processes that are recycled count."""
    rounds = options.size(300, 40)
    rows = []
    with ExitStack() as stack:
        for name, locator in HANDLERS.items():
            it = stack.enter_context(stage(locator))
            it.runner.server.plane.open_tenant(credentials=CREDENTIALS, app_ids=None)
            pairs = [_pair(it) for _ in range(WARM_UP + rounds)][WARM_UP:]
            costs = sorted(fresh - warm for fresh, warm in pairs)
            rows.append(
                Row(
                    name=f"fresh bundle: {name}",
                    figure=median(costs),
                    unit="ms",
                    peer="a warm invoke",
                    peer_figure=median([warm for _, warm in pairs]),
                    target=Target(value=MOST, bound="at most") if locator == COMMONJS else None,
                    note=f"9 of 10 within {number(costs[len(costs) * 9 // 10])} ms",
                )
            )
    return rows


def _pair(it: Stage) -> tuple[float, float]:
    """Milliseconds of a deployment with its first invoke, and of the next one."""
    snapshot = it.snapshot()
    begun = time.perf_counter()
    it.driver.deploy(it.deployment(snapshot))
    it.invoke()
    between = time.perf_counter()
    it.invoke()
    return (between - begun) * 1000, (time.perf_counter() - between) * 1000
