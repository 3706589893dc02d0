"""Warm attempts from end to end: event, handler, presign, PUT, answer."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.processes import ROOT
from benchmarks.rows import Options, Row, Target, median, spread
from benchmarks.stage import (
    COMMONJS,
    CREDENTIALS,
    EXAMPLE,
    PATIENCE,
    REFERENCE,
    Stage,
    play,
    stage,
)
from chaim_conformance.transcript import AnswerStyle

NOTHING = "exports.handler = async () => ({});\n"
PEERS = ("bare Runtime API loop", "a new node process per attempt")
# Scenarios of the suite are this long at most; one of thousands of attempts would be another case.
ATTEMPTS = 20
HANDLERS: dict[str, tuple[str, AnswerStyle]] = {
    "Node, CommonJS": (COMMONJS, "provider-framework"),
    "Node, the example, which PUTs its answer too": (EXAMPLE, "response-url"),
    "Python, the reference": (REFERENCE, "provider-framework"),
}


def measure(options: Options) -> list[Row]:
    """Attempts a second, in turns; the first round, with its start and imports, is not counted."""
    rounds, size = options.size(9, 3), options.size(400, 100)
    rates: dict[str, list[float]] = {}
    with ExitStack() as stack:
        turns = {
            name: _warm(stack.enter_context(stage(locator, answers=answers)), size)
            for name, (locator, answers) in HANDLERS.items()
        }
        folder = options.scratch / "nothing"
        folder.mkdir()
        (folder / "index.js").write_text(NOTHING)
        loop, process = PEERS
        turns[loop] = _bare_loop(stack.enter_context(stage("node:index.js", root=folder)), size)
        commonjs = stack.enter_context(stage(COMMONJS))
        turns[process] = _new_processes(commonjs, options.scratch, max(5, size // 40))
        for turn in turns.values():
            turn()
        for _ in range(rounds):
            for name, turn in turns.items():
                rates.setdefault(name, []).append(turn())
    return list(_rows(rates))


def _rows(rates: dict[str, list[float]]) -> Iterator[Row]:
    for name in HANDLERS:
        for peer in PEERS:
            is_node = name.startswith("Node")
            if peer == PEERS[1] and name != "Node, CommonJS":
                continue  # the peer starts that handler only
            yield Row(
                name=f"warm attempts: {name}",
                figure=median(rates[name]),
                unit="/s",
                peer=peer,
                peer_figure=median(rates[peer]),
                target=Target(value=400, bound="at least") if is_node else None,
                note=f"rounds {spread(rates[name])}",
            )


def _warm(it: Stage, size: int) -> Callable[[], float]:
    """Through the runner; a bundle's first attempt, which loads it, is among them."""

    def turn() -> float:
        scenarios = [it.lives(ATTEMPTS) for _ in range(size // ATTEMPTS)]
        begun = time.perf_counter()
        for scenario in scenarios:
            play(it, scenario)
        return len(scenarios) * ATTEMPTS / (time.perf_counter() - begun)

    return turn


def _bare_loop(it: Stage, size: int) -> Callable[[], float]:
    """The Runtime API and the kit's client alone: a handler that returns at once."""
    it.driver.deploy(it.deployment())

    def turn() -> float:
        begun = time.perf_counter()
        for _ in range(size):
            it.invoke()
        return size / (time.perf_counter() - begun)

    return turn


def _new_processes(it: Stage, scratch: Path, size: int) -> Callable[[], float]:
    """Node started for each attempt, with the same handler and plane."""
    file = scratch / "handler" / "index.js"
    file.parent.mkdir()
    shutil.copy(ROOT / COMMONJS.partition(":")[2], file)
    (file.parent / "snapshot.json").write_bytes(it.snapshot())
    program = str(Path(__file__).parent / "new_process.mjs")
    node = shutil.which("node") or "node"
    command = [node, program, str(file), json.dumps(it.event())]
    tenant = it.runner.server.plane.open_tenant(credentials=CREDENTIALS, app_ids=None)

    def turn() -> float:
        begun = time.perf_counter()
        for _ in range(size):
            tenant.begin_attempt()
            environment = dict(it.deployment().environment)
            subprocess.run(
                command, env=environment, check=True, capture_output=True, timeout=PATIENCE
            )
            if len(tenant.end_attempt()) != 2:
                raise RuntimeError("a handler in a process of its own did not publish")
        return size / (time.perf_counter() - begun)

    return turn
