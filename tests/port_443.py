"""Port 443, for the tests that need it where the system gives it."""

from __future__ import annotations

import socket

import pytest

from chaim_conformance.plane.server import HTTPS_PORT, listen_on_loopback


def at_443() -> socket.socket:
    """A socket that listens there, on some loopback address; without one the test is skipped."""
    try:
        return listen_on_loopback(HTTPS_PORT)
    except OSError as error:
        pytest.skip(f"port {HTTPS_PORT} cannot be had here: {error}")
