"""``judge`` and ``replay``: what a failing run leaves behind is judged, and played, again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from chaim_conformance.report.redaction import REDACTED
from tests.plugin.provider_repo import UNTIDY_URL, WRONG_HASH, ProviderRepo

H10 = ".chaim/failures/H10-content-hash"


@pytest.fixture
def failed(repo: ProviderRepo) -> ProviderRepo:
    """A repository whose handler was judged, and failed by two clauses."""
    repo.write_handler(WRONG_HASH, UNTIDY_URL)
    assert repo.check("--profile", "quick", "--select", "H10,H26").returncode == 1
    return repo


def test_a_failures_transcript_is_judged_without_its_provider(failed: ProviderRepo) -> None:
    Path(failed.directory, "main.py").unlink()
    run = failed.command("judge", f"{H10}.transcript.json")
    assert run.returncode == 1
    assert run.stdout.startswith("FAIL     H10 content-hash")
    assert re.search(r"^not run +H22, .*\(redacted: it takes the values of the", run.stdout, re.M)
    assert re.search(r"^\d+ others hold$", run.stdout, re.MULTILINE)
    assert "H10 content-hash (MUST) does not hold" in run.stdout
    assert "What was played" in run.stdout
    assert run.stderr == ""


def test_judged_by_selected_clauses(failed: ProviderRepo) -> None:
    run = failed.command("judge", f"{H10}.transcript.json", "--select", "H02,H21", "--verbose")
    assert run.returncode == 0
    assert run.stdout.splitlines() == [
        "pass     H02 event-id-uuid4",
        "pass     H21 presign-body",
    ]
    wrong = failed.command("judge", f"{H10}.transcript.json", "--select", "H99")
    assert wrong.returncode == 4
    assert "unknown clause 'H99'" in wrong.stderr


def test_a_should_fails_under_strict_alone(failed: ProviderRepo) -> None:
    file = ".chaim/failures/H26-base-url-shapes.transcript.json"
    only = ("judge", file, "--select", "H26")
    assert failed.command(*only).returncode == 0
    assert failed.command(*only, "--strict").returncode == 1


def test_judged_for_machines(failed: ProviderRepo) -> None:
    run = failed.command("judge", f"{H10}.transcript.json", "--json")
    assert run.returncode == 1
    told = json.loads(run.stdout)
    assert told["redacted"] is True
    verdicts = {one["clause"]: one for one in told["verdicts"]}
    assert verdicts["H10"]["status"] == "fail"
    assert verdicts["H10"]["expected"].startswith("contentHash sha256:")
    assert verdicts["H22"]["status"] == "not run"
    assert verdicts["H02"]["status"] == "pass"


def test_a_scenario_is_for_replay(failed: ProviderRepo) -> None:
    run = failed.command("judge", f"{H10}.json")
    assert run.returncode == 4
    assert "this is a scenario" in run.stderr
    assert "`chaim-conformance replay`" in run.stderr


def test_replay_says_first_what_does_not_hold(failed: ProviderRepo) -> None:
    run = failed.command("replay", f"{H10}.transcript.json")
    assert run.returncode == 1
    assert run.stdout.startswith("FAIL     H10 content-hash")
    assert re.search(r"^\d+ others hold$", run.stdout, re.MULTILINE)
    assert "pass " not in run.stdout
    assert REDACTED not in run.stdout
    verbose = failed.command("replay", f"{H10}.json", "--verbose")
    assert "pass     H02 event-id-uuid4" in verbose.stdout


@pytest.mark.night
def test_a_folder_of_failures_is_replayed_one_by_one(failed: ProviderRepo) -> None:
    run = failed.command("replay", ".chaim/failures")
    assert run.returncode == 1
    names = re.findall(r"^(H\S+\.json):$", run.stdout, re.MULTILINE)
    assert names == ["H10-content-hash.json", "H26-base-url-shapes.json"]
    assert run.stdout.count("H10 content-hash (MUST) does not hold") == 1
    failed.write_handler()
    mended = failed.command("replay", ".chaim/failures")
    assert mended.returncode == 0, mended.stdout
    assert len(re.findall(r"^\d+ hold$", mended.stdout, re.MULTILINE)) == 2


@pytest.mark.night
def test_a_known_failure_that_one_scenario_does_not_show_is_not_stale(
    failed: ProviderRepo,
) -> None:
    failed.configure(
        'handler = "python:main.py:lambda_handler"',
        '\n[[known]]\nclause = "H02"\nreason = "shows elsewhere"\n',
    )
    run = failed.command("replay", f"{H10}.json")
    assert "STALE" not in run.stdout


@pytest.mark.night
def test_a_report_is_replayed_by_its_failures(failed: ProviderRepo) -> None:
    for path in (".chaim", ".chaim/report.json"):
        run = failed.command("replay", path)
        assert run.returncode == 1
        names = re.findall(r"^(H\S+\.json):$", run.stdout, re.MULTILINE)
        assert names == ["H10-content-hash.json", "H26-base-url-shapes.json"]
    failed.write_handler()
    failed.check("--profile", "quick", "--select", "H10")
    whole = failed.command("replay", ".chaim")
    assert whole.returncode == 4
    assert "nothing was violated in this run" in whole.stderr


def test_a_folder_without_scenarios(failed: ProviderRepo) -> None:
    (failed.directory / "mine").mkdir()
    run = failed.command("replay", "mine")
    assert run.returncode == 4
    assert "mine: there is no scenario in this folder" in run.stderr
