"""Keeps what a handler prints, up to a limit: one that prints without end does no harm."""

from __future__ import annotations

import os
from typing import IO

KEPT = 1024 * 1024
_CHUNK = 64 * 1024
# What a reader takes in at one go; a child that never stops printing must not hold the kit up.
_ROUNDS = 256


class CapturedOutput:
    """The reading end of a child's stdout or stderr."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._kept = bytearray()
        self._dropped = 0
        self.ended = False
        os.set_blocking(pipe.fileno(), False)

    def fileno(self) -> int:
        """So that a selector can wait for it."""
        return self._pipe.fileno()

    def read(self) -> None:
        """Takes in what is there, without waiting."""
        for _ in range(_ROUNDS):
            try:
                chunk = os.read(self._pipe.fileno(), _CHUNK)
            except BlockingIOError:
                return
            if not chunk:
                self.ended = True
                return
            room = KEPT - len(self._kept)
            self._kept += chunk[:room]
            self._dropped += len(chunk[room:])

    def take(self) -> str:
        """What was printed since the last call; bytes that are no UTF-8 are shown escaped."""
        text = self._kept.decode("utf-8", "backslashreplace")
        if self._dropped:
            text += f"\n[cut by the kit: {self._dropped} bytes more]\n"
        self._kept, self._dropped = bytearray(), 0
        return text

    def close(self) -> None:
        """Closes the pipe; a child that still prints gets SIGPIPE."""
        self._pipe.close()
