"""How long a whole judgement takes, and how long the plugin's import."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.processes import ROOT
from benchmarks.rows import Options, Row, Target
from benchmarks.stage import EXAMPLE, REFERENCE

MOST_SECONDS = {"quick": 5, "default": 60}
HANDLERS = {"Node, the example": EXAMPLE, "Python, the reference": REFERENCE}


def measure(options: Options) -> list[Row]:
    """Seconds of each profile but thorough, which draws for as long as it is given."""
    rows = [_import(options)]
    for name, locator in HANDLERS.items():
        scheme, _, path = locator.partition(":")
        absolute = f"{scheme}:{ROOT / path}"
        seconds = {}
        for profile in MOST_SECONDS:
            if profile == "default" and options.quick:
                continue
            seconds[profile] = _check(absolute, profile, options.scratch)
            quick = seconds["quick"]
            rows.append(
                Row(
                    name=f"profile {profile}: {name}",
                    figure=seconds[profile],
                    unit="s",
                    peer="" if profile == "quick" else "profile quick",
                    peer_figure=None if profile == "quick" else quick,
                    target=Target(value=MOST_SECONDS[profile], bound="at most")
                    if locator == EXAMPLE
                    else None,
                )
            )
    return rows


def _check(locator: str, profile: str, directory: Path) -> float:
    """One run of the command, start to end; the provider has to be conformant."""
    command = [sys.executable, "-m", "chaim_conformance.cli", "check", "--handler", locator]
    begun = time.perf_counter()
    done = subprocess.run(
        [*command, "--profile", profile, "--report", str(directory / "report")],
        cwd=directory,
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"{locator} was not found conformant:\n{done.stdout}{done.stderr}")
    return seconds


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
