"""Whatever a handler does becomes an outcome, and the next attempt finds everything in order."""

from __future__ import annotations

import pytest

from chaim_conformance.drivers.captured_output import KEPT
from tests.drivers.conftest import Workbench, wait_until_gone

# For handlers that never answer; what is said before has to come within it, on a busy machine too.
BRIEF = 5.0

CRASHES = {
    "node exit": ("node", "exports.handler = () => { process.exit(3); };", "exit status 3"),
    "node exit 0": ("node", "exports.handler = () => { process.exit(); };", "without providing"),
    "node abort": ("node", "exports.handler = () => { process.kill(process.pid, 9); };", "SIGKILL"),
    "node exit at import": ("node", "process.exit(4);", "exit status 4"),
    "python exit": ("python", "import sys\ndef handler(e, c): sys.exit(3)", "exit status 3"),
    "python exit at import": ("python", "raise SystemExit(4)", "exit status 4"),
    "python interrupt": ("python", "def handler(e, c): raise KeyboardInterrupt", "SIGINT"),
    "python kill": ("python", "import os\ndef handler(e, c): os.abort()", "SIGABRT"),
}


@pytest.mark.parametrize("name", CRASHES)
def test_a_crash_is_an_outcome(bench: Workbench, name: str) -> None:
    language, text, message = CRASHES[name]
    driven = bench.node(text) if language == "node" else bench.python(text)
    for _ in range(2):
        outcome = driven.invoke().outcome
        assert (outcome.kind, outcome.error_type) == ("crashed", "Runtime.ExitError")
        assert message in outcome.error_message


HANGS = {
    "node loop": ("node", "exports.handler = () => { console.log('here'); for (;;) {} };"),
    "node timer": (
        "node",
        "exports.handler = () => new Promise((r) => { console.log('here'); setTimeout(r, 1e6); });",
    ),
    "python loop": ("python", "def handler(e, c):\n    print('here')\n    while True: pass"),
    "python sleep": ("python", "import time\ndef handler(e, c): print('here'), time.sleep(999)"),
}


# A loop takes a core for as long as it lasts.
@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=pytest.mark.night if one == "python loop" else ()) for one in HANGS],
)
def test_a_hang_is_an_outcome_and_what_was_printed_is_kept(bench: Workbench, name: str) -> None:
    language, text = HANGS[name]
    driven = bench.node(text) if language == "node" else bench.python(text)
    invocation = driven.invoke(timeout=BRIEF)
    outcome = invocation.outcome
    assert (outcome.kind, outcome.error_type) == ("timed-out", "Sandbox.Timedout")
    assert "Task timed out after 5.00 seconds" in outcome.error_message
    assert invocation.stdout == "here\n"


@pytest.mark.night
def test_a_handler_that_keeps_its_process_busy_after_its_answer(bench: Workbench) -> None:
    """The next attempt times out, as on Lambda; the one after it has a new process."""
    driven = bench.node(
        """
        const { Socket } = require('net');
        const write = Socket.prototype.write;
        let n = 0;
        exports.handler = async (event) => {
          Socket.prototype.write = function (data, ...rest) {
            while (event.spin && String(data).includes('/invocation/next')) {}
            return write.call(this, data, ...rest);
          };
          return ++n;
        };
        """
    )
    assert driven.value({"spin": True}) == 1
    assert driven.invoke(timeout=BRIEF).outcome.kind == "timed-out"
    assert driven.value({"spin": True}) == 1
    driven.deploy()
    assert driven.value() == 1


def test_after_a_crash_the_same_bundle_is_loaded_again(bench: Workbench) -> None:
    driven = bench.python(
        """
        import json, os
        n = 0
        def handler(event, context):
            global n
            n += 1
            if event.get("die"):
                os._exit(1)
            return [n, json.load(open("snapshot.json"))["n"]]
        """
    )
    driven.deploy(b'{"n": 5}')
    assert [driven.value(), driven.value()] == [[1, 5], [2, 5]]
    assert driven.invoke({"die": True}).outcome.kind == "crashed"
    assert driven.value() == [1, 5]


def test_output_belongs_to_its_attempt(bench: Workbench) -> None:
    driven = bench.node(
        "exports.handler = async (e) => { console.log('out', e.n); console.error('err', e.n); };"
    )
    for n in (1, 2):
        invocation = driven.invoke({"n": n})
        assert (invocation.stdout, invocation.stderr) == (f"out {n}\n", f"err {n}\n")


@pytest.mark.parametrize("language", ["node", "python"])
def test_megabytes_are_cut_and_said_to_be(bench: Workbench, language: str) -> None:
    if language == "node":
        driven = bench.node("exports.handler = () => { console.log('x'.repeat(3e6)); };")
    else:
        driven = bench.python("def handler(e, c): print('x' * 3_000_000)")
    for _ in range(2):
        invocation = driven.invoke()
        assert invocation.outcome.kind == "returned"
        assert len(invocation.stdout) < KEPT + 100
        assert f"cut by the kit: {3_000_001 - KEPT} bytes more" in invocation.stdout


@pytest.mark.night
def test_printing_without_end_is_a_timeout(bench: Workbench) -> None:
    driven = bench.python(
        "import os\ndef handler(e, c):\n    while True: os.write(1, b'x' * 65536)"
    )
    invocation = driven.invoke(timeout=BRIEF)
    assert invocation.outcome.kind == "timed-out"
    assert len(invocation.stdout) < KEPT + 100


def test_binary_output_is_shown_escaped(bench: Workbench) -> None:
    driven = bench.python("import os\ndef handler(e, c): os.write(1, bytes([0, 255, 254, 10]))")
    invocation = driven.invoke()
    assert invocation.outcome.kind == "returned"
    assert invocation.stdout == "\x00\\xff\\xfe\n"


@pytest.mark.parametrize("language", ["node", "python"])
def test_closed_streams_do_no_harm(bench: Workbench, language: str) -> None:
    if language == "node":
        driven = bench.node("exports.handler = async () => { require('fs').closeSync(1); };")
    else:
        driven = bench.python("import sys\ndef handler(e, c): sys.stdout.close()")
    assert driven.invoke().outcome.kind == "returned"
    driven.deploy()
    assert driven.invoke().outcome.kind == "returned"


@pytest.mark.parametrize("language", ["node", "python"])
def test_an_answer_over_six_megabytes(bench: Workbench, language: str) -> None:
    if language == "node":
        driven = bench.node("exports.handler = async (e) => 'x'.repeat(e.n);")
    else:
        driven = bench.python("def handler(e, c): return 'x' * e['n']")
    outcome = driven.invoke({"n": 6_291_555}).outcome
    assert (outcome.kind, outcome.error_type) == ("raised", "Function.ResponseSizeTooLarge")
    assert len(driven.value({"n": 6_291_554})) == 6_291_554


def test_answers_of_every_json_form(bench: Workbench) -> None:
    driven = bench.python("import json\ndef handler(e, c): return json.loads(e['json'])")
    texts = ["null", "0", '""', "[]", '{"a": "\\u00e9\\ud83d\\ude00"}', '"\\ud800"', "1e400"]
    for text in texts:
        assert driven.invoke({"json": text}).outcome.kind == "returned"


def test_a_handler_that_talks_to_the_runtime_api_itself(bench: Workbench) -> None:
    """Garbage on the kit's port is refused, and the attempt goes on."""
    driven = bench.python(
        """
        import os, socket
        def handler(event, context):
            host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
            with socket.create_connection((host, int(port))) as s:
                s.sendall(b"\\x00\\xffgarbage\\r\\n\\r\\n")
                return s.recv(12).decode()
        """
    )
    assert driven.value() == "HTTP/1.1 400"


def test_a_grandchild_ends_with_its_attempts_process(bench: Workbench) -> None:
    driven = bench.python(
        """
        import subprocess
        def handler(event, context):
            return subprocess.Popen(["sleep", "1000"]).pid
        """
    )
    pid = driven.value()
    driven.driver.close()
    wait_until_gone(pid)
