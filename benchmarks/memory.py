"""Memory over many attempts: the kit's own process, and its handlers'."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import deque

import psutil

from benchmarks.processes import ROOT
from benchmarks.rows import Options, Row, Target, median, number
from benchmarks.stage import COMMONJS, play, stage
from chaim_conformance.judge import TRANSCRIPTS_KEPT
from chaim_conformance.transcript import Transcript

MEGABYTE = 1024 * 1024
DELIVERIES, OPERATIONS = 2, 3
PER_SCENARIO = DELIVERIES * OPERATIONS
SAMPLES = 10
MOST = 50.0


def measure(options: Options) -> list[Row]:
    """Growth after a warm-up that has filled the caches; in a process that did nothing else."""
    attempts = options.size(20_000, 2_000)
    command = [sys.executable, "-m", "benchmarks.memory", str(attempts)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return [
        Row(
            name=f"memory's growth over {attempts:,} attempts: {name}",
            figure=found["growth"],
            unit="MB",
            peer="RSS after warm-up",
            peer_figure=found["before"],
            target=Target(value=MOST, bound="at most"),
            note=f"peak {number(found['peak'])} MB",
        )
        for name, found in json.loads(done.stdout).items()
    ]


def watch(attempts: int) -> dict[str, dict[str, float]]:
    """Plays that many attempts, a new bundle for every few, and tells how memory went."""
    samples: dict[str, list[float]] = {"the kit": [], "handler processes": []}
    kit = psutil.Process()
    with stage(COMMONJS) as it:
        # As a judge keeps them; warm-up fills it, and starts the processes that stand by.
        kept: deque[Transcript] = deque(maxlen=TRANSCRIPTS_KEPT)
        scenarios = attempts // PER_SCENARIO
        every = max(1, scenarios // 100)
        for number_played in range(TRANSCRIPTS_KEPT + scenarios):
            kept.append(play(it, it.lives(DELIVERIES, operations=OPERATIONS)))
            past = number_played - TRANSCRIPTS_KEPT
            if past >= 0 and past % every == 0:
                samples["the kit"].append(kit.memory_info().rss / MEGABYTE)
                samples["handler processes"].append(_handlers(kit) / MEGABYTE)
    return {name: _told(found) for name, found in samples.items()}


def _handlers(kit: psutil.Process) -> int:
    """RSS of all that the kit has started and that lives."""
    return sum(child.memory_info().rss for child in kit.children(recursive=True))


def _told(samples: list[float]) -> dict[str, float]:
    """The growth from the first samples to the last, each in the median."""
    before, after = median(samples[:SAMPLES]), median(samples[-SAMPLES:])
    return {"before": before, "growth": after - before, "peak": max(samples)}


if __name__ == "__main__":
    print(json.dumps(watch(int(sys.argv[1]))))
