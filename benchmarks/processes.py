"""Programs that a benchmark runs beside itself."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
GOODBYE_SECONDS = 10


@contextmanager
def serving(module: str, *arguments: str) -> Iterator[dict[str, Any]]:
    """A server in a process of its own; yields the JSON line that it prints once it listens.

    It ends when its standard input does, so that none outlives a benchmark that was killed.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # moto logs every request there
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{module} did not start (exit code {process.wait()})")
        yield json.loads(line)
    finally:
        process.stdin.close()
        try:
            process.wait(GOODBYE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def announce(**facts: Any) -> None:
    """The server's side of :func:`serving`: says that it listens, and waits for its end."""
    print(json.dumps(facts), flush=True)
    sys.stdin.read()
