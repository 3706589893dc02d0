"""Within a GitHub job the command and pytest tell GitHub the same; elsewhere, nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.provider_repo import PATIENCE, WRONG_HASH, ProviderRepo, environment

CHECK = ("chaim_conformance.cli", "check", "--profile", "quick", "--select", "H10,H11")
PYTEST = ("pytest", "-p", "chaim_conformance", "-p", "no:cacheprovider")
OPTIONS = ("--chaim-profile", "quick", "--chaim-select", "H10,H11")
WAYS = {
    "the command": CHECK,
    "pytest": (*PYTEST, *OPTIONS),
    "pytest with workers": (*PYTEST, *OPTIONS, "-n", "2"),
    "pytest, verbose": (*PYTEST, *OPTIONS, "-v"),
}
BY_DAY = ("the command", "pytest")


def in_a_job(repo: ProviderRepo, *arguments: str, actions: str = "true") -> list[str]:
    """The lines that GitHub's runner would take for commands."""
    job = {
        "GITHUB_ACTIONS": actions,
        "GITHUB_WORKSPACE": str(repo.directory),
        "GITHUB_STEP_SUMMARY": str(repo.directory / "summary"),
        "GITHUB_OUTPUT": str(repo.directory / "output"),
    }
    run = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=repo.directory,
        env=environment() | job,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    return [line for line in run.stdout.splitlines() if line.startswith("::")]


@pytest.mark.parametrize(
    "way",
    [
        pytest.param(way, id=name, marks=() if name in BY_DAY else pytest.mark.night)
        for name, way in WAYS.items()
    ],
)
def test_github_is_told(repo: ProviderRepo, way: tuple[str, ...]) -> None:
    repo.write_handler(WRONG_HASH)
    (line,) = in_a_job(repo, *way)
    assert line.startswith("::error file=main.py,title=H10 content-hash (MUST)%3A fail::")
    summary = (repo.directory / "summary").read_text(encoding="utf-8")
    assert "## First: H10-content-hash (MUST)" in summary
    assert summary == (repo.directory / ".chaim/report.md").read_text(encoding="utf-8")
    outputs = (repo.directory / "output").read_text(encoding="utf-8").splitlines()
    assert outputs == [
        "outcome=violations",
        "failed=H10",
        f"report={Path(repo.directory, '.chaim').resolve()}",
    ]


def test_nobody_is_told_elsewhere(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    assert in_a_job(repo, *CHECK, actions="") == []
    assert not (repo.directory / "summary").exists()
    assert not (repo.directory / "output").exists()
