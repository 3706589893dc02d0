"""``runtime:``: a program is started with its bundle, and whatever it does is an outcome."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from chaim_conformance.errors import ProviderNotStartable
from tests.drivers.conftest import PATIENCE, Driven, Workbench, wait_until_gone
from tests.drivers.programs import HANDLERS, PYTHON, copied

HANDLER = """
import os, pathlib, sys, tempfile, time

IMPORTED_IN = os.environ.get("TELL")

def handler(event, context):
    if "exit" in event:
        os._exit(event["exit"])
    if "raise" in event:
        raise ValueError(event["raise"])
    if "hang" in event:
        print("here")
        time.sleep(1000)
    for name in event.get("write", ()):
        pathlib.Path(name.replace("TMP", tempfile.gettempdir())).write_text("x")
    return {
        "pid": os.getpid(),
        "cwd": os.getcwd(),
        "root": os.environ["LAMBDA_TASK_ROOT"],
        "snapshot": pathlib.Path("snapshot.json").read_text(),
        "told": IMPORTED_IN,
        "tmp": os.listdir(tempfile.gettempdir()),
    }
"""


@pytest.fixture
def driven(bench: Workbench) -> Driven:
    copied((HANDLERS / "runtime-python/bootstrap.py",), bench.folder)
    bench.write("main.py", HANDLER)
    return bench.drive(f"runtime:{PYTHON} bootstrap.py main.handler")


def test_a_deployment_is_a_process_with_its_own_environment(driven: Driven) -> None:
    driven.deploy(b'{"n": 1}', {"TELL": "one"})
    one = driven.value()
    assert driven.value() == one
    assert one["cwd"] == one["root"]
    assert (one["snapshot"], one["told"]) == ('{"n": 1}', "one")
    assert not Path(one["cwd"]).is_relative_to(driven.folder)
    driven.deploy(b'{"n": 2}', {"TELL": "two"})
    two = driven.value()
    assert (two["snapshot"], two["told"]) == ('{"n": 2}', "two")
    assert two["pid"] != one["pid"]
    wait_until_gone(one["pid"])


def test_cold_is_a_new_process_with_an_empty_temporary_directory(driven: Driven) -> None:
    first = driven.value({"write": ["TMP/mark"]})
    assert driven.value() == {**first, "tmp": ["mark"]}
    cold = driven.value(cold=True)
    assert cold["pid"] != first["pid"]
    assert cold["tmp"] == []


def test_what_is_left_comes_to_light(driven: Driven) -> None:
    driven.value({"write": ["TMP/a", "b"]})
    driven.value(cold=True)
    assert {left.path for left in driven.driver.leftovers()} == {"tmp/a", "bundle/b"}
    driven.value({"write": ["TMP/c"]})
    assert {left.path for left in driven.driver.leftovers()} == {"tmp/c"}
    driven.deploy()
    assert driven.driver.leftovers() == ()


def test_an_error_a_crash_and_a_hang_are_outcomes(driven: Driven) -> None:
    raised = driven.invoke({"raise": "no"}).outcome
    assert (raised.kind, raised.error_type, raised.error_message) == ("raised", "ValueError", "no")
    crashed = driven.invoke({"exit": 3}).outcome
    assert (crashed.kind, crashed.error_type) == ("crashed", "Runtime.ExitError")
    assert "exit status 3" in crashed.error_message
    hung = driven.invoke({"hang": 1}, timeout=5.0)
    assert (hung.outcome.kind, hung.stdout) == ("timed-out", "here\n")
    assert driven.value()["told"] is None


def test_a_handler_that_cannot_be_loaded(bench: Workbench) -> None:
    copied((HANDLERS / "runtime-python/bootstrap.py",), bench.folder)
    bench.write("main.py", "raise ValueError('no such thing')")
    driven = bench.drive(f"runtime:{PYTHON} bootstrap.py main.handler")
    for _ in range(2):
        outcome = driven.invoke().outcome
        assert (outcome.kind, outcome.error_type) == ("init-failed", "ValueError")
        assert outcome.error_message == "no such thing"


UNSTARTABLE = {
    "ends at once": ("#!/bin/sh\necho why >&2; exit 3\n", r"before it ended \(exit code 3\).*why"),
    "has no interpreter": ("#!/no/such/interpreter\n", "cannot be run"),
}


@pytest.mark.parametrize("name", UNSTARTABLE)
def test_a_program_that_never_asks_for_work(bench: Workbench, name: str) -> None:
    text, message = UNSTARTABLE[name]
    bench.write("dist/bootstrap", text).chmod(0o755)
    driven = bench.drive("runtime:./bootstrap", bundle=Path("dist"))
    with pytest.raises(ProviderNotStartable, match=f"(?s)bootstrap .*{message}"):
        driven.invoke()


def test_a_program_that_only_one_bundle_keeps_from_starting(bench: Workbench) -> None:
    copied((HANDLERS / "runtime-python/bootstrap.py",), bench.folder)
    exiting = "import os\nif os.environ.get('TELL'): os._exit(4)\n" + HANDLER
    bench.write("main.py", exiting)
    driven = bench.drive(f"runtime:{PYTHON} bootstrap.py main.handler")
    driven.value()
    driven.deploy(environment={"TELL": "exit"})
    outcome = driven.invoke().outcome
    assert outcome.kind == "crashed"
    assert "exit status 4" in outcome.error_message


@pytest.mark.parametrize(
    ("arguments", "handler"),
    [
        ("index.handler", "index.handler"),
        ("src/app.main.handler", "src/app.main.handler"),
        ("show.py", "handler"),
        ("--quiet", "handler"),
    ],
)
def test_the_handlers_name(bench: Workbench, arguments: str, handler: str) -> None:
    bench.write("show.py", "import os, sys\nsys.exit(os.environ['_HANDLER'])")
    driven = bench.drive(f"runtime:{PYTHON} show.py {arguments}")
    with pytest.raises(ProviderNotStartable, match=rf"{re.escape(handler)}$"):
        driven.invoke()


def test_an_interpreter_that_is_not_copied_is_found_where_it_is(bench: Workbench) -> None:
    python = f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n'
    bench.write(".venv/bin/python", python).chmod(0o755)
    copied((HANDLERS / "runtime-python/bootstrap.py",), bench.folder)
    bench.write("main.py", HANDLER)
    driven = bench.drive("runtime:.venv/bin/python bootstrap.py main.handler")
    assert driven.invoke(timeout=PATIENCE).outcome.kind == "returned"
