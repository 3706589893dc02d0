"""How long a whole judgement takes, and how long the plugin's import."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.processes import ROOT
from benchmarks.rows import Options, Row, Target
from benchmarks.stage import EXAMPLE, REFERENCE, play, stage
from chaim_conformance.transcript import AnswerStyle

MOST_SECONDS = {"quick": 10, "default": 90}
HANDLERS: dict[str, tuple[str, AnswerStyle]] = {
    "Node, the example": (EXAMPLE, "response-url"),
    "Python, the reference": (REFERENCE, "provider-framework"),
}
ATTEMPTS = re.compile(r"(\d+) attempts in")


def measure(options: Options) -> list[Row]:
    """Seconds of each profile but thorough, which draws for as long as it is given."""
    rows = [_import(options)]
    for name, (locator, answers) in HANDLERS.items():
        for profile, most in MOST_SECONDS.items():
            if profile == "default" and options.quick:
                continue
            attempts, seconds = _check(locator, profile, options.scratch)
            rows.append(
                Row(
                    name=f"profile {profile}: {name}",
                    figure=seconds,
                    unit="s",
                    peer="as many warm attempts, nothing else",
                    peer_figure=attempts * _warm_attempt(locator, answers),
                    target=Target(value=most, bound="at most") if locator == EXAMPLE else None,
                    note=f"{attempts} attempts",
                )
            )
    return rows


def _check(locator: str, profile: str, directory: Path) -> tuple[int, float]:
    """Attempts and seconds of the command, start to end; the provider has to be conformant."""
    scheme, _, path = locator.partition(":")
    command = [sys.executable, "-m", "chaim_conformance.cli", "check", "--profile", profile]
    command += ["--handler", f"{scheme}:{ROOT / path}", "--report", str(directory / "report")]
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    seconds = time.perf_counter() - begun
    made = ATTEMPTS.search(done.stdout)
    if done.returncode or made is None:
        raise RuntimeError(f"{locator} was not found conformant:\n{done.stdout}{done.stderr}")
    return int(made[1]), seconds


def _warm_attempt(locator: str, answers: AnswerStyle) -> float:
    """Seconds of one, in the mean of many, on the machine as it is at that moment."""
    with stage(locator, answers=answers) as it:
        play(it, it.lives(5))
        begun = time.perf_counter()
        for _ in range(10):
            play(it, it.lives(20))
        return (time.perf_counter() - begun) / 200


def _import(options: Options) -> Row:
    """What `-p chaim_conformance` adds to a start of Python, beside pytest, on which it rests."""
    times = options.size(15, 5)
    statements = ("pass", "import pytest", "import chaim_conformance.plugin")
    best = dict.fromkeys(statements, float("inf"))
    for _ in range(times):
        for statement in statements:
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", statement], cwd=ROOT, check=True)
            best[statement] = min(best[statement], (time.perf_counter() - begun) * 1000)
    nothing, pytest, plugin = (best[statement] for statement in statements)
    return Row(
        name="import of the plugin",
        figure=plugin - nothing,
        unit="ms",
        peer="import of pytest",
        peer_figure=pytest - nothing,
        note=f"the plugin's import holds pytest's; best of {times}",
    )
