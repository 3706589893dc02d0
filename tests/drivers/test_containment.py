"""What a handler cannot do to the machine, and what is said where it could."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chaim_conformance.drivers import open_enclosure
from chaim_conformance.drivers.enclosure import Namespace, NowhereByProxy, Outside, Unavailable
from chaim_conformance.drivers.limits import COUNTS_PROCESSES, Limits
from chaim_conformance.errors import HarnessError, ProviderNotStartable
from chaim_conformance.plane import Plane, PlaneServer
from tests.drivers.conftest import PATIENCE, Workbench, wait_until_gone
from tests.drivers.programs import HANDLERS, PATH, PYTHON, copied

needs_proc = pytest.mark.skipif(not COUNTS_PROCESSES, reason="this system has no /proc")

# Tries what the event names, and tells what came of it.
PYTHON_CALLER = """
import os, socket
def handler(event, context):
    try:
        socket.create_connection((event["host"], event["port"]), timeout=20).close()
    except OSError as error:
        return type(error).__name__
    return "connected"
"""
NODE_CALLER = """
const net = require('net');
exports.handler = async ({ host, port }) => new Promise((done) => {
  const socket = net.connect({ host, port });
  socket.on('connect', () => { socket.destroy(); done('connected'); });
  socket.on('error', (error) => done(error.code));
});
"""
# A daemon as in the book: no parent, a session of its own.
DAEMON = '''
import os, subprocess, sys
code = """
import os, time
if os.fork():
    os._exit(0)
os.setsid()
print(os.getpid(), flush=True)
os.close(1)
time.sleep(600)
"""
def handler(event, context):
    environment = os.environ if event["told"] else {}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, check=True
    )
    return int(done.stdout)
'''


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    """A network namespace, where the system gives one."""
    try:
        opened = Namespace()
    except Unavailable as reason:
        pytest.skip(f"no network namespace: {reason}")
    with closing(opened):
        yield opened


@pytest.fixture
def outside() -> Iterator[int]:
    """A port on which this process listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


# The network


@pytest.mark.parametrize("language", ["node", "python"])
def test_an_enclosed_handler_reaches_the_kits_own_servers_and_nothing_else(
    bench: Workbench, namespace: Namespace, outside: int, language: str
) -> None:
    if language == "node":
        bench.write("index.js", NODE_CALLER)
    else:
        bench.write("main.py", PYTHON_CALLER)
    locator = "node:index.js" if language == "node" else "python:main.py"
    driven = bench.open(locator, enclosure=namespace)
    with namespace.listen() as inside:
        port = inside.getsockname()[1]
        assert driven.value({"host": "127.0.0.1", "port": port}) == "connected"
    assert driven.value({"host": "127.0.0.1", "port": outside}) in (
        "ConnectionRefusedError",
        "ECONNREFUSED",
    )
    for elsewhere in ("192.0.2.1", "2001:db8::1", "chaim.invalid"):
        assert driven.value({"host": elsewhere, "port": 443}) != "connected"


COMMAND_CALLER = """
import json, main
print(json.dumps({"status": "FAILED", "reason": main.handler(json.load(open("target")), None)}))
"""


def test_an_enclosed_program_or_command_reaches_nothing_else_either(
    bench: Workbench, namespace: Namespace, outside: int
) -> None:
    copied((HANDLERS / "runtime-python/bootstrap.py",), bench.folder)
    bench.write("main.py", PYTHON_CALLER)
    bench.write("command.py", COMMAND_CALLER)
    there = {"host": "127.0.0.1", "port": outside}
    bench.write("target", json.dumps(there))
    program = bench.drive(f"runtime:{PYTHON} bootstrap.py main.handler", enclosure=namespace)
    assert program.value(there) == "ConnectionRefusedError"
    command = bench.drive(f"command:{PYTHON} command.py", enclosure=namespace)
    answer = command.value({"RequestType": "Create", "RequestId": "1"})
    assert answer["reason"] == "ConnectionRefusedError"


@pytest.mark.parametrize("kind", ["runtime", "command"])
@pytest.mark.parametrize("text", ["#!/no/such/interpreter\n", "exit 0\n"])
def test_what_cannot_be_run_is_refused_inside_as_outside(
    bench: Workbench, namespace: Namespace, kind: str, text: str
) -> None:
    bench.write("publish", text).chmod(0o755)
    driven = bench.drive(f"{kind}:./publish", enclosure=namespace)
    with pytest.raises(ProviderNotStartable, match="cannot be run"):
        driven.invoke({"RequestType": "Create", "RequestId": "1"})


def test_an_endpoint_is_never_in_a_namespace_for_the_kit_calls_it(bench: Workbench) -> None:
    with closing(open_enclosure("auto", serves_the_kit=True)) as enclosure:
        assert isinstance(enclosure, NowhereByProxy)
        assert "an endpoint has to be reached from outside" in enclosure.lacking[0]
        copied((HANDLERS / "endpoint-python/serve.py",), bench.folder)
        bench.write("main.py", "import os\ndef handler(e, c): return os.environ['HTTP_PROXY']")
        url = f"http://127.0.0.1:{{port}}/{PATH}"
        start = f"{PYTHON} serve.py {{port}} {{env_file}} {{bundle}} main"
        driven = bench.drive(url, start=start, enclosure=enclosure)
        assert driven.value() == enclosure.environment["HTTP_PROXY"]


def test_the_same_handler_reaches_it_when_it_is_not_enclosed(
    bench: Workbench, outside: int
) -> None:
    driven = bench.python(PYTHON_CALLER)
    assert driven.value({"host": "127.0.0.1", "port": outside}) == "connected"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_plane_in_the_namespace_serves_those_inside(namespace: Namespace, scheme: str) -> None:
    fetch = "import ssl,sys,urllib.request as r\n" + (
        "context = ssl.create_default_context(cafile=sys.argv[2])"
        if scheme == "https"
        else "context = None"
    )
    fetch += (
        "\ntry: r.urlopen(sys.argv[1], timeout=30, context=context)"
        "\nexcept r.HTTPError as error: print(error.code)"
    )
    with PlaneServer(Plane(), scheme=scheme, listen=namespace.listen) as server:  # type: ignore[arg-type]
        arguments = (fetch, server.api_url + "/nothing-here", str(server.ca_file))
        done = subprocess.run(
            namespace.command((sys.executable, "-c", *arguments)),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.stdout.strip() == "404", done.stderr
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(server.api_url, timeout=PATIENCE)


def test_what_runs_inside_is_the_same_process_under_the_same_name(
    bench: Workbench, namespace: Namespace
) -> None:
    """So that signals, the process group and who owns a file are what they were."""
    bench.write(
        "main.py",
        "import os\ndef handler(e, c): return [os.getpgrp() == os.getpid(), os.getuid()]",
    )
    driven = bench.open("python:main.py", enclosure=namespace)
    for cold in (False, True, True):
        assert driven.value(cold=cold) == [True, os.getuid()]


def test_a_port_can_be_chosen_even_a_privileged_one(namespace: Namespace) -> None:
    with namespace.listen(443) as listening:
        assert listening.getsockname() == ("127.0.0.1", 443)
        with pytest.raises(HarnessError, match=r"port 443 .*: Address already in use"):
            namespace.listen(443)


def test_a_holder_that_was_killed_is_trouble_of_the_kits(namespace: Namespace) -> None:
    holder = namespace.holder
    os.kill(holder, signal.SIGKILL)
    wait_until_gone(holder)
    with pytest.raises(HarnessError, match="network namespace"):
        namespace.listen()


# Where there is no namespace


def test_without_nsenter_proxies_lead_nowhere(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, outside: int
) -> None:
    bench.write(
        "main.py",
        """
        import urllib.request
        def fetch(url):
            try:
                urllib.request.urlopen(url, timeout=20)
            except OSError as error:
                return str(error)
            except ValueError:
                return "connected"
        def handler(event, context):
            return [fetch("http://192.0.2.1/"), fetch("https://192.0.2.1/")]
        """,
    )
    monkeypatch.setattr(shutil, "which", lambda name: None)
    enclosure = open_enclosure("auto")
    with closing(enclosure):
        assert isinstance(enclosure, NowhereByProxy)
        assert enclosure.lacking[0].startswith("network: not contained (")
        assert enclosure.lacking[0].endswith("); proxies lead nowhere instead")
        assert enclosure.environment["no_proxy"] == "127.0.0.1,localhost"
        monkeypatch.undo()
        driven = bench.open("python:main.py", enclosure=enclosure)
        for said in driven.value():
            assert "refused" in said


def test_a_system_that_forbids_namespaces_is_told_by_its_own_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    holder = tmp_path / "holder.py"
    holder.write_text(
        "import socket, sys\n"
        "socket.socket(fileno=int(sys.argv[1])).send(b'no unshare: Operation not permitted')\n"
    )
    monkeypatch.setattr("chaim_conformance.drivers.enclosure._HOLDER", holder)
    monkeypatch.setattr("chaim_conformance.drivers.enclosure._nsenter", lambda: "nsenter")
    with closing(open_enclosure("auto")) as enclosure:
        assert "(unshare: Operation not permitted)" in enclosure.lacking[0]


def test_switched_off_nothing_is_contained() -> None:
    enclosure = open_enclosure("off")
    assert (enclosure.limits, enclosure.contained, enclosure.environment) == (None, (), {})


# Disk and processes


def test_a_handler_that_writes_without_end_is_killed(bench: Workbench) -> None:
    bench.write(
        "main.py",
        """
        import itertools, os, tempfile, time
        def handler(event, context):
            if event:
                return "well"
            for number in range(2_000):
                with open(os.path.join(tempfile.gettempdir(), str(number)), "wb") as file:
                    file.write(bytes(10_000))
            time.sleep(600)
        """,
    )
    driven = bench.open("python:main.py", enclosure=Outside(limits=Limits(most_bytes=5_000_000)))
    outcome = driven.invoke().outcome
    assert (outcome.kind, outcome.error_type) == ("crashed", "Sandbox.LimitExceeded")
    assert "its files take more than 5,000,000 bytes" in outcome.error_message
    assert driven.value({"well": True}) == "well"


def test_one_who_writes_after_the_answer_is_killed_too(bench: Workbench) -> None:
    bench.write(
        "index.js",
        """
        const fs = require('fs'), os = require('os'), path = require('path');
        let answered = false; // only the first is: the second may come before the timer does
        exports.handler = (event, context, callback) => {
          if (answered) return;
          answered = true;
          context.callbackWaitsForEmptyEventLoop = false;
          setTimeout(() => {
            for (let i = 0; ; i += 1)
              if (i < 2000) fs.writeFileSync(path.join(os.tmpdir(), `${i}`), Buffer.alloc(10_000));
          }, 1);
          callback(null, 'well');
        };
        """,
    )
    driven = bench.open("node:index.js", enclosure=Outside(limits=Limits(most_bytes=5_000_000)))
    assert driven.value() == "well"
    assert "its files take more than" in driven.invoke().outcome.error_message


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="this system has no prlimit")
def test_the_system_itself_bounds_a_file_and_dumps_no_core(bench: Workbench) -> None:
    driven = bench.python(
        """
        import resource
        def handler(event, context):
            return [resource.getrlimit(r) for r in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE)]
        """
    )
    assert driven.value() == [[0, 0], [10**9, 10**9]]


@needs_proc
def test_a_handler_that_forks_without_end_is_killed_with_all_that_it_started(
    bench: Workbench,
) -> None:
    pids = bench.write("pids", "")
    bench.write(
        "main.py",
        f"""
        import subprocess, time
        def handler(event, context):
            with open({str(pids)!r}, "a") as file:
                for number in range(40):
                    new = number % 2 == 0
                    child = subprocess.Popen(["sleep", "600"], start_new_session=new)
                    print(child.pid, file=file, flush=True)
            time.sleep(600)
        """,
    )
    driven = bench.open("python:main.py", enclosure=Outside(limits=Limits(most_processes=20)))
    outcome = driven.invoke().outcome
    assert (outcome.kind, outcome.error_type) == ("crashed", "Sandbox.LimitExceeded")
    assert "it has more than 20 processes" in outcome.error_message
    started = pids.read_text(encoding="utf-8").split()
    # It may have been looked at, and ended, before it was through, and before it noted the last.
    assert len(started) >= 19
    for pid in started:
        wait_until_gone(int(pid))


# Into the bundle's folder, in which each of them works.
WRITER = """
import time
for number in range(1_000):
    with open(str(number), "wb") as file:
        file.write(bytes(10_000))
time.sleep(600)
"""


def test_programs_endpoints_and_commands_are_held_to_the_same_limits(bench: Workbench) -> None:
    for file in ("runtime-python/bootstrap.py", "endpoint-python/serve.py"):
        copied((HANDLERS / file,), bench.folder)
    bench.write("main.py", f"def handler(event, context):\n    exec({WRITER!r})")
    bench.write("command.py", WRITER)
    limited = Outside(limits=Limits(most_bytes=5_000_000))
    for locator, start in (
        (f"runtime:{PYTHON} bootstrap.py main.handler", None),
        (f"command:{PYTHON} command.py", None),
        (
            f"http://127.0.0.1:{{port}}/{PATH}",
            f"{PYTHON} serve.py {{port}} {{env_file}} {{bundle}} main",
        ),
    ):
        driven = bench.drive(locator, start=start, enclosure=limited)
        outcome = driven.invoke({"RequestType": "Create", "RequestId": "1"}).outcome
        assert (outcome.kind, outcome.error_type) == ("crashed", "Sandbox.LimitExceeded"), locator
        assert "its files take more than 5,000,000 bytes" in outcome.error_message


@needs_proc
def test_a_daemon_ends_with_the_process_that_started_it(bench: Workbench) -> None:
    driven = bench.python(DAEMON)
    daemon = driven.value({"told": True})
    os.kill(daemon, 0)
    driven.value({"told": True}, cold=True)
    wait_until_gone(daemon)


def test_one_that_forgot_its_environment_ends_with_the_namespace(
    bench: Workbench, namespace: Namespace
) -> None:
    bench.write("main.py", DAEMON)
    driven = bench.open("python:main.py", enclosure=namespace)
    daemon = driven.value({"told": False})
    driven.driver.close()
    os.kill(daemon, 0)
    namespace.close()
    wait_until_gone(daemon)


KIT = """
import sys, time
from pathlib import Path
from chaim_conformance.drivers import Deployment
from chaim_conformance.drivers.enclosure import Namespace, Outside
from chaim_conformance.drivers.lambda_driver import LambdaDriver
from chaim_conformance.drivers.locator import find_program

enclosure = Namespace() if sys.argv[2] == "enclosed" else Outside()
program = find_program("python:main.py", root=Path(sys.argv[1]), bundle=None)
driver = LambdaDriver(program, enclosure=enclosure)
driver.deploy(Deployment(snapshot=None, environment={}))
event = {"told": sys.argv[2] != "enclosed"}
done = driver.invoke(event, request_id="1", cold=False, timeout=30)
holder = enclosure.holder if sys.argv[2] == "enclosed" else 0
print([holder, int(done.outcome.payload)], flush=True)
time.sleep(1000)
"""


@needs_proc
@pytest.mark.parametrize("where", ["enclosed", "outside"])
def test_a_kit_that_is_killed_leaves_no_daemon_and_no_holder(
    bench: Workbench, request: pytest.FixtureRequest, where: str
) -> None:
    if where == "enclosed":
        request.getfixturevalue("namespace")  # skips where there is none
    bench.write("main.py", DAEMON)
    with subprocess.Popen(
        [sys.executable, "-c", KIT, str(bench.folder), where],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as kit:
        try:
            assert kit.stdout is not None
            holder, daemon = json.loads(kit.stdout.readline())
            os.kill(daemon, 0)
        finally:
            kit.kill()
            kit.wait(PATIENCE)
    wait_until_gone(daemon)
    if holder:
        wait_until_gone(holder)
