"""How long a whole judgement of a binder takes."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.binders import EXAMPLE, REFERENCE, Binder, bare, find_binder
from benchmarks.processes import ROOT
from benchmarks.rows import Options, Row, Target, skipped
from chaim_conformance import contract

MOST_SECONDS = {"quick": 30, "default": 180}
SYNTHS = re.compile(r"(\d+) synths in")


def measure(options: Options) -> list[Row]:
    """Seconds of each profile but thorough, which draws for as long as it is given."""
    rows = []
    for name in (REFERENCE, EXAMPLE):
        binder = find_binder(name, options.scratch)
        for profile, most in MOST_SECONDS.items():
            if profile == "default" and options.quick:
                continue
            said = f"binder's profile {profile}: {name}"
            if isinstance(binder, Binder):
                place = options.scratch / f"{profile} {name}"
                place.mkdir()
                rows.append(_row(said, binder, profile, most, place))
            else:
                rows.append(skipped(said, binder))
    return rows


def _row(name: str, binder: Binder, profile: str, most: float, place: Path) -> Row:
    synths, seconds = _check(binder, profile, place)
    with bare(binder, place) as synth:
        synth(5)
        each = synth(50) / 50
    return Row(
        name=name,
        figure=seconds,
        unit="s",
        peer="as many bare synths of a plain app",
        peer_figure=synths * each,
        target=Target(value=most, bound="at most"),
        note=f"{synths} synths",
    )


def _check(binder: Binder, profile: str, place: Path) -> tuple[int, float]:
    """Synths and seconds of the command, start to end; the binder has to be conformant."""
    clauses = ",".join(one.id for one in contract.clauses() if one.id.startswith("B"))
    command = [sys.executable, "-m", "chaim_conformance.cli", "check", "--profile", profile]
    command += ["--config", str(binder.root / "chaim.toml"), "--select", clauses]
    command += ["--report", str(place / "report")]
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    seconds = time.perf_counter() - begun
    made = SYNTHS.search(done.stdout)
    if done.returncode or made is None:
        raise RuntimeError(f"{binder.name} was not found conformant:\n{done.stdout}{done.stderr}")
    return int(made[1]), seconds
