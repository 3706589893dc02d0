"""What time it is, and how long there is still time."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from trouble import Trouble

MOST_SECONDS = 60.0  # nobody should watch an update hang for longer
T = TypeVar("T")


def now() -> str:
    """The time in ISO 8601, with its zone."""
    return datetime.now(UTC).isoformat()


class Deadline:
    """When the answer has to be there: at a moment in milliseconds since 1970, less a fifth."""

    def __init__(self, moment_ms: float) -> None:
        seconds = (moment_ms / 1000 - time.time()) * 0.8
        self._end = time.monotonic() + min(seconds, MOST_SECONDS)

    @property
    def left(self) -> float:
        """Seconds until then; a little at least, as 0 would mean for ever to a socket."""
        return max(0.01, self._end - time.monotonic())

    def keep(self, step: str, work: Callable[[], T]) -> T:
        """What the work returns or raises; Trouble where it takes too long.

        A socket's timeout would begin anew with each byte that drips in.
        """
        done: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

        def run() -> None:
            try:
                done.put((True, work()))
            except Exception as error:
                done.put((False, error))

        threading.Thread(target=run, daemon=True).start()
        try:
            returned, result = done.get(timeout=self.left)
        except Empty:
            raise Trouble(f"{step}: no answer in time") from None
        if not returned:
            raise result
        found: T = result
        return found
