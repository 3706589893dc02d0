"""What ``chaim-conformance serve`` says where it cannot serve, and its help."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.provider_repo import environment
from tests.sandbox.client import PATIENCE


def refused(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "chaim_conformance.cli", "serve", *arguments],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (4, "")
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("option", ["--port", "--page-port"])
def test_a_port_in_use_is_named(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(option, str(port))
    assert f"serve: {option} {port}: this port cannot be had" in said
    assert f"leave {option} out" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--host", "0.0.0.0"), "--host 0.0.0.0: expected an address of this machine itself"),
        (("--host", "example.com"), "--host example.com"),
        (("--port", "70000"), "expected a port, 0 to 65535"),
        (("--fault", "presign"), "as in presign=503,ok"),
        (("--fault", "disk=503"), "'disk' is no endpoint"),
        (("--script", "missing.json"), "--script missing.json: cannot be read"),
        (("--script", os.fspath(Path(__file__))), "not JSON"),
    ],
)
def test_what_cannot_be_served_is_said(arguments: tuple[str, ...], words: str) -> None:
    assert words in refused(*arguments)


def test_its_help_fits_a_screen_and_has_an_example() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chaim_conformance.cli", "serve", "--help"],
        env=environment() | {"COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert len(done.stdout.splitlines()) <= 24
    assert "example: chaim-conformance serve " in done.stdout
