"""A port for a program that is told where to listen, and gets there a moment later."""

from __future__ import annotations

import secrets
import socket

HOST = "127.0.0.1"
# Whoever asks a system for any port is given a higher one (from 32,768 on under Linux, 49,152
# elsewhere), so nobody is given one of these before the program has started.
LOWEST, HIGHEST = 10_000, 32_000
_TRIES = 200


def is_free(port: int, *, host: str = HOST) -> bool:
    """Whether one could listen there now."""
    try:
        socket.create_server((host, port)).close()
    except OSError:
        return False
    return True


def unused_port(*, host: str = HOST) -> int:
    """A port where nobody listens, and that the system gives to nobody."""
    # Not of ``random``: Hypothesis seeds it, and workers of one run would choose alike.
    for _ in range(_TRIES):
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        if is_free(port, host=host):
            return port
    with socket.create_server((host, 0)) as server:
        return int(server.getsockname()[1])
