"""``[[known]]``: every way in which an entry and a verdict can meet, and drafts of new entries."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import pytest

from chaim_conformance.config import Known, ProviderConfig, read_known
from chaim_conformance.errors import UsageError
from chaim_conformance.known import draft, weigh
from chaim_conformance.verdict import Status, Verdict, Violation
from tests.plugin.provider_repo import ONE_FORMAT, WRONG_HASH, ProviderRepo

FEW = ("--chaim-profile", "quick", "--chaim-select", "H02,H10,H12")
ONE = ("--chaim-profile", "quick", "--chaim-select", "H10")
HANDLER = 'handler = "python:main.py:lambda_handler"'
ENTRY = '[[known]]\nclause = "H10"\nreason = "hashes too much"\nissue = "#7"\n'
TODAY = date(2026, 11, 21)
Profile = Literal["quick", "default", "thorough"]
FAILED = Verdict(clause="H10", status="fail", violation=Violation(expected="a", seen="b"))


@pytest.mark.parametrize(
    ("status", "becomes"),
    [
        ("pass", "stale"),
        ("fail", "known"),
        ("unstable", "unstable"),
        ("blocked", "blocked"),
        ("not run", "not run"),
        ("n/a", "n/a"),
        ("error", "error"),
    ],
)
def test_a_listed_clause(status: Status, becomes: Status) -> None:
    entry = Known(clause="H10", reason="being fixed")
    verdict = replace(FAILED, status=status)
    assert weigh(verdict, [entry], today=TODAY, strict=False, profile="quick").status == becomes
    other = replace(entry, clause="H11")
    assert weigh(verdict, [other], today=TODAY, strict=False, profile="quick") == verdict


@pytest.mark.parametrize(
    ("shows_from", "profile", "becomes"),
    [
        ("quick", "quick", "stale"),
        ("quick", "thorough", "stale"),
        ("default", "quick", "pass"),
        ("default", "default", "stale"),
        ("thorough", "default", "pass"),
        ("thorough", "thorough", "pass"),  # by chance it was not drawn
    ],
)
def test_what_only_a_longer_profile_shows(
    shows_from: Profile, profile: Profile, becomes: Status
) -> None:
    entry = Known(clause="H10", reason="rare", profile=shows_from)
    passed = replace(FAILED, status="pass", violation=None)
    assert weigh(passed, [entry], today=TODAY, strict=True, profile=profile).status == becomes


@pytest.mark.parametrize(
    ("days", "strict", "becomes"),
    [(0, True, "known"), (-1, False, "known"), (-1, True, "fail"), (1, True, "known")],
)
def test_expiry(days: int, strict: bool, becomes: Status) -> None:
    entry = Known(clause="H10", reason="being fixed", expires=TODAY + timedelta(days=days))
    found = weigh(FAILED, [entry], today=TODAY, strict=strict, profile="quick")
    assert found.status == becomes
    assert ("overdue" in found.reason) is (days < 0)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"clause": "H99", "reason": "x"}, "unknown clause 'H99'"),
        ({"reason": "x"}, "unknown clause ''"),
        ({"clause": "H10"}, "H10 has no reason"),
        ({"clause": "H10", "reason": "  "}, "H10 has no reason"),
        ({"clause": "H10", "reason": "x", "expires": "2027-01-01"}, "without quotes"),
        ({"clause": "H10", "reason": "x", "provider": "other"}, "no [provider.other]"),
        ({"clause": "H11", "reason": "again"}, "H11 is listed twice"),
    ],
)
def test_an_entry_that_cannot_be_used(entry: dict[str, str], problem: str) -> None:
    good = {"clause": "H11", "reason": "x"}
    known, problems = read_known([good, entry], providers=("",))
    assert [one.clause for one in known] == ["H11"]
    assert len(problems) == 1
    assert problems[0].startswith("[[known]] number 2: ")
    assert problem in problems[0]


def test_known_failures_do_not_fail_the_run(repo: ProviderRepo) -> None:
    repo.configure(HANDLER, ENTRY)
    few = ("--profile", "quick", "--select", "H10")
    stale = repo.check(*few)
    assert stale.returncode == 1
    assert "STALE    H10" in stale.stdout
    assert "and holds: remove the entry" in stale.stdout
    repo.write_handler(WRONG_HASH)
    for run in (repo.pytest(*ONE), repo.check(*few)):
        assert run.returncode == 0
        assert "known    H10" in run.stdout
        assert "hashes too much #7" in run.stdout
    repo.configure(HANDLER, ENTRY + "expires = 2020-01-01\n")
    assert repo.check(*few).returncode == 0
    assert repo.check(*few, "--strict").returncode == 1


def test_unusable_entries_fail_the_run_and_the_rest_is_judged(repo: ProviderRepo) -> None:
    repo.configure(HANDLER, '[[known]]\nclause = "H98"\nreason = "x"\n[[known]]\nclause = "H10"\n')
    for run in (repo.pytest(*FEW), repo.check("--profile", "quick", "--select", "H02,H10,H12")):
        assert run.returncode == 1
        assert "clauses: 3 passed" in run.stdout
        assert "[[known]] number 1: unknown clause 'H98'" in run.stdout
        assert "[[known]] number 2: H10 has no reason" in run.stdout


@pytest.mark.night
def test_an_entry_may_be_about_one_provider(repo: ProviderRepo) -> None:
    repo.write("good/main.py", (repo.directory / "main.py").read_text(encoding="utf-8"))
    repo.write_handler(WRONG_HASH)
    repo.write(
        "chaim.toml",
        'contract = "1.0"\n'
        f'[provider.bad]\nhandler = "python:main.py:lambda_handler"\n{ONE_FORMAT}\n'
        f'[provider.good]\nhandler = "python:good/main.py:lambda_handler"\n{ONE_FORMAT}\n'
        f'{ENTRY}provider = "bad"\n',
    )
    run = repo.pytest(*FEW)
    assert run.returncode == 0, run.stdout
    assert "5 passed, 0 failed, 1 known" in run.stdout


@pytest.mark.night
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_draft_makes_the_next_run_green(repo: ProviderRepo, workers: tuple[str, ...]) -> None:
    repo.write_handler(WRONG_HASH)
    before = (repo.directory / "chaim.toml").read_text(encoding="utf-8")
    first = repo.pytest(*ONE, "--chaim-write-known", *workers)
    assert first.returncode == 1
    assert "chaim.toml: added H10 to [[known]]: give the reasons" in first.stdout
    after = (repo.directory / "chaim.toml").read_text(encoding="utf-8")
    assert after.startswith(before)
    (entry,) = tomllib.loads(after)["known"]
    assert entry["clause"] == "H10"
    assert "say why: contentHash sha256:" in entry["reason"]
    again = repo.pytest(*ONE, "--chaim-write-known")
    assert again.returncode == 0
    assert "nothing new" in again.stdout
    assert (repo.directory / "chaim.toml").read_text(encoding="utf-8") == after


def test_the_command_drafts_too(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    run = repo.check("--profile", "quick", "--select", "H10", "--write-known")
    assert run.returncode == 1
    assert "chaim.toml: added H10 to [[known]]: give the reasons" in run.stdout
    assert repo.check("--profile", "quick", "--select", "H10").returncode == 0


def test_a_draft_needs_a_file(repo: ProviderRepo) -> None:
    (repo.directory / "chaim.toml").unlink()
    run = repo.pytest("--chaim-handler", "python:main.py:lambda_handler", "--chaim-write-known")
    assert run.returncode == 4
    assert "there is no chaim.toml to write to" in run.stderr


def test_a_draft_keeps_every_character(tmp_path: Path) -> None:
    path = tmp_path / "chaim.toml"
    path.write_text('contract = "1.0"', encoding="utf-8")
    provider = ProviderConfig(root=tmp_path, file=path, name="one")
    drafted = draft(provider, {"H10": "\U0001f9be \x7f \x1b \\"}, today=TODAY, profile="default")
    (entry,) = tomllib.loads(path.read_text(encoding="utf-8"))["known"]
    assert drafted == ["H10"]
    assert entry["reason"].endswith("say why: \U0001f9be \x7f \x1b \\")
    assert (entry["provider"], entry["profile"]) == ("one", "default")


def test_a_draft_that_would_break_the_file_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "chaim.toml"
    path.write_text('contract = "1.0"\nknown = []\n', encoding="utf-8")
    provider = ProviderConfig(root=tmp_path, file=path)
    with pytest.raises(UsageError, match="cannot be added at its end"):
        draft(provider, {"H10": 'a "quoted"\nword'}, today=TODAY, profile="quick")
    assert path.read_text(encoding="utf-8") == 'contract = "1.0"\nknown = []\n'


def test_what_does_not_come_back_is_unstable(repo: ProviderRepo) -> None:
    """A handler that goes wrong in the second process that there ever was."""
    seen = repo.directory / "processes"
    repo.write_handler(
        (
            "hashlib.sha256(body).hexdigest()",
            "hashlib.sha256(body + odd()).hexdigest()",
        ),
        (
            "import hashlib\n",
            "import hashlib\n\n\ndef odd():\n"
            "    import os, pathlib\n"
            f"    seen, me = pathlib.Path({str(seen)!r}), str(os.getpid())\n"
            "    before = seen.read_text().split() if seen.exists() else []\n"
            "    if me not in before:\n"
            "        seen.write_text(' '.join((*before, me)))\n"
            "    return b'!' if seen.read_text().split()[1:2] == [me] else b''\n\n\n",
        ),
    )
    run = repo.pytest(*ONE)
    assert run.returncode == 1
    assert "UNSTABLE H10" in run.stdout
    assert "held when the same was played in a new process" in run.stdout
    assert "1 unstable" in run.stdout


def test_scenarios_of_ones_own(repo: ProviderRepo) -> None:
    """A failure that was kept is played first from then on, even where the corpus lacks it."""
    repo.write_handler(
        (
            "hashlib.sha256(body).hexdigest()",
            "hashlib.sha256(body.replace(b'zebra', b'')).hexdigest()",
        )
    )
    assert repo.pytest(*ONE).returncode == 0
    corpus = Path(__file__).parents[2] / "chaim_conformance/corpus/scenarios"
    text = (corpus / "large-1.0.json").read_text(encoding="utf-8")
    repo.write("kept/zebra.json", text.replace("canary100000Field", "zebra"))
    flag = repo.pytest(*ONE, "--chaim-scenarios", "kept")
    assert flag.returncode == 1
    assert "FAIL     H10" in flag.stdout
    repo.configure(HANDLER + '\nscenarios = "kept"')
    assert repo.pytest(*ONE).returncode == 1
    assert repo.check("--profile", "quick", "--select", "H10").returncode == 1
