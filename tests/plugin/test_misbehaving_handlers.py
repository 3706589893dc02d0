"""Handlers that misbehave are judged or reported, and the run goes on."""

from __future__ import annotations

import pytest

from tests.by_day import some_by_day
from tests.plugin.provider_repo import PLAIN_PYTHON, ProviderRepo

# The Provider framework takes whatever returns for a success, and so does the kit.
SUCCESS_TO_THE_FRAMEWORK = {"garbage", "number", "late", "empty-loop"}
QUICK = ("--chaim-profile", "quick")
CALLS = """
const http = require('http');
const call = () => new Promise((done) => {
  const url = process.env.CHAIM_API_BASE_URL + '/ingest/presign';
  const request = http.request(url, { method: 'POST' }, (answer) => {
    answer.resume();
    answer.on('end', done);
  });
  request.on('error', done);
  request.end('{}');
});
"""


NODE = {
    "exit": "process.exit(3)",
    "kill": "process.kill(process.pid, 'SIGKILL')",
    "garbage": "return 'no answer at all'",
    "unserializable": "const loop = {}; loop.loop = loop; return loop",
    "number": "return 7",
    "megabytes": "process.stdout.write(Buffer.alloc(3e6, 0xfe)); return 'x'.repeat(7e6)",
    "binary": (
        "process.stderr.write(Buffer.from([0, 255, 27, 91, 50, 74]));"
        " throw new Error('\\0\\x1b[2J')"
    ),
    "thrown-nothing": "throw undefined",
    "late": "setImmediate(() => { throw new Error('late'); }); return {}",
    "empty-loop": "await new Promise(() => {})",
}


@pytest.mark.parametrize("name", some_by_day(NODE, ["binary"]))
def test_node(repo: ProviderRepo, name: str) -> None:
    statement = NODE[name]
    repo.write(
        "index.js", f"{CALLS}exports.handler = async () => {{ await call(); {statement}; }};"
    )
    run = repo.pytest("--chaim-handler", "node:index.js", "--chaim-select", "H21,H54,H90", *QUICK)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "H21 presign-body (MUST) does not hold" in run.stdout
    assert ("H54 healthy-run-succeeds (MUST) does not hold" in run.stdout) is not (
        name in SUCCESS_TO_THE_FRAMEWORK
    )
    assert "blocked  H90" in run.stdout
    assert ", 0 error;" in run.stdout
    assert len(run.stdout) < 20_000
    assert "\0" not in run.stdout
    assert "\x1b" not in run.stdout


PYTHON = {
    "exit": "os._exit(3)",
    "sys-exit": "raise SystemExit(0)",
    "garbage": "return 'no answer at all'",
    "unserializable": "return {1, 2}",
    "megabytes": "os.write(1, bytes(5_000_000)); return 'x' * 7_000_000",
    "closed-streams": "os.close(1); os.close(2)",
    "recursion": "endless = lambda: endless(); endless()",
}


@pytest.mark.parametrize("name", some_by_day(PYTHON, ["exit"]))
def test_python(repo: ProviderRepo, name: str) -> None:
    statement = PYTHON[name]
    repo.write_handler()
    text = PLAIN_PYTHON.read_text(encoding="utf-8")
    place = "    if trouble is not None:\n        log.error("
    assert text.count(place) == 1
    repo.write("main.py", text.replace(place, f"    {statement}\n{place}"))
    succeeds = name in SUCCESS_TO_THE_FRAMEWORK
    run = repo.pytest("--chaim-select", "H54,H90", *QUICK)
    assert run.returncode == (0 if succeeds else 1), run.stdout + run.stderr
    assert ("H54 healthy-run-succeeds (MUST) does not hold" in run.stdout) is not succeeds
    assert ", 0 error;" in run.stdout
    assert len(run.stdout) < 20_000
