"""A process that outlives the kit by a moment, to end what the kit left when it was killed itself.

It learns over its standard input which process groups and directories are the kit's. However the
kit ends, that pipe closes with it; then whatever is still listed is killed and removed. The module
is also the program, and therefore imports nothing but the standard library.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

# Whoever forks faster than it is killed is left after this many rounds.
_ROUNDS = 1000


class Guardian:
    """The kit's end of the pipe."""

    def __init__(self, directory: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__, os.fspath(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is for the kit, which then lets go in order
        )

    def adopt(self, group: int) -> None:
        """This process group is to end with the kit."""
        self._tell(f"+{group}\n")

    def release(self, group: int) -> None:
        """This process group has ended."""
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """Lets the guardian go; what is still listed, it kills."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        # A guardian that somebody killed is no reason to end the run.
        if self._process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                self._process.stdin.write(line.encode())
                self._process.stdin.flush()


def pids() -> frozenset[str]:
    """The processes that there are, where /proc tells."""
    with contextlib.suppress(FileNotFoundError):
        return frozenset(filter(str.isdigit, os.listdir("/proc")))
    return frozenset()


def told_of(directory: str, *, sessions: Collection[int], before: Collection[str] = ()) -> set[int]:
    """The processes in these sessions, or whose temporary directory is in this directory.

    So those are found too that left their process group. Those of ``before`` are not looked at.
    """
    mark = b"\0TMPDIR=" + os.fsencode(directory) + b"/"
    found = set()
    for name in pids().difference(before):
        # Others' processes are not to be read, and some end meanwhile.
        with contextlib.suppress(OSError):
            if (
                os.getsid(int(name)) in sessions
                or mark in b"\0" + Path("/proc", name, "environ").read_bytes()
            ):
                found.add(int(name))
    return found


def kill_told_of(
    directory: str, *, sessions: Collection[int], before: Collection[str] = ()
) -> None:
    """Kills them, and what they started before they were."""
    killed: set[int] = set()
    for _ in range(_ROUNDS):
        strays = told_of(directory, sessions=sessions, before=before) - killed
        if not strays:
            return
        for pid in strays:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        killed |= strays


def _watch(directory: str) -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        change = groups.add if line[0] == "+" else groups.discard
        change(int(line[1:]))
    for group in groups:
        with contextlib.suppress(OSError):
            os.killpg(group, signal.SIGKILL)
    kill_told_of(directory, sessions=groups)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    _watch(sys.argv[1])
