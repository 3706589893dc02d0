"""Kefir's stacks in Pulumi: what their author runs passes, and faults are told by their clauses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chaim_conformance import contract
from chaim_conformance.binder_judge import BinderJudge
from chaim_conformance.config import Settings
from chaim_conformance.verdict import Verdict
from tests.by_day import some_by_day
from tests.examples.copies import Edit, copy_of
from tests.examples.judging import verdict_of
from tests.plugin.provider_repo import PATIENCE, environment

for package in ("pulumi", "pulumi_aws"):
    pytest.importorskip(package, reason="needs Pulumi's packages: pip install pulumi pulumi-aws")

ALL_OF_BINDERS = tuple(one.id for one in contract.clauses() if one.id.startswith("B"))
SOME = ("H02", "H10", "H42", "H51", "H70", "H80", "H90")
NAME = "return await physical_name(binding) or binding.logical_name"
ACCOUNT = 'account=allowed[0] if len(allowed) == 1 else "unknown",'
# Faults of the binder: by a name, the clause that tells of it.
BINDER: dict[str, tuple[str, Edit]] = {
    # `dev` of one project takes the place of another's.
    "stack-without-project": (
        "B01",
        ('return stack if qualified else f"{project}-{stack}"', "return stack"),
    ),
    "output-in-path": ("B03", (ACCOUNT, 'account=str(pulumi.Output.from_input("")),')),
    "ttl-lost": (
        "B07",
        ('"ttlAttribute": ttl.get("attribute_name") if ttl.get("enabled") else None,', ""),
    ),
    "output-for-arn": ("B07", ('"tableArn": of["arn"],', '"tableArn": str(table.arn),')),
    "output-in-resource-id": ("B09", (NAME, "return str(binding.table.name)")),
    "mode-lost": ("B12", ('"FAILURE_MODE": self.failure_mode, ', "")),
    "schemas-unchecked": ("B19", ("if wrong := errors(found):", "if document is None:")),
    "output-in-identity": (
        "B25",
        ('"accountId": place.account,', '"accountId": str(pulumi.Output.from_input(place)),'),
    ),
    "separators-kept": (
        "B30",
        ('if not any(UNSAFE.search(part) for part in (name, *name.split("__"))) and (', "if ("),
    ),
    "left-overs-kept": ("B32", ("self._remove_left_overs()\n        return", "return")),
}
PUBLISHER: dict[str, tuple[str, Edit]] = {
    "random-event-id": ("H03", ('_event_id(request["operationId"]),', "str(uuid.uuid4()),")),
    "schema-of-the-deleted": ("H42", ('"schema": None, "capturedAt"', '"capturedAt"')),
    "strict-swallowed": ("H51", ('answer |= {"status": "FAILED", "reason": reason}', "pass")),
}


@pytest.fixture(autouse=True)
def _this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the example calls python3 is the one that has Pulumi."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def pytest_in(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "chaim_conformance", *arguments],
        cwd=directory,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        check=False,
    )


def binder_verdict(clause: str, directory: Path, *edits: Edit) -> Verdict:
    provider = copy_of("kefir", directory, *edits)
    settings = Settings(profile="quick", report=provider.root / ".chaim")
    with BinderJudge(provider, settings) as judge:
        return judge.judge(contract.clause(clause))


@pytest.mark.parametrize(
    "selected",
    [
        pytest.param(("--chaim-select", ",".join((*ALL_OF_BINDERS, *SOME))), id="by day"),
        pytest.param((), id="whole", marks=pytest.mark.night),
    ],
)
def test_it_passes_as_its_author_runs_it(selected: tuple[str, ...], tmp_path: Path) -> None:
    root = copy_of("kefir", tmp_path).root
    assert "    pytest -p chaim_conformance\n" in (root / "README.md").read_text(encoding="utf-8")
    run = pytest_in(root, "--chaim-profile", "quick", *selected)
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 failed, 0 known, " in run.stdout
    assert " 0 blocked, 0 not run, " in run.stdout


def test_its_own_tests_pass(tmp_path: Path) -> None:
    root = copy_of("kefir", tmp_path).root
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert "    pytest -p chaim_conformance tests\n" in readme
    run = pytest_in(root, "tests")
    assert run.returncode == 0, run.stdout + run.stderr


def test_they_notice_when_production_is_not_protected(tmp_path: Path) -> None:
    root = copy_of("kefir", tmp_path, ("protect=self.is_production,", "protect=False,")).root
    run = pytest_in(root, "tests/test_stages.py")
    assert run.returncode == 1
    assert "test_what_is_critical_survives_in_production" in run.stdout


@pytest.mark.night
def test_they_notice_when_one_entity_outlives_its_binding(tmp_path: Path) -> None:
    spared = (
        "    if not gone:\n",
        '    if not gone or snapshot["schema"]["entityName"] == "Event":\n',
    )
    run = pytest_in(copy_of("kefir", tmp_path, spared).root, "tests/test_lives.py")
    assert run.returncode == 1
    assert "active too: Event" in run.stdout


BY_DAY = ("stack-without-project", "output-in-path")


@pytest.mark.parametrize("name", some_by_day(BINDER, BY_DAY))
def test_a_fault_of_the_binder_is_told(name: str, tmp_path: Path) -> None:
    clause, edit = BINDER[name]
    assert binder_verdict(clause, tmp_path, edit).status == "fail"


@pytest.mark.parametrize("name", some_by_day(PUBLISHER, ("random-event-id",)))
def test_a_fault_of_the_publisher_is_told(name: str, tmp_path: Path) -> None:
    clause, edit = PUBLISHER[name]
    assert verdict_of(clause, copy_of("kefir", tmp_path, edit)).status == "fail"
