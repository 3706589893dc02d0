"""How a driver starts the processes of a handler: at once and ahead, or under a debugger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Words = tuple[str, ...]
# One of the kit's own clients asks for work 25 ms after its start, a binary within milliseconds, a
# JVM within seconds; a busy machine takes longer.
START_SECONDS = 60.0


def _as_it_is(command: Words) -> Words:
    return command


@dataclass(frozen=True, kw_only=True)
class Launch:
    """How it is done.

    ``command`` makes what is run of the command of each process, and is called when one is started.
    It has ``patience`` (seconds) until it asks for work. ``ahead``: the next one is started before
    it is needed. ``moves``: the bundle is in another directory after each deployment.
    """

    command: Callable[[Words], Words] = _as_it_is
    patience: float = START_SECONDS
    ahead: bool = True
    moves: bool = True


AT_ONCE = Launch()
