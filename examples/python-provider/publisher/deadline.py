"""Keeps whatever waits for others within the function's own time (H56)."""

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from trouble import Trouble

T = TypeVar("T")


class Deadline:
    """A moment, ``seconds`` from now, after which nothing is waited for any more."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then, never none at all: clients take 0 for "for ever"."""
        return max(0.001, self._end - time.monotonic())

    def bound(self, step: str, work: Callable[[], T]) -> T:
        """What ``work`` returns or raises, or Trouble when the time is up before.

        A socket's own timeout is none for an exchange: every byte that drips in starts it anew.
        """
        results: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

        def run() -> None:
            try:
                results.put((True, work()))
            except Exception as error:
                results.put((False, error))

        # A daemon, so that a thread which still waits does not keep the process from ending.
        threading.Thread(target=run, daemon=True).start()
        try:
            returned, result = results.get(timeout=self.left)
        except Empty:
            raise Trouble(f"{step}: no answer in time") from None
        if returned:
            return result
        raise result
