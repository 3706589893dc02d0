"""How a handler is started for a debugger: which command, at which port."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from chaim_conformance.drivers.debugger import USUAL_PORTS, Debugger, find_debugger
from chaim_conformance.drivers.ports import unused_port
from chaim_conformance.errors import UsageError

HANDLER = ("/opt/a b", "x")


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A socket that listens at what is Node's usual port for this test."""
    with socket.create_server(("127.0.0.1", unused_port())) as listening:
        monkeypatch.setitem(USUAL_PORTS, "node", listening.getsockname()[1])
        yield listening


def test_the_usual_port_where_it_is_free(port: socket.socket) -> None:
    port.close()
    assert find_debugger("node", own=None, port=None).port == USUAL_PORTS["node"]


def test_another_where_it_is_taken(port: socket.socket) -> None:
    assert find_debugger("node", own=None, port=None).port != USUAL_PORTS["node"]


def test_a_port_that_was_asked_for_has_to_be_free(port: socket.socket) -> None:
    taken = USUAL_PORTS["node"]
    with pytest.raises(UsageError, match=rf"--port {taken}: it is not free"):
        find_debugger("node", own=None, port=taken)
    with pytest.raises(UsageError, match="--port 70000"):
        find_debugger("node", own=None, port=70_000)


def test_the_commands() -> None:
    node = Debugger(kind="node", port=7).command(("node", "client.mjs"))
    assert node == ("node", "--inspect-brk=127.0.0.1:7", "client.mjs")
    python = Debugger(kind="python", port=7).command(("python", "-u", "client.py"))
    assert python[:2] == ("python", "-u")
    assert python[-6:] == (
        "-m",
        "debugpy",
        "--listen",
        "127.0.0.1:7",
        "--wait-for-client",
        "client.py",
    )


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ("env -i {command} --more", ("env", "-i", *HANDLER, "--more")),
        ("env P={port} {command}", ("env", "P=7", *HANDLER)),
        ("env sh -c '{command} >log'", ("env", "sh", "-c", "'/opt/a b' x >log")),
        ("{command} -d", (*HANDLER, "-d")),
    ],
)
def test_ones_own_command(own: str, words: tuple[str, ...]) -> None:
    found = find_debugger("runtime", own=own, port=None)
    assert Debugger(kind="own", port=7, own=found.own).command(HANDLER) == words
