"""A Ctrl-C that is not lost, wherever it lands.

Python swallows what is raised inside a callback of its garbage collector, and Hypothesis has one
there. So an interrupt is remembered as well as raised, and asked for before each scenario.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def remembered() -> Iterator[Callable[[], None]]:
    """Gives a function that raises :class:`KeyboardInterrupt` once there was one.

    Leaves signals alone where somebody else has a handler for them, and outside the main thread.
    """
    came: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    def check() -> None:
        if came:
            raise KeyboardInterrupt

    mine = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if mine:
        signal.signal(signal.SIGINT, interrupt)
    try:
        yield check
    finally:
        if mine and signal.getsignal(signal.SIGINT) is interrupt:
            signal.signal(signal.SIGINT, signal.default_int_handler)
