"""A port for a program that will listen there in a moment."""

from __future__ import annotations

import socket

import pytest

from chaim_conformance.drivers import ports


def test_a_port_that_the_system_gives_to_nobody_who_asks_for_any() -> None:
    port = ports.unused_port()
    assert port < 32_768
    assert ports.is_free(port)
    given = []
    for _ in range(50):
        with socket.create_server((ports.HOST, 0)) as server:
            given.append(server.getsockname()[1])
    assert min(given) >= 32_768


def test_one_that_is_taken_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((ports.HOST, ports.unused_port())) as server:
        taken = server.getsockname()[1]
        assert not ports.is_free(taken)
        free = ports.unused_port()
        offered = iter([taken - ports.LOWEST, free - ports.LOWEST])
        monkeypatch.setattr("secrets.randbelow", lambda below: next(offered))
        assert ports.unused_port() == free


def test_where_all_of_them_are_taken_any_has_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((ports.HOST, ports.unused_port())) as server:
        taken = server.getsockname()[1]
        monkeypatch.setattr("secrets.randbelow", lambda below: taken - ports.LOWEST)
        assert ports.is_free(ports.unused_port())
