"""``pytest -p chaim_conformance`` in a provider's repository: what it shows and how it ends."""

from __future__ import annotations

import json
import re
from contextlib import closing
from xml.etree import ElementTree

import pytest

from chaim_conformance.drivers import open_enclosure
from tests.plugin.provider_repo import (
    FRAMEWORK_CJS,
    ONE_FORMAT,
    UNTIDY_URL,
    WRONG_HASH,
    ProviderRepo,
)

FEW = ("--chaim-profile", "quick", "--chaim-select", "H02,H10,H12")


@pytest.mark.night
def test_a_line_per_clause_and_a_summary(repo: ProviderRepo) -> None:
    run = repo.pytest("--chaim-profile", "quick")
    assert run.returncode == 0, run.stdout + run.stderr
    clauses = re.findall(r"^(pass|not run) +(H\d\d) ([\w-]+)", run.stdout, re.MULTILINE)
    assert ("pass", "H10", "content-hash") in clauses
    assert len(clauses) == len({clause for _, clause, _ in clauses}) == 50
    assert re.search(
        r"clauses: 49 passed, 0 failed, 0 known, 0 n/a, 0 blocked, 1 not run, 0 unstable, 0 stale,"
        r" 0 error;"
        r" \d+ attempts in \d+\.\d s",
        run.stdout,
    )
    assert "answers provider-framework" in run.stdout


def test_how_far_handlers_are_contained_is_said(repo: ProviderRepo) -> None:
    with closing(open_enclosure("auto")) as enclosure:
        contained, lacking = enclosure.contained, enclosure.lacking
    said = repo.pytest(*FEW).stdout
    assert f"contained: {', '.join(contained)}\n" in said
    for note in lacking:
        assert f"note: {note}\n" in said
    off = repo.pytest(*FEW, "--chaim-containment", "off")
    assert off.returncode == 0, off.stdout + off.stderr
    assert "contained: no\n" in off.stdout


def test_a_handler_alone_needs_no_configuration(repo: ProviderRepo) -> None:
    (repo.directory / "chaim.toml").unlink()
    repo.write("index.js", FRAMEWORK_CJS.read_text(encoding="utf-8"))
    run = repo.pytest("--chaim-handler", "node:index.js", *FEW)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "clauses: 3 passed" in run.stdout


def test_a_violation_fails_its_clause_and_hides_no_other(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    run = repo.pytest(*FEW)
    assert run.returncode == 1
    assert "clauses: 2 passed, 1 failed" in run.stdout
    assert "H10 content-hash (MUST) does not hold" in run.stdout
    for part in ("Clause", "Because", "Matters", "Expected", "Seen", "What was played", "Replay"):
        assert re.search(rf"^  {part} ", run.stdout, re.MULTILINE) or part == "What was played"
    assert "Traceback" not in run.stdout + run.stderr


def test_the_printed_command_replays_the_violation(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    run = repo.pytest(*FEW)
    printed = re.search(r"Replay +chaim-conformance (.+)", run.stdout)
    assert printed is not None
    again = repo.command(*printed[1].split())
    assert again.returncode == 1
    assert "H10 content-hash (MUST) does not hold" in again.stdout
    repo.write_handler()
    assert repo.command(*printed[1].split()).returncode == 0


@pytest.mark.parametrize("workers", [(), pytest.param(("-n", "2"), marks=pytest.mark.night)])
def test_ids_can_be_pasted_back(repo: ProviderRepo, workers: tuple[str, ...]) -> None:
    ids = ("chaim::H10-content-hash", "chaim::H02")
    run = repo.pytest("-v", "--chaim-profile", "quick", *workers, *ids)
    assert run.returncode == 0, run.stdout + run.stderr
    assert set(re.findall(r"chaim::H\d\d-[\w-]+", run.stdout)) == {
        "chaim::H10-content-hash",
        "chaim::H02-event-id-uuid4",
    }


@pytest.mark.night
def test_the_verdicts_are_the_same_in_one_process_and_in_two(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    some = "--chaim-profile", "quick", "--chaim-select", "H02,H10,H26,H34,H41,H52,H73,H92"
    alone, spread = (
        dict(
            re.findall(
                r'chaim_clause" value="(H\d\d)" /><property name="chaim_verdict" value="(.+?)"',
                xml,
            )
        )
        for xml in (_junit(repo, *some, *extra) for extra in ((), ("-n", "2")))
    )
    assert alone == spread
    assert alone.pop("H10") == "fail"
    assert list(alone.values()) == ["pass"] * 7


def _junit(repo: ProviderRepo, *arguments: str) -> str:
    repo.pytest("--junitxml", "report.xml", *arguments)
    return (repo.directory / "report.xml").read_text(encoding="utf-8")


def test_pytests_own_selection(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    named = repo.pytest(*FEW, "-k", "content-hash")
    assert "2 deselected" in named.stdout
    assert "clauses: 0 passed, 1 failed" in named.stdout, named.stdout + named.stderr
    last = repo.pytest(*FEW, "--lf")
    assert "clauses: 0 passed, 1 failed" in last.stdout, last.stdout + last.stderr


@pytest.mark.night
def test_no_more_is_judged_after_the_first_failure(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    first = repo.pytest(*FEW, "-x")
    assert first.returncode == 1
    assert "H12" not in first.stdout.split("Chaim ingest contract")[0].split("FAILURES")[0]


def test_collect_only_lists_ids_and_starts_nothing(repo: ProviderRepo) -> None:
    repo.write("main.py", "raise SystemExit('loaded')")
    run = repo.pytest("--collect-only", "-q", *FEW)
    assert run.returncode == 0
    assert run.stdout.splitlines()[:3] == [
        "chaim::H02-event-id-uuid4",
        "chaim::H10-content-hash",
        "chaim::H12-answered-hash",
    ]


def test_junit_holds_verdicts_and_texts(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    cases = ElementTree.fromstring(_junit(repo, *FEW)).iter("testcase")
    found = {case.get("name"): case for case in cases}
    failure = found["H10-content-hash"].find("failure")
    assert failure is not None
    assert "does not hold" in (failure.text or "")
    assert found["H02-event-id-uuid4"].find("failure") is None


def test_a_should_counts_only_under_strict(repo: ProviderRepo) -> None:
    repo.write_handler(UNTIDY_URL)
    select = ("--chaim-profile", "quick", "--chaim-select", "H26")
    mild = repo.pytest(*select)
    assert mild.returncode == 0
    assert "FAIL     H26" in mild.stdout
    assert "(SHOULD, not counted)" in mild.stdout
    assert "H26 base-url-shapes (SHOULD) does not hold" in mild.stdout
    assert repo.pytest(*select, "--chaim-strict").returncode == 1
    assert repo.check("--profile", "quick", "--select", "H26").returncode == 0
    assert repo.check("--profile", "quick", "--select", "H26", "--strict").returncode == 1


def test_beside_tests_of_the_repository(repo: ProviderRepo) -> None:
    repo.write("test_own.py", "def test_own(): pass\n")
    alone = repo.pytest("test_own.py")
    assert alone.returncode == 0
    assert "1 passed" in alone.stdout
    assert "H02" not in alone.stdout
    both = repo.pytest("test_own.py", "--chaim", *FEW)
    assert both.returncode == 0
    assert "4 passed" in both.stdout


def test_pytest_leaves_the_kits_modules_as_they_are(repo: ProviderRepo) -> None:
    repo.write(
        "test_own.py",
        "import sys\n"
        "def test_own():\n"
        "    own = [m for n, m in sys.modules.items() if n.startswith('chaim_conformance.')]\n"
        "    assert own\n"
        "    assert {type(m.__loader__).__name__ for m in own} == {'SourceFileLoader'}\n",
    )
    run = repo.pytest("test_own.py")
    assert run.returncode == 0, run.stdout + run.stderr


def test_own_tests_need_neither_provider_nor_configuration(repo: ProviderRepo) -> None:
    (repo.directory / "chaim.toml").unlink()
    repo.write("test_own.py", "def test_own(): pass\n")
    assert repo.pytest("test_own.py").returncode == 0


@pytest.mark.night
def test_several_providers_are_told_apart(repo: ProviderRepo) -> None:
    repo.write_handler(WRONG_HASH)
    repo.write("good/main.py", (repo.directory / "main.py").read_text().replace("+ b' '", ""))
    repo.write(
        "chaim.toml",
        'contract = "1.0"\n'
        f'[provider.bad]\nhandler = "python:main.py:lambda_handler"\n{ONE_FORMAT}\n'
        f'[provider.good]\nhandler = "python:good/main.py:lambda_handler"\n{ONE_FORMAT}\n',
    )
    both = repo.pytest("-v", *FEW)
    assert both.returncode == 1
    assert "chaim::H10-content-hash[bad] FAIL" in both.stdout
    assert "chaim::H10-content-hash[good] PASS" in both.stdout
    assert repo.pytest(*FEW, "--chaim-provider", "good").returncode == 0
    assert repo.check("--profile", "quick", "--select", "H10").returncode == 1


@pytest.mark.night
def test_blocked_without_its_cause_fails_and_says_so(repo: ProviderRepo) -> None:
    repo.write_handler(('"/ingest/presign"', '"/ingest/elsewhere"'))
    run = repo.pytest("--chaim-profile", "quick", "--chaim-select", "H10")
    assert run.returncode == 1
    assert "blocked by H20" in run.stdout
    whole = repo.pytest("--chaim-profile", "quick", "--chaim-select", "H10,H20")
    assert whole.returncode == 1
    assert "clauses: 0 passed, 1 failed, 0 known, 0 n/a, 1 blocked" in whole.stdout


def test_no_secret_is_printed_or_written(repo: ProviderRepo) -> None:
    repo.write_handler(
        WRONG_HASH,
        (
            "text = pathlib.Path",
            'print("leaks", self.key, self.secret, self.secret.encode().hex())\n'
            "        text = pathlib.Path",
        ),
    )
    run = repo.pytest(*FEW, "-v", "-rA", "--junitxml", "report.xml")
    assert run.returncode == 1
    files = [path for path in repo.directory.rglob("*") if path.is_file()]
    texts = {
        str(path): path.read_text(encoding="utf-8")
        for path in files
        if path.suffix in (".json", ".xml")
    }
    assert any(name.endswith(".transcript.json") for name in texts)
    for text in (run.stdout, run.stderr, *texts.values()):
        assert not re.search(r"\bc[ks]-[A-Za-z]{12}", text)
        assert not re.search(r"X-Amz-Signature=[0-9a-f]{8}", text)
    assert "leaks [redacted] [redacted] [redacted]" in run.stdout


def test_what_failed_is_written_as_the_contract_has_it(repo: ProviderRepo) -> None:
    from chaim_conformance import contract

    repo.write_handler(WRONG_HASH)
    repo.pytest(*FEW, "--chaim-report", "out")
    folder = repo.directory / "out/failures"
    for name in ("scenario", "transcript"):
        file = folder / f"H10-content-hash{'' if name == 'scenario' else '.transcript'}.json"
        contract.validator(name).validate(json.loads(file.read_text(encoding="utf-8")))
    assert (repo.directory / "out/.gitignore").read_text() == "*\n"
    assert not (repo.directory / ".chaim").exists()
