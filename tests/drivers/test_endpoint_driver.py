"""``http:``: what ``start`` brings up is waited for, invoked, and ended."""

from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path

import pytest

from chaim_conformance.drivers import may_be_doubled
from chaim_conformance.drivers.endpoint import read_reply
from chaim_conformance.errors import ProviderNotStartable
from tests.drivers.conftest import Driven, Workbench, wait_until_gone
from tests.drivers.programs import HANDLERS, PATH, PYTHON, copied

URL = f"http://127.0.0.1:{{port}}/{PATH}"
START = f"{PYTHON} serve.py {{port}} {{env_file}} {{bundle}} main"
HANDLER = """
import os, pathlib, sys, time

def handler(event, context):
    if "exit" in event:
        os._exit(3)
    if "raise" in event:
        raise ValueError(event["raise"])
    if "hang" in event:
        print("here")
        time.sleep(1000)
    snapshot = pathlib.Path("snapshot.json").read_text()
    told = os.environ.get("TELL")
    return {"pid": os.getpid(), "snapshot": snapshot, "told": told, "env_file": sys.argv[2]}
"""


@pytest.fixture
def driven(bench: Workbench) -> Driven:
    copied((HANDLERS / "endpoint-python/serve.py",), bench.folder)
    bench.write("main.py", HANDLER)
    return bench.drive(URL, start=START)


def test_each_deployment_and_each_cold_attempt_is_started_anew(driven: Driven) -> None:
    driven.deploy(b'{"n": 1}', {"TELL": "one = 1"})
    one = driven.value()
    assert driven.value() == one
    assert (one["snapshot"], one["told"]) == ('{"n": 1}', "one = 1")
    assert stat.S_IMODE(Path(one["env_file"]).stat().st_mode) == 0o600
    cold = driven.value(cold=True)
    assert cold["pid"] != one["pid"]
    wait_until_gone(one["pid"])
    driven.deploy(b'{"n": 2}', {"TELL": ""})
    two = driven.value()
    assert (two["snapshot"], two["told"]) == ('{"n": 2}', "")
    driven.driver.close()
    wait_until_gone(two["pid"])
    assert not Path(two["env_file"]).exists()


def test_a_line_break_is_broken_in_another_way(driven: Driven) -> None:
    driven.deploy(environment={"TELL": "a\nb", "LAST": "x"})
    assert driven.value()["told"] == "a\rb"


def test_an_error_a_crash_and_a_hang_are_outcomes(driven: Driven) -> None:
    raised = driven.invoke({"raise": "no"}).outcome
    assert (raised.kind, raised.error_type, raised.error_message) == ("raised", "ValueError", "no")
    crashed = driven.invoke({"exit": 3}).outcome
    assert (crashed.kind, crashed.error_type) == ("crashed", "Runtime.ExitError")
    hung = driven.invoke({"hang": 1}, timeout=5.0)
    assert (hung.outcome.kind, hung.stdout) == ("timed-out", "here\n")
    assert driven.value()["told"] is None


def test_a_start_command_that_does_not_come_up(bench: Workbench) -> None:
    bench.write("start", "#!/bin/sh\necho no image\nexit 125\n").chmod(0o755)
    driven = bench.drive(URL, start="./start {port} {bundle} {env_file}")
    with pytest.raises(ProviderNotStartable, match=r"(?s)exit code 125.*foreground.*no image"):
        driven.invoke()


def test_a_port_that_is_taken(bench: Workbench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/{PATH}"
        driven = bench.drive(url, start="true {bundle} {env_file}")
        with pytest.raises(ProviderNotStartable, match="something listens there already"):
            driven.invoke()


def test_at_a_port_of_its_own_nothing_is_reached_twice_at_once() -> None:
    assert may_be_doubled(URL)
    assert not may_be_doubled(f"http://127.0.0.1:8080/{PATH}")
    assert may_be_doubled("command:publish")


def test_the_start_command_has_the_authors_environment(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker's client needs its context; the function's own environment is in the file."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///somewhere")
    bench.write("start", '#!/bin/sh\necho "$DOCKER_HOST ${TELL-nothing}"\nexit 1\n').chmod(0o755)
    driven = bench.drive(URL, start="./start {port} {bundle} {env_file}")
    driven.deploy(environment={"TELL": "secret"})
    with pytest.raises(ProviderNotStartable, match="unix:///somewhere nothing"):
        driven.invoke()
    assert "TELL" not in os.environ


REPLIES = {
    (200, b'{"Data": {}}'): ("returned", ""),
    (200, b"null"): ("returned", ""),
    (200, b'{"errorType": "E", "errorMessage": "no", "trace": ["a", "b"]}'): ("raised", "no"),
    (200, b'{"errorType": "Runtime.ExitError", "errorMessage": "ended"}'): ("crashed", "ended"),
    (200, b"Task timed out after 3.00 seconds"): ("timed-out", "Task timed out"),
    (502, b"bad gateway"): ("crashed", "status 502: bad gateway"),
}


@pytest.mark.parametrize(("status", "body"), REPLIES)
def test_what_a_reply_says(status: int, body: bytes) -> None:
    kind, message = REPLIES[status, body]
    outcome = read_reply(URL, status, body, seconds=0.0)
    assert outcome.kind == kind
    assert message in outcome.error_message
    if kind == "returned":
        assert json.loads(outcome.payload or "") == json.loads(body)


def test_a_reply_from_another_kind_of_server() -> None:
    with pytest.raises(ProviderNotStartable, match="status 404"):
        read_reply(URL, 404, b"not found", seconds=0.0)
