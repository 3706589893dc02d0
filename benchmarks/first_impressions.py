"""What a newcomer waits for: the first verdict, the plugin's import, the first violation's text."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import ROOT
from benchmarks.rows import Options, Row, Target, median, spread

EXAMPLE = ROOT / "examples/node-provider"
# A newcomer's mistake: the hash is that of other bytes than those that are uploaded.
RIGHT, WRONG = "createHash('sha256').update(body)", "createHash('sha256').update(`${body} `)"
PATIENCE = 600
VERDICT = re.compile(r"^(pass|FAIL|known|blocked|n/a|not run|error) +[HB]\d\d ")
FAILED = re.compile(r"^FAIL +H10 ")
TEXT = re.compile(r"H10 content-hash \(MUST\) does not hold")
COMMAND = ("-m", "chaim_conformance.cli", "check", "--profile", "quick")
PYTEST = ("-m", "pytest", "-p", "chaim_conformance", "-p", "no:cacheprovider")
PYTEST_QUICK = (*PYTEST, "--chaim-profile", "quick")


def measure(options: Options) -> list[Row]:
    """Each waiting, beside what of it is not the kit's."""
    own = _own_test(options.scratch)
    broken = _copy(options.scratch / "broken", (RIGHT, WRONG))
    return [
        _first_verdict(_copy(options.scratch / "whole"), options.scratch),
        _import(own, options),
        *_first_violation("the command", COMMAND, broken, options),
        *_first_violation("pytest", PYTEST_QUICK, broken, options),
    ]


def _first_verdict(repo: Path, scratch: Path) -> Row:
    """Seconds from an empty virtual environment; what pip fetches may come out of its cache."""
    begun = time.perf_counter()
    python = _fresh_environment(scratch / "venv")
    made = time.perf_counter() - begun
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, ROOT], cwd=scratch, check=True, timeout=PATIENCE)
    installed = time.perf_counter() - begun
    seen, _ = _seen(python, PYTEST_QUICK, repo, (VERDICT,), code=0)
    whole = installed + seen
    return Row(
        name="from `pip install` to the first verdict",
        figure=whole,
        unit="s",
        peer="pip install alone",
        peer_figure=installed - made,
        target=Target(value=120, bound="at most"),
        note=f"with {made:.0f} s for the environment; the handler is examples/node-provider",
    )


def _fresh_environment(directory: Path) -> str:
    venv.create(directory, with_pip=True)
    return str(directory / "bin/python")


def _import(own: Path, options: Options) -> Row:
    """In turns, so that a neighbour's load hits both alike."""
    collect = ("--collect-only", "-q", own.name)
    commands = {
        "plain": ("-m", "pytest", "-p", "no:cacheprovider", *collect),
        "kit": (*PYTEST, *collect),
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(1 + options.size(15, 5)):
        for name, command in commands.items():
            begun = time.perf_counter()
            subprocess.run(
                [sys.executable, *command],
                cwd=own.parent,
                check=True,
                stdout=subprocess.DEVNULL,
                timeout=PATIENCE,
            )
            if number:  # the first one compiles
                seconds[name].append((time.perf_counter() - begun) * 1000)
    added = [kit - plain for kit, plain in zip(seconds["kit"], seconds["plain"], strict=True)]
    return Row(
        name="`-p chaim_conformance` beside one's own test, over plain pytest",
        figure=median(added),
        unit="ms",
        peer="plain pytest, the same test collected",
        peer_figure=median(seconds["plain"]),
        target=Target(value=150, bound="at most"),
        note=f"rounds {spread(added)}",
    )


def _first_violation(
    name: str, command: Sequence[str], broken: Path, options: Options
) -> list[Row]:
    rounds = [
        _seen(sys.executable, command, broken, (FAILED, TEXT), code=1)
        for _ in range(options.size(3, 1))
    ]
    lines, texts = ([seen[place] for seen in rounds] for place in (0, 1))
    whole = [seen[2] for seen in rounds]
    note = "of a handler that hashes other bytes than it uploads, quick"
    return [
        Row(
            name=f"first violation by {name}: {what}",
            figure=median(seconds),
            unit="s",
            peer="the whole run",
            peer_figure=median(whole),
            target=Target(value=10, bound="at most"),
            note=note,
        )
        for what, seconds in (("its line", lines), ("its text", texts))
    ]


def _seen(
    python: str,
    command: Sequence[str],
    repo: Path,
    patterns: Sequence[re.Pattern[str]],
    *,
    code: int,
) -> tuple[float, ...]:
    """Seconds until a line shows each of the patterns, and until the end."""
    begun = time.perf_counter()
    first: dict[re.Pattern[str], float] = {}
    # Unbuffered, as lines come to a terminal.
    with subprocess.Popen(
        [python, "-u", *command],
        cwd=repo,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = []
        with _ended_after(process, PATIENCE):
            for line in process.stdout:
                lines.append(line)
                for pattern in patterns:
                    if pattern.search(line):
                        first.setdefault(pattern, time.perf_counter() - begun)
    whole = time.perf_counter() - begun
    if process.returncode != code or len(first) < len(patterns):
        raise RuntimeError(f"exit code {process.returncode}, expected {code}:\n{''.join(lines)}")
    return (*(first[pattern] for pattern in patterns), whole)


@contextmanager
def _ended_after(process: subprocess.Popen[str], seconds: float) -> Iterator[None]:
    """Kills the process where it takes longer, or where the benchmark is interrupted."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    except BaseException:
        process.kill()
        raise
    finally:
        timer.cancel()


def _copy(directory: Path, *edits: tuple[str, str]) -> Path:
    """The example as its author has it, with texts replaced."""
    shutil.copytree(EXAMPLE, directory, ignore=shutil.ignore_patterns("node_modules", ".chaim"))
    file = directory / "src/ingest.js"
    text = file.read_text(encoding="utf-8")
    for old, new in edits:
        if text.count(old) != 1:
            raise RuntimeError(f"{old!r} has to be in {file} once")
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return directory


def _own_test(scratch: Path) -> Path:
    """A newcomer's repository with one test in it."""
    directory = scratch / "own"
    directory.mkdir()
    file = directory / "test_own.py"
    file.write_text("def test_own():\n    pass\n", encoding="utf-8")
    return file
