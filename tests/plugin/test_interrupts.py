"""Ctrl-C, and worse: the run ends as an interrupted one does, and nothing is left of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.plugin.provider_repo import BINDER, PATIENCE, PLAIN_PYTHON, ProviderRepo, environment

RUNS = {
    "pytest": ("pytest", "-p", "chaim_conformance"),
    "xdist": ("pytest", "-p", "chaim_conformance", "-n", "2"),
    "check": ("chaim_conformance.cli", "check"),
}
runs = pytest.mark.parametrize(
    "run", [pytest.param(one, marks=pytest.mark.night if one == "pytest" else ()) for one in RUNS]
)


@pytest.fixture
def hanging(repo: ProviderRepo) -> ProviderRepo:
    """A repository whose handler says that it began, and where the service is, and then hangs."""
    text = PLAIN_PYTHON.read_text(encoding="utf-8")
    place = '    request_type = event["RequestType"]\n'
    assert text.count(place) == 1
    hang = (
        f"    with open({os.fspath(repo.directory / 'began')!r}, 'a') as mark:\n"
        "        mark.write(os.environ['CHAIM_API_BASE_URL'] + '\\n')\n"
        "    import time; time.sleep(600)\n"
    )
    repo.write("main.py", text.replace(place, hang + place))
    return repo


@runs
def test_an_interrupt_leaves_nothing_behind(hanging: ProviderRepo, run: str) -> None:
    code, said = interrupted(hanging, RUNS[run], signal.SIGINT)
    assert code == 2, said
    assert "Traceback" not in said


@runs
def test_neither_does_one_during_a_synth(repo: ProviderRepo, run: str) -> None:
    mark = (
        f"    with open({os.fspath(repo.directory / 'began')!r}, 'a') as mark:\n"
        "        mark.write(os.environ['AWS_ENDPOINT_URL'] + '\\n')\n"
        "    import subprocess; subprocess.run(['sleep', '600'])\n"
    )
    repo.write_binder(("    planned, taken", f"{mark}    planned, taken"))
    repo.configure(f"binder = '{BINDER}'")
    code, said = interrupted(repo, RUNS[run], signal.SIGINT)
    assert code == 2, said
    assert "Traceback" not in said


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_neither_does_a_kill(hanging: ProviderRepo, sent: signal.Signals) -> None:
    code, _ = interrupted(hanging, RUNS["check"], sent)
    assert code == -sent


def interrupted(
    repo: ProviderRepo, command: tuple[str, ...], sent: signal.Signals
) -> tuple[int, str]:
    """Runs a command until the handler hangs, ends it, and looks for what it left."""
    temporary = repo.directory / "tmp"
    temporary.mkdir()
    began = repo.directory / "began"
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=repo.directory,
        env=environment() | {"TMPDIR": os.fspath(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        until(began.exists)
        assert processes_of(temporary)
        # A terminal sends it to the whole foreground group; a kill goes to one process.
        if sent == signal.SIGINT:
            os.killpg(process.pid, sent)
        else:
            process.send_signal(sent)
        said, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    until(lambda: not processes_of(temporary))
    until(lambda: not list(temporary.glob("chaim*")))
    for url in set(began.read_text(encoding="utf-8").split()):
        address = urlsplit(url)
        until(partial(is_refused, address.hostname, address.port))
    return process.returncode, said


def is_refused(host: str, port: int) -> bool:
    """Whether nobody listens there; another process may have been given the port meanwhile."""
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return True
    return False


def until(holds: object) -> None:
    """Waits until something holds."""
    assert callable(holds)
    end = time.monotonic() + PATIENCE / 2
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def processes_of(directory: Path) -> set[int]:
    """The processes that work in a directory or were told of it."""
    told = os.fsencode(directory)
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if told in (entry / "cmdline").read_bytes() or told in (entry / "environ").read_bytes():
                found.add(int(entry.name))
        except OSError:
            continue
    return found
