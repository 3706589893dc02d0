"""New clauses and disputed ones, under a contract that does not exist, as an author sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.made_up import conftest_for, made_up_contract
from tests.plugin.provider_repo import WRONG_HASH, ProviderRepo

FEW = ("--profile", "quick", "--select", "H02,H10")


@pytest.fixture
def broken(repo: ProviderRepo) -> ProviderRepo:
    """A handler that violates H10 alone."""
    repo.write_handler(WRONG_HASH)
    return repo


def pin(repo: ProviderRepo, version: str) -> None:
    path = repo.directory / "chaim.toml"
    text = path.read_text(encoding="utf-8")
    assert 'contract = "1.0"' in text
    path.write_text(text.replace('"1.0"', f'"{version}"', 1), encoding="utf-8")


def assert_both(
    repo: ProviderRepo, folder: Path, code: int, *said: str, strict: bool = False
) -> None:
    """Pytest and the command end alike, and say the same."""
    repo.write("conftest.py", conftest_for(folder))
    repo.write(
        "run.py",
        conftest_for(folder) + "from chaim_conformance import cli\n"
        "import sys\nsys.exit(cli.main())\n",
    )
    flags = (*FEW, *(("--strict",) if strict else ()))
    plugin = repo.pytest(*(flag.replace("--", "--chaim-", 1) for flag in flags))
    command = repo.script("run.py", "check", *flags)
    for run in (plugin, command):
        assert run.returncode == code, run.stdout + run.stderr
        for part in said:
            assert part in run.stdout + run.stderr, run.stdout + run.stderr


def test_a_clause_after_the_pinned_version_is_not_judged(
    broken: ProviderRepo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = made_up_contract(tmp_path_factory.mktemp("c") / "c", "1.1", H10={"since": "1.1"})
    assert_both(
        broken,
        folder,
        0,
        "n/a      H10",
        "it came with contract 1.1, and 1.0 is pinned",
        "contract: 1.0, as pinned; this kit has 1.1 too",
        strict=True,
    )


@pytest.mark.night
def test_a_clause_of_the_pinned_version_is_shown_and_not_counted(
    broken: ProviderRepo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = made_up_contract(tmp_path_factory.mktemp("c") / "c", "1.1", H10={"since": "1.1"})
    pin(broken, "1.1")
    said = ("FAIL     H10", "(new in 1.1) contentHash", "1 failed (1 of them not counted)")
    assert_both(broken, folder, 0, *said, "it counts from the next version on")
    assert_both(broken, folder, 1, "(new in 1.1) contentHash", strict=True)


@pytest.mark.night
def test_a_clause_counts_from_the_version_after_its_own(
    broken: ProviderRepo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = made_up_contract(tmp_path_factory.mktemp("c") / "c", "1.2", H10={"since": "1.1"})
    pin(broken, "1.2")
    assert_both(broken, folder, 1, "FAIL     H10", "1 failed,")


def test_a_pin_that_is_no_longer_supported(
    broken: ProviderRepo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = made_up_contract(tmp_path_factory.mktemp("c") / "c", "1.2")
    assert_both(broken, folder, 4, "chaim.toml: contract: '1.0', expected '1.2' or '1.1'")


@pytest.mark.night
def test_a_disputed_clause_is_marked_and_not_counted(
    broken: ProviderRepo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    disputed = {"disputed": "issue 7: S3 sees other bytes"}
    folder = made_up_contract(tmp_path_factory.mktemp("c") / "c", "1.0", H10=disputed, H02=disputed)
    said = (
        "(disputed) contentHash",
        "1 failed (1 of them not counted)",
        "Disputed  issue 7: S3 sees other bytes",
    )
    assert_both(broken, folder, 0, *said)
    assert_both(broken, folder, 1, "(disputed) contentHash", strict=True)
    listed = broken.script("run.py", "clauses")
    marked = [line[:3] for line in listed.stdout.splitlines() if line.endswith("  (disputed)")]
    assert marked == ["H02", "H10"]
    passed = broken.script("run.py", "check", "--profile", "quick", "--select", "H02").stdout
    assert "pass     H02 event-id-uuid4                   (disputed)" in passed
