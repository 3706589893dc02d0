"""The life of one handler process: started, handed work, watched, ended, its leavings removed."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Literal

from chaim_conformance.drivers.captured_output import CapturedOutput
from chaim_conformance.drivers.enclosure import Enclosure
from chaim_conformance.drivers.guardian import Guardian
from chaim_conformance.drivers.process_group import ProcessGroup
from chaim_conformance.drivers.runtime_api import RuntimeApi
from chaim_conformance.drivers.runtime_protocol import Result, Work
from chaim_conformance.drivers.workplace import empty

End = Literal["timed-out", "exited"]
# Where the system cannot say at once that a process has ended, it is asked this often (seconds).
_POLL = 0.02


class HandlerProcess:
    """A process with a Runtime API, a temporary directory and a process group of its own.

    It works in ``directory``, by default in its workspace. Raises :class:`OSError` where the
    command cannot be run.
    """

    def __init__(
        self,
        command: tuple[str, ...],
        *,
        environment: Mapping[str, str],
        workspace: Path,
        guardian: Guardian,
        enclosure: Enclosure,
        counted: Path,
        directory: Path | None = None,
    ) -> None:
        """``counted`` is the folder whose files the limits are about; the workspace is in it."""
        self._workspace = workspace
        self.tmp = workspace / "tmp"
        self.tmp.mkdir(parents=True)
        self.api = RuntimeApi(enclosure.listen)
        try:
            self._group = ProcessGroup(
                command,
                environment={
                    **environment,
                    "AWS_LAMBDA_RUNTIME_API": self.api.address,
                    "TMPDIR": str(self.tmp),
                },
                directory=directory or workspace,
                sandbox=workspace,
                counted=counted,
                guardian=guardian,
                enclosure=enclosure,
            )
        except OSError:
            self.api.close()
            raise
        self._stdout, self._stderr = map(self._capture, self._group.output)
        self._exit_watch = _watch_exit(self._group.pid)
        if self._exit_watch is not None:
            self.api.watch(self._exit_watch, lambda: None)

    @property
    def returncode(self) -> int | None:
        """The exit code once the process has ended; a signal's number, negated."""
        return self._group.returncode

    @property
    def exceeded(self) -> str:
        """Which limit the process was killed for; empty: none."""
        return self._group.exceeded

    @property
    def spent(self) -> str:
        """Why this process should not load another bundle; empty: it may."""
        ended = self._stdout.ended or self._stderr.ended
        return self.api.spent or ("closed streams" if ended else "")

    def wait_until_ready(self, deadline: float) -> bool:
        """Whether the process asks for work before the deadline (``time.monotonic``) and lives."""
        self._group.signal(signal.SIGCONT)
        self._group.expect_work()
        while not self.api.ready and self.returncode is None and time.monotonic() < deadline:
            self._serve(deadline)
        # Work must not be handed to a process that has just ended.
        self.api.serve(0)
        return self.api.ready and self.returncode is None

    def initialize(self, deadline: float) -> Result | None:
        """Waits for what a new process does first; the failure, where it tells of one.

        Otherwise it asks for work, or has ended, or the deadline (``time.monotonic``) has passed.
        """
        while not self.api.ready and self.api.result is None and time.monotonic() < deadline:
            if self.returncode is not None:
                self.api.serve(0)  # it may have told with its last breath
                break
            self._serve(deadline)
        return self.api.result

    def invoke(self, work: Work, deadline: float) -> Result | End:
        """Hands out the work and waits for the end of it, whatever that is.

        Afterwards the process is frozen, as Lambda freezes a sandbox: what a handler left to be
        done after its answer happens during the next invocation or never, not at some odd moment.
        """
        self.api.hand_out(work)
        self._group.expect_work()
        end = self._follow(deadline)
        if isinstance(end, Result):
            self._group.signal(signal.SIGSTOP)
        return end

    def output(self) -> tuple[str, str]:
        """What was printed since the last call."""
        for stream in (self._stdout, self._stderr):
            stream.read()
        return self._stdout.take(), self._stderr.take()

    def empty_tmp(self) -> None:
        """The temporary directory as a new sandbox would have it."""
        empty(self.tmp)

    def kill(self) -> None:
        """Ends the process and everything that it started."""
        self._group.kill()

    def close(self) -> None:
        """Ends the process, and removes what belonged to it."""
        self.kill()
        self.api.close()
        if self._exit_watch is not None:
            os.close(self._exit_watch)
        for stream in (self._stdout, self._stderr):
            stream.close()
        shutil.rmtree(self._workspace, ignore_errors=True)

    def _follow(self, deadline: float) -> Result | End:
        while self.api.result is None:
            if self.returncode is not None:
                self.api.serve(0)  # it may have answered with its last breath
                return self.api.result or "exited"
            if time.monotonic() >= deadline:
                return "timed-out"
            self._serve(deadline)
        return self.api.result

    def _serve(self, deadline: float) -> None:
        left = self._group.turn(deadline)
        self.api.serve(left if self._exit_watch is not None else min(left, _POLL))
        self._group.look()

    def _capture(self, pipe: IO[bytes]) -> CapturedOutput:
        stream = CapturedOutput(pipe)

        def read() -> None:
            stream.read()
            if stream.ended:
                self.api.unwatch(stream)

        self.api.watch(stream, read)
        return stream


def _watch_exit(pid: int) -> int | None:
    """A file that becomes readable when the process ends, where the system has such a thing."""
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None
