"""``chaim-conformance``: the same judgement for those who do not know pytest."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys

import pytest

from chaim_conformance import __version__, contract
from tests.plugin.provider_repo import (
    FRAMEWORK_CJS,
    ONE_FORMAT,
    PATIENCE,
    UNTIDY_URL,
    WRONG_HASH,
    ProviderRepo,
    environment,
)

FEW = ("--profile", "quick", "--select", "H02,H10,H12")


def add_second_provider(repo: ProviderRepo) -> None:
    repo.write(
        "chaim.toml",
        'contract = "1.0"\n'
        f'[provider.one]\nhandler = "python:main.py:lambda_handler"\n{ONE_FORMAT}\n'
        f'[provider.two]\nhandler = "node:index.js"\n{ONE_FORMAT}\n',
    )
    repo.write("index.js", FRAMEWORK_CJS.read_text(encoding="utf-8"))


def test_plain_lines_where_there_is_no_terminal(repo: ProviderRepo) -> None:
    run = repo.check(*FEW)
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.findall(r"^pass +(H\d\d)", run.stdout, re.MULTILINE) == ["H02", "H10", "H12"]
    assert "clauses: 3 passed, 0 failed" in run.stdout
    assert "\x1b" not in run.stdout + run.stderr
    assert "\r" not in run.stdout + run.stderr


def test_containment_can_be_switched_off(repo: ProviderRepo) -> None:
    run = repo.check(*FEW, "--containment", "off")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "contained: no\n" in run.stdout


def test_a_progress_bar_on_a_terminal(repo: ProviderRepo) -> None:
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "chaim_conformance.cli", "check", *FEW],
        cwd=repo.directory,
        env=environment(),
        stdin=follower,
        stdout=follower,
        stderr=follower,
    ) as process:
        os.close(follower)
        seen = b""
        try:
            while chunk := os.read(leader, 65536):
                seen += chunk
        except OSError:  # Linux's way of saying that the other end is closed
            pass
        finally:
            os.close(leader)
        assert process.wait(PATIENCE) == 0
    assert b"] 0/3 starting the provider\r" in seen
    assert re.findall(rb"\] (\d)/3(?! s)", seen) == [b"0", b"1", b"2", b"3"]
    assert b"pass     H10 content-hash" in seen


def test_violations(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    run = repo.check(*FEW)
    assert run.returncode == 1
    assert "FAIL     H10 content-hash" in run.stdout
    assert "H10 content-hash (MUST) does not hold" in run.stdout
    assert "clauses: 2 passed, 1 failed" in run.stdout


def test_it_says_what_pytest_says(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH, UNTIDY_URL)
    lines = re.compile(r"^(?:pass|FAIL|blocked|n/a|not run|error) +H\d\d.*$", re.MULTILINE)
    some = "H10,H12,H26,H34,H41"
    by_command = repo.check("--profile", "quick", "--select", some).stdout
    by_pytest = repo.pytest("--chaim-profile", "quick", "--chaim-select", some).stdout
    assert lines.findall(by_command) == lines.findall(by_pytest)
    assert len(lines.findall(by_command)) == 5
    for text in ("H10 content-hash (MUST) does not hold", "H26 base-url"):
        assert text in by_command
        assert text in by_pytest


def test_a_handler_alone(repo: ProviderRepo) -> None:
    (repo.directory / "chaim.toml").unlink()
    repo.write("index.js", FRAMEWORK_CJS.read_text(encoding="utf-8"))
    assert repo.check("--handler", "node:index.js", *FEW).returncode == 0


def test_a_should_counts_only_under_strict(repo: ProviderRepo) -> None:
    repo.write_handler(UNTIDY_URL)
    some = ("--profile", "quick", "--select", "H26")
    assert repo.check(*some).returncode == 0
    assert repo.check(*some, "--strict").returncode == 1


@pytest.mark.night
def test_several_providers(repo: ProviderRepo) -> None:
    add_second_provider(repo)
    both = repo.check(*FEW)
    assert both.returncode == 0, both.stdout + both.stderr
    assert "clauses: 6 passed" in both.stdout
    assert both.stdout.count("conformant; 3 passed") == 2
    assert both.stdout.index("provider one") < both.stdout.index("provider two")
    assert repo.check("--provider", "two", *FEW).stdout.count("clauses: 3 passed") == 1


@pytest.mark.night
def test_replay_by_choice_of_provider(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    repo.check(*FEW)
    failure = repo.directory / ".chaim/failures/H10-content-hash.json"
    assert json.loads(failure.read_text(encoding="utf-8"))
    add_second_provider(repo)
    file = os.fspath(failure)
    which = repo.command("replay", file)
    assert which.returncode == 4
    assert "--provider (one, two)" in which.stderr
    assert repo.command("replay", file, "--provider", "one").returncode == 1
    assert repo.command("replay", file, "--provider", "two").returncode == 0


def test_clauses(repo: ProviderRepo) -> None:
    run = repo.command("clauses")
    assert run.returncode == 0
    assert len(run.stdout.splitlines()) == len(contract.clauses())
    assert "H10 MUST   content-hash\n" in run.stdout


def test_version_and_help(repo: ProviderRepo) -> None:
    assert repo.command("--version").stdout == f"chaim-conformance {__version__}\n"
    assert "exit codes: 0 conformant, 1 violations" in repo.command("--help").stdout


def test_usage(repo: ProviderRepo) -> None:
    for arguments in ((), ("jude",), ("check", "--fast"), ("check", "--profile", "huge")):
        run = repo.command(*arguments)
        assert run.returncode == 4, arguments
        assert run.stderr.startswith("chaim-conformance: ")
        assert "usage:" in run.stderr
        assert "Traceback" not in run.stderr
