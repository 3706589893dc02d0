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

_came: list[int] = []


def _interrupt(number: int, frame: FrameType | None) -> None:
    _came.append(number)
    raise KeyboardInterrupt


def _check() -> None:
    if _came:
        raise KeyboardInterrupt


@contextmanager
def remembered() -> Iterator[Callable[[], None]]:
    """Gives a function that raises :class:`KeyboardInterrupt` once there was one.

    Leaves signals alone where somebody else has a handler for them, and outside the main thread.
    Used within itself, the outermost one sets the handler.
    """
    mine = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if mine:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        yield _check
    finally:
        if mine:
            _came.clear()
        if mine and signal.getsignal(signal.SIGINT) is _interrupt:
            signal.signal(signal.SIGINT, signal.default_int_handler)
