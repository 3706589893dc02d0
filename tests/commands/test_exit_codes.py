"""Each documented exit code is really what a command, and pytest, ends with."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from chaim_conformance import cli, corpus
from chaim_conformance.exit_codes import EXIT_CODES, Exit
from tests.contract.test_bprint_files import VALID
from tests.plugin.provider_repo import BINDER, WRONG_HASH, ProviderRepo
from tests.plugin.test_interrupts import hanging, interrupted
from tests.table_sources.test_cloudformation import template

__all__ = ["hanging"]  # a fixture

SCENARIOS = Path(corpus.__file__).parent
LIFE = os.fspath(SCENARIOS / "scenarios/life-1.0-strict.json")
SYNTH = os.fspath(SCENARIOS / "binder/scenarios/two-entities.json")
FEW = ("--profile", "quick", "--select", "H10")
PYTEST_FEW = ("--chaim-profile", "quick", "--chaim-select", "H10")
PYTEST = "pytest"
REPORT = ".chaim/report.json"
TRANSCRIPT = ".chaim/failures/H10-content-hash.transcript.json"
# They end well when they are told to: tests/sandbox has that.
ENDED_BY_SIGNAL = {"serve"}
# It waits for a debugger: tests/plugin/test_debug.py has that.
ATTACHED = {"debug"}
# It fetches packages: tests/ci has that.
FETCHING = {"wheelhouse"}


def whole(repo: ProviderRepo) -> None:
    """The repo as it is: a conformant handler, configured."""


def violating(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)


def violated(repo: ProviderRepo) -> None:
    """There was a run, with a violation."""
    violating(repo)
    repo.check(*FEW)


def worsened(repo: ProviderRepo) -> None:
    """There was a run without a violation before the one that has it."""
    repo.check(*FEW)
    (repo.directory / REPORT).rename(repo.directory / "better.json")
    violated(repo)


def unstartable(repo: ProviderRepo) -> None:
    repo.write("main.py", "def lambda_handler(:")


def empty(repo: ProviderRepo) -> None:
    for name in ("main.py", "chaim.toml"):
        (repo.directory / name).unlink()


def with_schemas(repo: ProviderRepo) -> None:
    repo.write("good.bprint", VALID)
    repo.write("bad.bprint", "{")


def with_tables(repo: ProviderRepo) -> None:
    repo.write("whole.json", json.dumps(template()))
    repo.write("lacking.json", json.dumps(template(BillingMode={"Ref": "Mode"})))


def troubled(repo: ProviderRepo) -> None:
    """A binder that blames the tool around it, for apps with more than one entity."""
    trouble = (
        '        bindings = [b for s in request["app"]["stacks"] for b in s["bindings"]]\n'
        "        if len(bindings) > 1:\n"
        '            error = {"where": "app", "message": "the tool is broken"}\n'
        '            say(id=request["id"], error=error)\n'
        "            continue\n"
    )
    repo.write_binder((PLACE, trouble + PLACE))
    repo.configure(f"binder = '{BINDER}'")


PLACE = "        try:\n"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A way to an exit code; ``command`` begins with the command's name, or with ``pytest``."""

    command: tuple[str, ...]
    code: Exit
    given: Callable[[ProviderRepo], None] = whole


OK, WRONG, KITS, USAGE = Exit.CONFORMANT, Exit.VIOLATIONS, Exit.INTERNAL_ERROR, Exit.USAGE
ROWS = (
    Row(command=("check", *FEW), code=OK),
    Row(command=("check", *FEW), code=WRONG, given=violating),
    Row(command=("check", "--profile", "quick", "--select", "B12"), code=KITS, given=troubled),
    Row(command=("check", *FEW), code=USAGE, given=unstartable),
    Row(command=("check", "--profile", "huge"), code=USAGE),
    Row(command=(PYTEST, *PYTEST_FEW), code=OK),
    Row(command=(PYTEST, *PYTEST_FEW), code=WRONG, given=violating),
    Row(
        command=(PYTEST, "--chaim-profile", "quick", "--chaim-select", "B12"),
        code=KITS,
        given=troubled,
    ),
    Row(command=(PYTEST, *PYTEST_FEW), code=USAGE, given=unstartable),
    Row(command=(PYTEST, "--chaim-profile", "huge"), code=USAGE),
    Row(command=("replay", LIFE), code=OK),
    Row(command=("replay", LIFE), code=WRONG, given=violating),
    Row(command=("replay", SYNTH), code=KITS, given=troubled),
    Row(command=("replay", "nowhere.json"), code=USAGE),
    Row(command=("validate", "good.bprint"), code=OK, given=with_schemas),
    Row(command=("validate", "bad.bprint"), code=WRONG, given=with_schemas),
    Row(command=("validate", "nowhere"), code=USAGE),
    Row(command=("tables", "whole.json"), code=OK, given=with_tables),
    Row(command=("tables", "lacking.json", "whole.json"), code=WRONG, given=with_tables),
    Row(command=("tables", "live", "--region", "x y"), code=USAGE),
    Row(command=("tables", "chaim.toml"), code=USAGE),
    Row(command=("tables", "whole.json", "live"), code=USAGE, given=with_tables),
    Row(command=("tables", "whole.json", "--table", "x"), code=USAGE, given=with_tables),
    Row(command=("tables", "whole.json", "--region", "x"), code=USAGE, given=with_tables),
    Row(command=("clauses",), code=OK),
    Row(command=("clauses", "H10", "H11", "H12"), code=USAGE),
    Row(command=("explain", "H10"), code=OK),
    Row(command=("explain", "H999"), code=USAGE),
    Row(command=("judge", TRANSCRIPT, "--select", "H02"), code=OK, given=violated),
    Row(command=("judge", TRANSCRIPT), code=WRONG, given=violated),
    Row(command=("judge", "nowhere.json"), code=USAGE),
    Row(command=("compare", REPORT, REPORT), code=OK, given=violated),
    Row(command=("compare", "better.json", REPORT), code=WRONG, given=worsened),
    Row(command=("compare", "nowhere.json", "nowhere.json"), code=USAGE),
    Row(command=("wheelhouse", "."), code=USAGE),
    Row(command=("debug", "B10"), code=USAGE),
    Row(command=("serve", "--fault", "presign=nonsense"), code=USAGE),
    Row(command=("doctor",), code=OK),
    Row(command=("doctor",), code=USAGE, given=unstartable),
    Row(command=("doctor",), code=USAGE, given=empty),
    Row(command=("init",), code=OK),
    Row(command=("init",), code=USAGE, given=empty),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.command[0]}-{row.code}")
def test_a_command_ends_with_its_code(repo: ProviderRepo, row: Row) -> None:
    row.given(repo)
    name, *arguments = row.command
    run = repo.pytest(*arguments) if name == PYTEST else repo.command(name, *arguments)
    assert run.returncode == row.code, run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("chaim_conformance.cli", "check", *FEW),
        ("chaim_conformance.cli", "replay", LIFE),
        ("chaim_conformance.cli", "doctor"),
        ("pytest", "-p", "chaim_conformance", *PYTEST_FEW),
    ],
    ids=["check", "replay", "doctor", "pytest"],
)
def test_an_interrupted_command_ends_with_2(
    hanging: ProviderRepo,
    command: tuple[str, ...],
) -> None:
    code, said = interrupted(hanging, command, signal.SIGINT)
    assert code == Exit.INTERRUPTED, said


def test_no_command_is_left_out_of_the_table() -> None:
    commands = {command.__name__.rpartition(".")[2] for command in cli.COMMANDS}
    tested = {code: {row.command[0] for row in ROWS if row.code == code} for code in (OK, USAGE)}
    assert commands - ENDED_BY_SIGNAL - ATTACHED - FETCHING <= tested[OK]
    assert commands <= tested[USAGE]


def test_a_fault_of_the_kit_is_no_violation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An exception that nobody expected would end Python with 1, which says something else."""
    monkeypatch.setattr("chaim_conformance.contract.clauses", lambda: [None])
    assert cli.main(["clauses"]) == Exit.INTERNAL_ERROR
    assert "Traceback" in capsys.readouterr().err


def test_every_code_is_documented() -> None:
    for code in Exit:
        assert f"{code.value} " in EXIT_CODES
