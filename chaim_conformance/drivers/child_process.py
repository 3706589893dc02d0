"""A command that was started: a process group of its own, its output captured, its end certain."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from chaim_conformance.drivers.captured_output import CapturedOutput
from chaim_conformance.drivers.guardian import Guardian

# Something that the command started may hold its output open when it has ended itself: then it is
# asked this often (seconds).
_POLL = 0.02


class ChildProcess:
    """A command in ``directory``; ``stdin`` is a file that it may read, by default an empty one.

    Raises :class:`OSError` where it cannot be run.
    """

    def __init__(
        self,
        command: tuple[str, ...],
        *,
        environment: Mapping[str, str],
        directory: Path,
        guardian: Guardian,
        stdin: Path = Path(os.devnull),
    ) -> None:
        self._guardian = guardian
        with stdin.open("rb") as given:
            self._popen = subprocess.Popen(
                command,
                cwd=directory,
                env=dict(environment),
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # a Ctrl-C is for the kit; and the group can be killed
            )
        guardian.adopt(self._popen.pid)
        assert self._popen.stdout is not None
        assert self._popen.stderr is not None
        self._streams = CapturedOutput(self._popen.stdout), CapturedOutput(self._popen.stderr)

    @property
    def returncode(self) -> int | None:
        """The exit code once the process has ended; a signal's number, negated."""
        return self._popen.poll()

    def wait(self, deadline: float) -> int | None:
        """The exit code; ``None`` where the deadline (``time.monotonic``) passes before."""
        while self.returncode is None and (left := deadline - time.monotonic()) > 0:
            self.attend(min(_POLL, left))
        return self.returncode

    def attend(self, seconds: float) -> None:
        """Takes in what is printed, waiting that long for it at most."""
        open_ones = [stream for stream in self._streams if not stream.ended]
        if not open_ones:  # it has ended, or is about to
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(seconds)
            return
        with selectors.DefaultSelector() as selector:
            for stream in open_ones:
                selector.register(stream, selectors.EVENT_READ, stream)
            for key, _ in selector.select(seconds):
                key.data.read()

    def output(self) -> tuple[str, str]:
        """What was printed since the last call: stdout, stderr."""
        for stream in self._streams:
            stream.read()
        stdout, stderr = self._streams
        return stdout.take(), stderr.take()

    def end(self, seconds: float) -> None:
        """Asks the whole group to end, and kills what has not after that long."""
        self._signal(signal.SIGTERM)
        self.wait(time.monotonic() + seconds)
        self.kill()

    def kill(self) -> None:
        """Ends the process and everything that it started."""
        self._signal(signal.SIGKILL)
        self._popen.wait()
        self._guardian.release(self._popen.pid)

    def close(self) -> None:
        """Ends the process, and lets its output go."""
        self.kill()
        for stream in self._streams:
            stream.close()

    def _signal(self, number: signal.Signals) -> None:
        # A group may be gone, or (macOS) hold nothing but a zombie.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, number)
