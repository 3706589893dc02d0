"""``chaim-conformance debug``: a real debugger attaches, stops before the handler, and lets go."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import sys
from pathlib import Path

import pytest

from chaim_conformance import contract, debugging
from chaim_conformance.checks import CHECKS
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.drivers.ports import unused_port
from chaim_conformance.judge import Judge
from tests.plugin.debuggers import Lines, PythonDebugger, connected
from tests.plugin.provider_repo import (
    FRAMEWORK_CJS,
    HANDLER,
    PLAIN_PYTHON,
    WRONG_HASH,
    ProviderRepo,
    environment,
)
from tests.plugin.test_interrupts import processes_of, until

NODE = "--handler=node:index.js"
RUNTIME_PYTHON = Path(__file__).parents[1] / "handlers/runtime-python/bootstrap.py"
needs_debugpy = pytest.mark.skipif(
    importlib.util.find_spec("debugpy") is None, reason="debugpy is not installed"
)


def debug(repo: ProviderRepo, *arguments: str, **more: str) -> Lines:
    """The command, under way, at a port that no other test has."""
    port = f"--port={unused_port()}"
    command = (sys.executable, "-m", "chaim_conformance.cli", "debug", port, *arguments)
    return Lines(*command, cwd=repo.directory, env=environment() | more)


def waiting_port(session: Lines, *, times: int = 1) -> int:
    """The port at which a process waits; the so-manieth process."""
    told = r"waits for the debugger: 127\.0\.0\.1:\d+\n"
    return int(session.until(told, times=times).rpartition(":")[2])


def node_debugger(port: int) -> Lines:
    """Node's own, attached."""
    connected(port).close()
    return Lines("node", "inspect", f"127.0.0.1:{port}", env=environment())


def test_node_stops_before_the_handler(repo: ProviderRepo) -> None:
    repo.write("index.js", FRAMEWORK_CJS.read_text(encoding="utf-8"))
    with debug(repo, "H10", NODE) as session:
        port = waiting_port(session)
        with node_debugger(port) as inspector:
            inspector.until(r"Break on start in .*node_runtime\.mjs:1\n[^$]*debug> ")
            inspector.tell("cont")
            inspector.until(r"break in .*node_runtime\.mjs")
            inspector.until(r"> *\d+ +debugger;")
            inspector.tell("next")
            inspector.until(r"> *\d+ +const result = handler\(event, context, callback\);")
            inspector.tell("step")
            inspector.until(r"break in .*/task-0/index\.js")
            inspector.tell("cont")
            assert session.end() == 0, session.seen
    assert '"remoteRoot": "/' in session.seen
    assert f'"localRoot": "{repo.directory.resolve()}"' in session.seen
    assert "chrome://inspect" in session.seen
    assert " 1. Create\n" in session.seen
    assert " 1. Create  ->  presign 200, upload 200, SUCCESS\n" in session.seen
    assert "pass     H10 content-hash" in session.seen


@needs_debugpy
def test_python_stops_before_the_handler(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    with debug(repo, "content-hash") as session:
        port = waiting_port(session)
        with PythonDebugger(port) as debugger:
            thread, where = debugger.stop()
            assert where == "answer"
            debugger.go(thread, "stepIn")
            assert debugger.stop()[1] == "lambda_handler"
            debugger.go(thread)
            assert session.end() == 1, session.seen
    config = json.loads(session.until(r"(?<=launch\.json: ).*\n"))
    (mapping,) = config["pathMappings"]
    assert mapping["localRoot"] == str(repo.directory.resolve())
    assert "(the simplest that violates it)" in session.seen
    assert "H10 content-hash (MUST) does not hold" in session.seen
    assert "FAIL     H10 content-hash" in session.seen


@pytest.mark.night
@needs_debugpy
def test_each_new_process_waits_anew(repo: ProviderRepo) -> None:
    scenario = repo.write(
        "kept.json",
        json.dumps(
            {
                "bundles": [{"snapshot": "{}", "app_id": "a", "failure_mode": "BEST_EFFORT"}],
                "operations": [
                    {"request_type": "Create", "attempts": [{}, {"start": "cold"}, {}]},
                ],
            }
        ),
    )
    with debug(repo, "H03", "--scenario", os.fspath(scenario)) as session:
        for times, stops in ((1, 1), (2, 2)):
            with PythonDebugger(waiting_port(session, times=times)) as debugger:
                for _ in range(stops):
                    debugger.go(debugger.stop()[0])
                if times == 1:
                    waiting_port(session, times=2)
                else:
                    session.end()
    assert "kept.json" in session.seen
    assert session.seen.count("waits for the debugger") == 2


def test_what_failed_last_is_played(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    repo.check("--profile", "quick", "--select", "H10")
    wrapped = (
        "--with",
        f"{sys.executable} -u {repo.write('wrap.py', WRAPPER)} {{port}} {{command}}",
    )
    with debug(repo, "H10", *wrapped) as session:
        assert session.end() == 1, session.seen
    assert "What is played (.chaim/failures/H10-content-hash.json):" in session.seen
    assert re.fullmatch(r"\d+ .*python_runtime\.py\n", (repo.directory / "wrapped").read_text())


WRAPPER = """
import os, sys, pathlib
pathlib.Path(__file__).with_name("wrapped").open("a").write(" ".join(sys.argv[1:]) + "\\n")
os.execvp(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.night
def test_a_runtime_of_ones_own_under_a_command_of_ones_own(repo: ProviderRepo) -> None:
    repo.write("bootstrap.py", RUNTIME_PYTHON.read_text(encoding="utf-8"))
    handler = f"--handler=runtime:{sys.executable} bootstrap.py main.lambda_handler"
    refused = repo.command("debug", "H10", handler)
    assert refused.returncode == 4
    assert "--with 'dlv exec" in refused.stderr
    with debug(repo, "H10", handler, "--with", "env {command}") as session:
        assert session.end() == 0, session.seen
    assert "under your own command" in session.seen


def test_an_interrupt_leaves_nothing_behind(repo: ProviderRepo) -> None:
    repo.write("index.js", FRAMEWORK_CJS.read_text(encoding="utf-8"))
    temporary = repo.directory / "tmp"
    temporary.mkdir()
    with debug(repo, "H10", NODE, TMPDIR=os.fspath(temporary)) as session:
        connected(waiting_port(session)).close()
        os.kill(session.pid, signal.SIGINT)
        assert session.end() == 2
        until(lambda: not processes_of(temporary))
        until(lambda: not list(temporary.glob("chaim*")))
    assert "Traceback" not in session.seen


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("H99",), "unknown clause 'H99'"),
        (("B05",), "about a binder"),
        (("H10", "--handler", "http:127.0.0.1:1"), "put the debugger into `start`"),
        (("H10", "--with", "gdb"), "{command} has to stand"),
        (("H10", "--with", "no-such-debugger {command}"), "no-such-debugger is not on PATH"),
        (("H10", "--with", "env -i false {command}"), "did not come up"),
        (("H10", "--with", "'{command}"), "cannot be read as a command"),
        (("H10", "--handler", "node:gone.js", "--with", "env {command}"), "no such file"),
        (("H10", "--scenario", "gone.json", "--with", "env {command}"), "gone.json"),
        (
            ("H60", "--handler", f"command:{sys.executable} p.py", "--with", "env {command}"),
            "apply",
        ),
    ],
)
def test_what_cannot_be_debugged(repo: ProviderRepo, arguments: tuple[str, ...], says: str) -> None:
    command_python = PLAIN_PYTHON.parents[1] / "command-python/publish.py"
    repo.write("p.py", command_python.read_text(encoding="utf-8"))
    run = repo.command("debug", *arguments)
    assert run.returncode == 4, run.stdout + run.stderr
    assert says in run.stderr
    assert "Traceback" not in run.stderr


def test_without_debugpy(repo: ProviderRepo) -> None:
    if importlib.util.find_spec("debugpy") is not None:
        pytest.skip("debugpy is installed")
    run = repo.command("debug", "H10")
    assert run.returncode == 4
    assert "pip install debugpy" in run.stderr


@pytest.mark.night
def test_every_clause_has_a_scenario_to_debug() -> None:
    provider = ProviderConfig(root=PLAIN_PYTHON.parent, handler=HANDLER)
    with Judge(provider, Settings()) as judge:
        for name in CHECKS:
            clause = contract.clause(name)
            scenario, _ = debugging.simplest(judge, clause)
            assert debugging.judged(clause, judge.play(scenario)).status == "pass", name
