"""Cody Batch as its author runs it; and with a fault in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.copies import Edit, folder_of
from tests.plugin.provider_repo import environment
from tests.stacks.cody_batch import (
    JOBS_WITHOUT_A_ROLE,
    NAME,
    NOTHING_EXPIRES,
    TTL_LOST,
    needs_cdk,
)

pytestmark = needs_cdk
PATIENCE = 1200  # the whole suite, on a machine that has much else to do
BY_DAY = ("B01", "B04", "B05", "B07", "B09", "B12", "B16", "B17", "B22", "B27", "H10", "H51")


def run(directory: Path, *arguments: str, edits: tuple[Edit, ...] = ()) -> tuple[int, str]:
    """``pytest -p chaim_conformance`` in a copy: its exit code, and all that it printed."""
    copy = folder_of(NAME, directory, *edits)
    beside = Path(sys.executable).parent  # as in an activated environment: `prepare` says python3
    surroundings = environment() | {
        "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}",
        "CHAIM_SNAPSHOT_DIR": str(directory / "snapshots"),
    }
    command = [sys.executable, "-m", "pytest", "-p", "chaim_conformance", *arguments]
    ran = subprocess.run(
        command,
        cwd=copy,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_it_is_conformant(tmp_path: Path) -> None:
    """Binder and handler are the reference's, which are judged whole elsewhere by day."""
    code, printed = run(tmp_path, "--chaim-profile", "quick", "--chaim-select", ",".join(BY_DAY))
    assert code == 0, printed
    assert f"clauses: {len(BY_DAY)} passed, 0 failed, 0 known, 0 n/a, 0 blocked," in printed
    assert "binder: aws-cdk, core" in printed


@pytest.mark.night
def test_all_of_it_is_conformant(tmp_path: Path) -> None:
    code, printed = run(tmp_path, "--chaim-profile", "quick")
    assert code == 0, printed
    assert ", 0 failed, 0 known, 0 n/a, 0 blocked," in printed


def test_its_own_tests_pass(tmp_path: Path) -> None:
    code, printed = run(tmp_path, "tests")
    assert code == 0, printed


def test_a_binder_that_forgets_what_expires_is_caught(tmp_path: Path) -> None:
    arguments = ("--chaim-profile", "quick", "--chaim-select", "B05,B07,B16")
    code, printed = run(tmp_path, *arguments, edits=(TTL_LOST,))
    assert code == 1, printed
    assert "clauses: 2 passed, 1 failed," in printed
    assert "FAIL chaim::B07-table-metadata" in printed
    assert "of cdk.out/CodyBatchStack.template.json" in printed, "not on the app's own table"


def test_a_stack_that_is_not_the_plans_is_caught(tmp_path: Path) -> None:
    faults = (NOTHING_EXPIRES, JOBS_WITHOUT_A_ROLE)
    code, printed = run(tmp_path, "tests/test_plan.py", edits=faults)
    assert code == 1, printed
    lines = (line for line in printed.splitlines() if line.startswith("FAILED "))
    assert {line.removeprefix("FAILED ").partition(" - ")[0] for line in lines} == {
        "tests/test_plan.py::test_properties[DataJobsTable: expires by expiresAt]",
        "tests/test_plan.py::test_properties[DataRepositoriesTable: expires by expiresAt]",
        "tests/test_plan.py::test_they_are_the_functions_and_the_jobs",
    }
