"""Warm, cold and new: which process serves an attempt, and what is left when all is over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.drivers.conftest import PATIENCE, Workbench, wait_for_state, wait_until_gone

NODE = """
const fs = require('fs'), os = require('os'), path = require('path');
const mark = path.join(os.tmpdir(), 'mark');
exports.handler = async () => {
  const found = fs.existsSync(mark);
  fs.mkdirSync(path.join(os.tmpdir(), 'folder'), { recursive: true });
  fs.writeFileSync(mark, 'x');
  return [process.pid, found];
};
"""
PYTHON = """
import os, pathlib, tempfile
def handler(event, context):
    mark = pathlib.Path(tempfile.gettempdir(), "mark")
    found = mark.exists()
    (mark.parent / "folder").mkdir(exist_ok=True)
    mark.write_text("x")
    return [os.getpid(), found]
"""


@pytest.mark.parametrize("language", ["node", "python"])
def test_cold_is_a_new_process_with_an_empty_temporary_directory(
    bench: Workbench, language: str
) -> None:
    driven = bench.node(NODE) if language == "node" else bench.python(PYTHON)
    first, found = driven.value()
    assert not found
    assert driven.value() == [first, True]
    pids = {first}
    for _ in range(3):
        pid, found = driven.value(cold=True)
        assert pid not in pids
        assert not found
        pids.add(pid)
    assert driven.value() == [pid, True]


def test_a_new_bundle_has_an_empty_temporary_directory_too(bench: Workbench) -> None:
    driven = bench.python(PYTHON)
    first = driven.value()
    driven.deploy()
    assert driven.value() == first


def test_process_isolation_loads_every_bundle_in_a_process_of_its_own(bench: Workbench) -> None:
    bench.write("main.py", "import os\ndef handler(e, c): return os.getpid()")
    driven = bench.open("python:main.py", isolation="process")
    pids = []
    for _ in range(3):
        driven.deploy()
        pids.append(driven.value())
        assert driven.value() == pids[-1]
    assert len(set(pids)) == 3


@pytest.mark.parametrize(("name", "loads"), [("index.mjs", 110), ("index.js", 510)])
def test_node_is_replaced_before_it_grows(bench: Workbench, name: str, loads: int) -> None:
    export = "export const handler =" if name.endswith("mjs") else "exports.handler ="
    driven = bench.node(f"{export} async () => process.pid;", name)
    pids = set()
    for _ in range(loads):
        driven.deploy()
        pids.add(driven.value())
    assert len(pids) == 2


def test_what_follows_an_answer_waits_for_the_next_attempt(bench: Workbench) -> None:
    """Between two invocations Lambda freezes a function: nothing may happen at an odd moment."""
    beat = json.dumps(str(bench.write("beat", "")))
    driven = bench.node(
        f"""
        const fs = require('fs');
        let timer;
        exports.handler = (event, context, callback) => {{
          context.callbackWaitsForEmptyEventLoop = false;
          timer ??= setInterval(() => fs.appendFileSync({beat}, '.'), 1);
          setTimeout(() => callback(null, process.pid), 20);
        }};
        """
    )
    pid = driven.value()
    wait_for_state(pid, "T")
    before = (bench.folder / "beat").stat().st_size
    assert driven.value() == pid
    assert (bench.folder / "beat").stat().st_size > before


def test_closing_leaves_nothing(bench: Workbench) -> None:
    driven = bench.python("import os\ndef handler(e, c): return [os.getpid(), os.getcwd()]")
    driven.value()
    pid, directory = driven.value(cold=True)
    driven.driver.close()
    wait_until_gone(pid)
    assert not Path(directory).parent.exists()


KIT = """
import sys, time
from pathlib import Path
from chaim_conformance.drivers import Deployment
from chaim_conformance.drivers.lambda_driver import LambdaDriver
from chaim_conformance.drivers.locator import find_program

driver = LambdaDriver(find_program("python:main.py", root=Path(sys.argv[1]), bundle=None))
driver.deploy(Deployment(snapshot=None, environment={}))
for cold in (False, True):
    done = driver.invoke({}, request_id="1", cold=cold, timeout=30)
print(done.outcome.payload, flush=True)
time.sleep(1000)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_kit_that_is_killed_leaves_nothing_either(
    bench: Workbench, number: signal.Signals
) -> None:
    bench.write("main.py", "import os\ndef handler(e, c): return [os.getpid(), os.getcwd()]")
    with subprocess.Popen(
        [sys.executable, "-c", KIT, str(bench.folder)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as kit:
        try:
            assert kit.stdout is not None
            pid, directory = json.loads(kit.stdout.readline())
        finally:
            kit.send_signal(number)
            kit.wait(PATIENCE)
    wait_until_gone(pid)
    workspace = Path(directory).parent
    wait_until_gone_from_disk(workspace)


def wait_until_gone_from_disk(path: Path) -> None:
    """The guardian removes the files right after it has ended the processes."""
    deadline = time.monotonic() + PATIENCE
    while path.exists():
        assert time.monotonic() < deadline, f"{path} is still there"
        time.sleep(0.01)
