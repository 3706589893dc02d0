"""A PostgreSQL of these tests' own, which dies with them; the example's folder, to import from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parents[1]
sys.path.insert(0, str(HERE))

SECONDS = 60
WANTED = "PostgreSQL is not here; on Debian: apt-get install postgresql"
# The server refuses to be root's.
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


def _programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres``; Debian keeps it off PATH."""
    on_path = shutil.which("postgres")
    found = [Path(on_path).parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((one for one in found if (one / "initdb").exists()), None)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """How to connect to a server on a socket in a folder of its own."""
    psycopg = pytest.importorskip("psycopg", reason="needs psycopg: pip install 'psycopg[binary]'")
    programs = _programs()
    if programs is None or shutil.which("setpriv") is None:
        pytest.skip(WANTED)
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path is short
    user = NOBODY if os.geteuid() == 0 else ()
    if user:
        os.chown(folder, 65534, 65534)
    try:
        subprocess.run(
            [
                *(*user, programs / "initdb", "--pgdata", folder / "data", "--no-sync"),
                *("--auth", "trust", "--username", "postgres", "--encoding", "UTF8"),
            ],
            check=True,
            timeout=SECONDS,
            capture_output=True,
            cwd=folder,
        )
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": folder,
            "fsync": "off",
            "default_transaction_isolation": "serializable",
            "max_connections": 50,
        }
        process = subprocess.Popen(
            [
                *("setpriv", *user[1:], "--pdeathsig", "KILL"),
                *(programs / "postgres", "-D", folder / "data"),
                *(word for key, value in settings.items() for word in ("-c", f"{key}={value}")),
            ],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            about = f"host={folder} user=postgres dbname=postgres"
            _wait_for(lambda: psycopg.connect(about).close(), process)
            yield about
        finally:
            process.terminate()
            try:
                process.wait(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(connect: Callable[[], Any], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return connect()
        except Exception:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
        time.sleep(0.05)
