"""Stories of whole stacks, and a judgement shared out among two processes."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.processes import ROOT
from benchmarks.rows import Options, Row, Target, median, spread
from benchmarks.stage import COMMONJS, EXAMPLE, REFERENCE, Stage, play, stage
from chaim_conformance.scenario import Scenario
from chaim_conformance.search import drawn
from chaim_conformance.suite import STORIES

HANDLERS = {"Node, CommonJS": COMMONJS, "Python, the reference": REFERENCE}
ATTEMPTS = 20


def measure(options: Options) -> list[Row]:
    """Attempts a second of stories, which change bundles and start cold, beside warm ones."""
    rows = [_steps(name, locator, options) for name, locator in HANDLERS.items()]
    return [*rows, *_two_processes(options)]


def _steps(name: str, locator: str, options: Options) -> Row:
    rounds, count = options.size(5, 3), options.size(20, 8)
    stories = itertools.cycle(drawn(STORIES.drawn, ("1.0", "3.0"), 60, 0))
    rates: list[float] = []
    warm: list[float] = []
    with stage(locator) as it:
        for turn in range(rounds + 1):
            steps, seconds = _played(it, list(itertools.islice(stories, count)))
            lives = [it.lives(ATTEMPTS) for _ in range(10)]
            begun = time.perf_counter()
            for one in lives:
                play(it, one)
            if turn:  # the first starts processes and imports
                rates.append(steps / seconds)
                warm.append(10 * ATTEMPTS / (time.perf_counter() - begun))
    return Row(
        name=f"steps of stories: {name}",
        figure=median(rates),
        unit="/s",
        peer="warm attempts, one bundle",
        peer_figure=median(warm),
        note=f"rounds {spread(rates)}; a fourth of them cold",
    )


def _played(it: Stage, stories: list[Scenario]) -> tuple[int, float]:
    begun = time.perf_counter()
    steps = sum(len(it.runner.play(story).attempts) for story in stories)
    return steps, time.perf_counter() - begun


def _two_processes(options: Options) -> list[Row]:
    """``pytest -n 2`` beside one process, on the Node example, under default."""
    profile = "quick" if options.quick else "default"
    alone, shared = (_suite(options.scratch, profile, n) for n in ("0", "2"))
    return [
        Row(
            name=f"profile {profile}: Node, the example, with -n 2",
            figure=shared,
            unit="s",
            peer="one process",
            peer_figure=alone,
            target=Target(value=alone / 1.6, bound="at most"),
            note=f"{alone / shared:.2f} times as fast; 1.6 is the target",
        )
    ]


def _suite(directory: Path, profile: str, workers: str) -> float:
    scheme, _, path = EXAMPLE.partition(":")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "chaim_conformance", "-n", workers]
    command += ["-p", "no:cacheprovider", "--chaim-profile", profile]
    command += ["--chaim-handler", f"{scheme}:{ROOT / path}"]
    command += ["--chaim-report", str(directory / "report")]
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=1800)
    if done.returncode:
        raise RuntimeError(f"{path} was not found conformant:\n{done.stdout}{done.stderr}")
    return time.perf_counter() - begun
