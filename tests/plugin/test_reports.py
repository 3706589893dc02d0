"""The report's files: the same from pytest, from pytest-xdist's workers and from the command."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chaim_conformance import contract
from tests.plugin.provider_repo import HANDLER, ONE_FORMAT, WRONG_HASH, ProviderRepo

FEW = ("H02", "H10", "H12")
QUICK = ("--profile", "quick", "--select", ",".join(FEW))
QUICK_BY_PYTEST = ("--chaim-profile", "quick", "--chaim-select", ",".join(FEW))


def _report(repo: ProviderRepo) -> dict[str, Any]:
    text = (repo.directory / ".chaim/report.json").read_text(encoding="utf-8")
    report: dict[str, Any] = json.loads(text)
    assert list(contract.validator("report").iter_errors(report)) == []
    return report


def _timeless(report: dict[str, Any]) -> dict[str, Any]:
    """The report without what differs from one run to the next, ids that handlers make too."""
    for key in ("started", "seconds"):
        del report[key]
    for clause in report["providers"][0]["clauses"]:
        del clause["seconds"], clause["attempts"]
        clause["failure"] = clause["failure"] and {
            key: clause["failure"][key] for key in ("where", "hint", "story", "steps", "replay")
        }
    return report


def test_pytest_its_workers_and_the_command_write_the_same(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    reports = []
    for arguments in (QUICK_BY_PYTEST, (*QUICK_BY_PYTEST, "-n", "2")):
        assert repo.pytest(*arguments).returncode == 1
        reports.append(_timeless(_report(repo)))
    assert repo.check(*QUICK).returncode == 1
    reports.append(_timeless(_report(repo)))
    assert reports[0] == reports[1] == reports[2]
    (provider,) = reports[0]["providers"]
    assert [(one["id"], one["status"]) for one in provider["clauses"]] == [
        ("H02", "pass"),
        ("H10", "fail"),
        ("H12", "pass"),
    ]
    assert reports[0]["outcome"] == "violations"
    assert reports[0]["exit_code"] == 1
    assert "H11" in provider["left"]


def test_a_failure_brings_its_scenario_and_its_transcript(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    repo.check(*QUICK)
    (failed,) = (c for c in _report(repo)["providers"][0]["clauses"] if c["failure"])
    for kind in ("scenario", "transcript"):
        kept = json.loads((repo.directory / ".chaim" / failed["failure"][kind]).read_text())
        assert list(contract.validator(kind).iter_errors(kept)) == []


def test_a_provider_that_does_not_start_is_reported_too(repo: ProviderRepo) -> None:
    repo.write("main.py", "import no_such_module\n")
    for run in (repo.pytest(*QUICK_BY_PYTEST), repo.check(*QUICK)):
        assert run.returncode == 4
        report = _report(repo)
        assert (report["outcome"], report["exit_code"]) == ("not started", 4)
        assert "no_such_module" in report["providers"][0]["not_started"]


def test_an_error_of_the_kit_before_anything_is_judged_is_reported(repo: ProviderRepo) -> None:
    repo.write(
        "conftest.py",
        "from chaim_conformance.errors import HarnessError\n"
        "from chaim_conformance.judge import Judge\n"
        "def start(judge):\n"
        "    raise HarnessError('no port can be had')\n"
        "Judge._start = start\n",
    )
    run = repo.pytest(*QUICK_BY_PYTEST)
    assert run.returncode == 3
    assert "no port can be had" in run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    report = _report(repo)
    assert (report["outcome"], report["exit_code"], report["whole"]) == ("error", 3, False)


@pytest.mark.night
def test_a_run_that_stops_at_the_first_failure_is_not_whole(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    assert repo.pytest(*QUICK_BY_PYTEST, "-x").returncode == 1
    report = _report(repo)
    assert not report["whole"]
    assert [one["id"] for one in report["providers"][0]["clauses"]] == ["H02", "H10"]


def test_the_first_violation_is_told_before_the_last_clause_is_judged(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    for run in (repo.pytest(*QUICK_BY_PYTEST), repo.check(*QUICK)):
        told = run.stdout.index("H10 content-hash (MUST) does not hold")
        assert told < run.stdout.index("H12 answered-hash")


def test_what_git_leaves_out_is_only_told_where_nobody_said_it(repo: ProviderRepo) -> None:
    repo.write("mine/.gitignore", "!report.json\n")
    repo.check(*QUICK, "--report", "mine")
    assert (repo.directory / "mine/.gitignore").read_text() == "!report.json\n"
    repo.check(*QUICK)
    assert (repo.directory / ".chaim/.gitignore").read_text() == "*\n"


def test_several_providers_are_in_one_report(repo: ProviderRepo) -> None:
    repo.write_handler()
    repo.write("bad.py", (repo.directory / "main.py").read_text().replace(*WRONG_HASH))
    repo.write(
        "chaim.toml",
        f'contract = "1.0"\n[provider.good]\nhandler = "{HANDLER}"\n{ONE_FORMAT}\n'
        f'[provider.bad]\nhandler = "python:bad.py:lambda_handler"\n{ONE_FORMAT}\n',
    )
    run = repo.check(*QUICK)
    assert run.returncode == 1
    report = _report(repo)
    outcomes = {one["name"]: one["outcome"] for one in report["providers"]}
    assert outcomes == {"good": "conformant", "bad": "violations"}
    assert "good: conformant; 3 passed, 0 failed" in run.stdout
