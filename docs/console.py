"""Runs what a page's ``console`` blocks show, in a folder of the page's own.

A line ``$ ...`` is a command, the lines below it are what it prints. There ``...`` stands for any
lines, at the end of a line for the rest of it; and what differs from one run to the next (UUIDs,
hashes, seconds) may be anything. A command that shows nothing may print anything. One that fails
has ``$ echo $?`` below it. The ports of :data:`PORTS` stand for free ones, in files too. What a
block has started with ``&`` it has to end.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from chaim_conformance.drivers.ports import unused_port

CHECKOUT = Path(__file__).parents[1]
# It has aws-cdk-lib and constructs for Node; where the variable is unset there are none.
NODE_CDK = Path(os.environ.get("CHAIM_NODE_CDK") or "/nowhere", "node_modules")
SECONDS = 240  # for the commands of a block
PORTS = ("8080", "8081")
VOLATILE = (
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
    (r"[0-9a-f]{64}", "HASH"),
    (r"\d+ (attempts|synths)\b", r"N \1"),
    (r"in \d+\.\d s", "in N s"),
    (r"in \d+\.\d\ds", "in Ns"),
    (r"=+", "="),  # pytest fills its lines, and the seconds in them are of several lengths
    (r"[ \t]+$", ""),
)
# Behind each command: where its output ends, and its status, which `echo $?` has to find.
END = "\x1e"
AFTER = f"status=$?; printf '\\n{END}%s\\n' $status; (exit $status)"
# What npm would fetch was fetched once, before the tests.
NPM = 'npm() { ln -sfn "$NODE_MODULES" node_modules; }'


class Unexpected(AssertionError):
    """A command did not do what its page says; the message has both."""


class Page:
    """A folder in which the commands of one page run, one block after the other."""

    def __init__(self) -> None:
        """The folder has the checkout in it, under the kit's name."""
        self._root = Path(tempfile.mkdtemp(prefix="chaim-docs-"))
        self._here = self._root
        self._ports = dict(zip(PORTS, _free_ports(), strict=True))
        (self._root / "chaim-conformance").symlink_to(CHECKOUT, target_is_directory=True)

    def write(self, name: str, text: str) -> None:
        """A file as the page shows it, where its commands are by now."""
        path = self._here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_swapped(text, self._ports), encoding="utf-8")

    def run(self, block: str) -> None:
        """Raises :class:`Unexpected` where a command fails, or prints something else."""
        shown = _commands(block)
        place = self._root / ".place"
        script = [NPM, f"trap 'pwd > \"{place}\"' EXIT"]
        for command, _ in shown:
            script += [_swapped(command, self._ports), AFTER]
        printed = _output_of("\n".join(script), directory=self._here)
        printed = _swapped(printed, {there: shown for shown, there in self._ports.items()})
        self._here = Path(place.read_text(encoding="utf-8").strip())
        ended = re.findall(f"(?s)(.*?)\n{END}(\\d+)\n", printed)
        for at, (command, expected) in enumerate(shown):
            if at >= len(ended):
                raise Unexpected(f"$ {command}\nhas not ended:\n{printed}")
            output, status = ended[at]
            failure_shown = at + 1 < len(shown) and shown[at + 1][0] == "echo $?"
            if status != "0" and not failure_shown:
                raise Unexpected(f"$ {command}\nended with {status}:\n{output}")
            if expected and not _matches(expected, output):
                raise Unexpected(f"$ {command}\nexpected\n\n{expected}\n\nand printed\n\n{output}")

    def close(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self._root, ignore_errors=True)


def _free_ports() -> list[str]:
    found: set[int] = set()
    while len(found) < len(PORTS):
        found.add(unused_port())
    return [str(port) for port in found]


def _swapped(text: str, ports: dict[str, str]) -> str:
    return re.sub(rf"\b({'|'.join(ports)})\b", lambda found: ports[found[0]], text)


def _commands(block: str) -> list[tuple[str, str]]:
    """Each command, and what is shown below it."""
    parts = re.split(r"(?m)^\$ ", block)
    if parts[0].strip():
        raise ValueError(f"a console block begins with a command, not with {parts[0]!r}")
    split = (part.partition("\n") for part in parts[1:])
    return [(command.strip(), output.strip("\n")) for command, _, output in split]


def _output_of(script: str, *, directory: Path) -> str:
    """What bash prints, both streams in one."""
    # Of pytest's own run nothing may reach the one below it.
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV_"))}
    programs = [str(Path(sys.executable).parent), kept.get("PATH", os.defpath)]
    environment = kept | {
        "PATH": os.pathsep.join(programs),
        "NODE_MODULES": str(NODE_CDK),
        "COLUMNS": "80",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
    }
    process = subprocess.Popen(
        ["bash", "-c", script],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,  # so that all of it can be ended
    )
    try:
        return process.communicate(timeout=SECONDS)[0]
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _matches(expected: str, output: str) -> bool:
    pattern = "".join(_pattern(line) for line in _steady(expected).splitlines())
    return re.fullmatch(pattern, _steady(output).strip("\n") + "\n") is not None


def _pattern(line: str) -> str:
    if line.strip() == "...":
        return r"(?:.*\n)*?"
    begin, left_out, _ = line.partition("...")
    return re.escape(begin) + (r".*\n" if left_out else r"\n")


def _steady(text: str) -> str:
    for pattern, word in VOLATILE:
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    return text
