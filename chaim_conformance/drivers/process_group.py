"""A command in a session of its own: started in an enclosure, held to its limits, ended whole."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from chaim_conformance.drivers.enclosure import Enclosure
from chaim_conformance.drivers.guardian import Guardian, kill_told_of, pids
from chaim_conformance.drivers.limits import LOOK_EVERY


class ProcessGroup:
    """The process of a command, and everything that it starts.

    ``sandbox`` is the folder that holds its temporary directory: by that it is known which
    processes are its own. ``counted`` is the folder whose files the limits are about.
    ``exceeded`` says which limit it was killed for; empty: none. Raises :class:`OSError` where the
    command cannot be run.
    """

    def __init__(
        self,
        command: tuple[str, ...],
        *,
        environment: Mapping[str, str],
        directory: Path,
        sandbox: Path,
        counted: Path,
        guardian: Guardian,
        enclosure: Enclosure,
        stdin: Path | None = Path(os.devnull),
    ) -> None:
        """``stdin`` is a file that it may read; ``None``: what is written to :attr:`input`."""
        self._sandbox = sandbox
        self._counted = counted
        self._guardian = guardian
        self._limits = enclosure.limits
        self._killed = False
        self._before = pids()
        self.exceeded = ""
        with contextlib.ExitStack() as opened:
            self._popen = subprocess.Popen(
                enclosure.command(command),
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.PIPE if stdin is None else opened.enter_context(stdin.open("rb")),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # a Ctrl-C is for the kit; and the group can be killed
            )
        self.pid = self._popen.pid
        guardian.adopt(self.pid)
        if self._limits is not None:
            self._limits.apply(self.pid)
        self.expect_work()

    @property
    def input(self) -> IO[bytes]:
        """The pipe of what it reads, where it reads no file."""
        assert self._popen.stdin is not None
        return self._popen.stdin

    @property
    def output(self) -> tuple[IO[bytes], IO[bytes]]:
        """The pipes of what is printed: stdout, stderr."""
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        return self._popen.stdout, self._popen.stderr

    @property
    def returncode(self) -> int | None:
        """The exit code once the process has ended; a signal's number, negated."""
        return self._popen.poll()

    def wait(self, seconds: float) -> None:
        """Returns when the process has ended, or that long after."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(seconds)

    def expect_work(self) -> None:
        """From here on it may be busy: the next look is due a little later."""
        self._next_look = time.monotonic() + LOOK_EVERY

    def turn(self, deadline: float) -> float:
        """How long to wait at most before :meth:`look` gets its turn (seconds)."""
        return min(deadline, self._next_look) - time.monotonic()

    def look(self) -> None:
        """Now and then: ends a process that has taken more than it may."""
        if time.monotonic() < self._next_look:
            return
        if self._limits is not None and not self._killed:
            self.exceeded = self._limits.exceeded(
                folder=self._counted, sandbox=self._sandbox, session=self.pid
            )
        if self.exceeded:
            self.kill()
        self.expect_work()

    def signal(self, number: signal.Signals) -> None:
        """Tells the whole group."""
        # A group may be gone, or (macOS) hold nothing but a zombie.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """Ends the process and everything that it started."""
        if self._killed:  # its number may be another's by now
            return
        self._killed = True
        self.signal(signal.SIGKILL)
        self._popen.wait()
        kill_told_of(os.fspath(self._sandbox), sessions={self.pid}, before=self._before)
        self._guardian.release(self.pid)
