"""A command that was started: what it prints is captured, and its end is waited for, or made."""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Mapping
from pathlib import Path

from chaim_conformance.drivers.captured_output import CapturedOutput
from chaim_conformance.drivers.enclosure import Enclosure
from chaim_conformance.drivers.guardian import Guardian
from chaim_conformance.drivers.process_group import ProcessGroup

# Something that the command started may hold its output open when it has ended itself: then it is
# asked this often (seconds).
_POLL = 0.02


class ChildProcess:
    """A command in ``directory``; ``stdin`` is a file that it may read, by default an empty one.

    ``sandbox`` and ``counted`` are as for a :class:`ProcessGroup`. Raises :class:`OSError` where it
    cannot be run.
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
        stdin: Path = Path(os.devnull),
    ) -> None:
        self._group = ProcessGroup(
            command,
            environment=environment,
            directory=directory,
            sandbox=sandbox,
            counted=counted,
            guardian=guardian,
            enclosure=enclosure,
            stdin=stdin,
        )
        stdout, stderr = self._group.output
        self._streams = CapturedOutput(stdout), CapturedOutput(stderr)

    @property
    def returncode(self) -> int | None:
        """The exit code once the process has ended; a signal's number, negated."""
        return self._group.returncode

    @property
    def exceeded(self) -> str:
        """Which limit the process was killed for; empty: none."""
        return self._group.exceeded

    def wait(self, deadline: float) -> int | None:
        """The exit code; ``None`` where the deadline (``time.monotonic``) passes before."""
        while self.returncode is None and (left := deadline - time.monotonic()) > 0:
            self.attend(min(_POLL, left))
        return self.returncode

    def attend(self, seconds: float) -> None:
        """Takes in what is printed, waiting that long for it at most; looks at the limits."""
        open_ones = [stream for stream in self._streams if not stream.ended]
        if open_ones:
            with selectors.DefaultSelector() as selector:
                for stream in open_ones:
                    selector.register(stream, selectors.EVENT_READ, stream)
                for key, _ in selector.select(seconds):
                    key.data.read()
        else:  # it has ended, or is about to
            self._group.wait(seconds)
        self._group.look()

    def output(self) -> tuple[str, str]:
        """What was printed since the last call: stdout, stderr."""
        for stream in self._streams:
            stream.read()
        stdout, stderr = self._streams
        return stdout.take(), stderr.take()

    def end(self, seconds: float) -> None:
        """Asks the whole group to end, and kills what has not after that long."""
        self._group.signal(signal.SIGTERM)
        self.wait(time.monotonic() + seconds)
        self.kill()

    def kill(self) -> None:
        """Ends the process and everything that it started."""
        self._group.kill()

    def close(self) -> None:
        """Ends the process, and lets its output go."""
        self.kill()
        for stream in self._streams:
            stream.close()
