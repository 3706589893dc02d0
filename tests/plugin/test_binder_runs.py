"""A binder judged as its author does it: alone, beside a handler, by pytest and by the command."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from chaim_conformance import contract
from chaim_conformance.plain_app import PLAIN_DOCUMENT
from tests.plugin.provider_repo import BINDER, HANDLER, ONE_FORMAT, WRONG_HASH, ProviderRepo

# A fault of level MUST. One of level SHOULD the binder has anyway (B32), and one that it takes
# schemas for which are none (B19).
WRONG_BILLING = ('"billingMode": table["billing"]', '"billingMode": "PROVISIONED"')
FEW = ("--chaim-profile", "quick", "--chaim-select", "B04,B07,B12")
LINE = re.compile(r"^(?:pass|FAIL|known|blocked|n/a|not run|error) +[HB]\d\d .*$", re.MULTILINE)
KNOWN = '[[known]]\nclause = "B19"\nreason = "it looks at the name alone"\n'
ONLY_BINDER = f"binder = '{BINDER}'"
BOTH = f"handler = '{HANDLER}'\n{ONLY_BINDER}"


@pytest.fixture
def binding(repo: ProviderRepo) -> ProviderRepo:
    """A repository whose binder is configured, and whose handler is not."""
    repo.write_binder()
    repo.configure(ONLY_BINDER)
    return repo


@pytest.mark.night
def test_a_line_for_each_clause_about_binders_by_both_front_ends(binding: ProviderRepo) -> None:
    binding.configure(ONLY_BINDER, KNOWN)
    run = binding.pytest("--chaim-profile", "quick")
    assert run.returncode == 0, run.stdout + run.stderr
    lines = LINE.findall(run.stdout)
    assert [line.split()[1] for line in lines if not line.startswith("not run")] == [
        clause.id for clause in contract.clauses() if clause.id.startswith("B")
    ]
    assert "n/a      B14 asset-directory                  the provider is not aws-cdk" in lines
    assert re.search(
        r"clauses: 21 passed, 1 failed \(1 of them not counted\), 1 known, 10 n/a, 0 blocked,"
        r" 0 not run, 0 unstable, 0 stale, 0 error; \d+ synths in \d+\.\d s",
        run.stdout,
    )
    assert "binder: core, dynamodb; formats 1.0; binds Table" in run.stdout
    assert len(re.findall(r"^contained: ", run.stdout, re.MULTILINE)) == 1
    some = "B07", "B14", "B19", "B32"
    command = binding.check("--profile", "quick", "--select", ",".join(some))
    assert command.returncode == 0, command.stdout + command.stderr
    assert LINE.findall(command.stdout) == [
        line for line in lines if any(f" {clause} " in line for clause in some)
    ]


def test_a_binder_needs_no_configuration(binding: ProviderRepo) -> None:
    (binding.directory / "chaim.toml").unlink()
    for run in (
        binding.pytest("--chaim-binder", BINDER, *FEW),
        binding.check("--binder", BINDER, "--profile", "quick", "--select", "B04,B07,B12"),
    ):
        assert run.returncode == 0, run.stdout + run.stderr
        assert "clauses: 3 passed" in run.stdout


def test_clauses_about_what_is_not_configured(repo: ProviderRepo) -> None:
    for flag, locator, clause, lacking in (
        ("handler", HANDLER, "B07", "binder"),
        ("binder", BINDER, "H10", "handler"),
    ):
        repo.write_binder()
        repo.configure(f"{flag} = '{locator}'")
        for run in (repo.pytest("--chaim-select", clause), repo.check("--select", clause)):
            assert run.returncode == 4
            assert f"-select {clause}: that is about a {lacking}, and none" in run.stderr
            assert f"set {lacking} in chaim.toml" in run.stderr


def test_both_halves_are_judged_in_one_run_and_built_once(repo: ProviderRepo) -> None:
    repo.write_binder()
    repo.write("build.py", "print('built', file=open('built.txt', 'a'))\n")
    repo.configure(f'{BOTH}\nprepare = "python3 build.py"')
    built = repo.directory / "built.txt"
    few = "--chaim-profile", "quick", "--chaim-select", "B07,H10"
    for judged in (
        lambda: repo.pytest(*few),
        lambda: repo.check("--profile", "quick", "--select", "B07,H10"),
        lambda: repo.pytest(*few, "-n", "2"),
    ):
        run = judged()
        assert run.returncode == 0, run.stdout + run.stderr
        assert sorted(line.split()[1] for line in LINE.findall(run.stdout)) == ["B07", "H10"]
        assert re.search(r"clauses: 2 passed, .*; \d+ attempts, \d+ synths in", run.stdout)
        assert "answers provider-framework" in run.stdout
        assert "binder: core" in run.stdout
        assert len(re.findall(r"^contained: ", run.stdout, re.MULTILINE)) == 1
        assert built.read_text(encoding="utf-8") == "built\n"
        built.unlink()


def test_the_half_that_is_not_asked_for_is_not_started(repo: ProviderRepo) -> None:
    repo.write("binder.py", "raise SystemExit('started')")
    repo.configure(BOTH)
    run = repo.pytest("--chaim-profile", "quick", "--chaim-select", "H10")
    assert run.returncode == 0, run.stdout + run.stderr
    repo.write_binder()
    repo.write("main.py", "raise SystemExit('started')")
    run = repo.pytest(*FEW)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.night
def test_of_several_providers_one_has_a_binder(repo: ProviderRepo) -> None:
    repo.write_binder(WRONG_BILLING)
    repo.write_handler(WRONG_HASH)
    repo.write(
        "chaim.toml",
        f"contract = \"1.0\"\n[provider.one]\nhandler = '{HANDLER}'\n{ONE_FORMAT}\n"
        f"[provider.two]\n{BOTH}\n{ONE_FORMAT}\n",
    )
    select = "--chaim-profile", "quick", "--chaim-select", "H02,H10,B04,B07"
    run = repo.pytest("-v", *select)
    assert run.returncode == 1
    assert dict(re.findall(r"chaim::([HB]\d\d)[\w-]+(\[\w+\] \w+)", run.stdout)) == {
        "H02": "[two] PASS",
        "H10": "[two] FAIL",
        "B04": "[two] PASS",
        "B07": "[two] FAIL",
    }
    assert "clauses: 3 passed, 3 failed" in run.stdout
    assert "two: binder: core" in run.stdout
    assert "one: binder" not in run.stdout
    one = repo.pytest(*select, "--chaim-provider", "one")
    assert "clauses: 1 passed, 1 failed" in one.stdout


@pytest.mark.night
def test_ids_keywords_and_what_failed_last(binding: ProviderRepo) -> None:
    binding.write_binder(WRONG_BILLING)
    quick = "--chaim-profile", "quick"
    pasted = binding.pytest("-v", *quick, "chaim::B04-local-overwritten", "chaim::B07")
    assert pasted.returncode == 1
    assert set(re.findall(r"chaim::(B\d\d)", pasted.stdout)) == {"B04", "B07"}
    named = binding.pytest(*FEW, "-k", "table-metadata")
    assert "2 deselected" in named.stdout
    assert "clauses: 0 passed, 1 failed" in named.stdout
    last = binding.pytest(*FEW, "--lf")
    assert "clauses: 0 passed, 1 failed" in last.stdout


@pytest.mark.night
def test_on_two_workers_a_binder_is_on_one_and_the_handler_beside_it(repo: ProviderRepo) -> None:
    repo.write_binder(WRONG_BILLING)
    repo.configure(BOTH)
    run = repo.pytest(
        "-v", "-n", "2", "--chaim-profile", "quick", "--chaim-select", "H10,B04,B07,B08,B12"
    )
    assert run.returncode == 1, run.stdout + run.stderr
    where = dict(re.findall(r"\[(gw\d)\].*chaim::([HB])", run.stdout))
    workers = {half: {w for w, h in where.items() if h == half} for half in "HB"}
    assert len(workers["B"]) == len(workers["H"]) == 1
    assert workers["B"] != workers["H"]
    assert "clauses: 4 passed, 1 failed" in run.stdout


def test_a_violation_is_told_kept_and_replayed(binding: ProviderRepo) -> None:
    binding.write_binder(WRONG_BILLING)
    run = binding.pytest(*FEW, "--junitxml", "report.xml")
    assert run.returncode == 1
    assert "clauses: 2 passed, 1 failed" in run.stdout
    assert "B07 table-metadata (MUST) does not hold" in run.stdout
    for label in ("Clause", "Because", "Matters", "Expected", "Seen", "In", "Replay"):
        assert re.search(rf"^  {label} ", run.stdout, re.MULTILINE), label
    assert "What was synthesized" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr
    cases = ElementTree.parse(binding.directory / "report.xml").iter("testcase")
    failures = {case.get("name"): case.findtext("failure") for case in cases}
    assert failures["B04-local-overwritten"] is None
    assert "billingMode" in (failures["B07-table-metadata"] or "")
    for name in ("scenario", "transcript"):
        end = "" if name == "scenario" else ".transcript"
        file = binding.directory / f".chaim/failures/B07-table-metadata{end}.json"
        contract.validator(f"synth-{name}").validate(json.loads(file.read_text(encoding="utf-8")))
    printed = re.search(r"Replay +chaim-conformance (.+)", run.stdout)
    assert printed is not None
    again = binding.command(*printed[1].split())
    assert again.returncode == 1
    assert "B07 table-metadata (MUST) does not hold" in again.stdout
    kept = ".chaim/failures/B07-table-metadata.transcript.json"
    assert binding.command("replay", kept).returncode == 1
    binding.write_binder()
    mended = binding.command(*printed[1].split(), "--verbose")
    assert mended.returncode == 0, mended.stdout
    assert "pass     B07 table-metadata" in mended.stdout
    assert not re.search(r" H\d\d ", mended.stdout)


@pytest.mark.night
def test_a_scenario_of_the_other_half_cannot_be_replayed(repo: ProviderRepo) -> None:
    repo.write_binder(WRONG_BILLING)
    repo.write_handler(WRONG_HASH)
    repo.configure(BOTH)
    repo.check("--profile", "quick", "--select", "H10,B07")
    failures = ".chaim/failures/H10-content-hash.json", ".chaim/failures/B07-table-metadata.json"
    for failure in failures:
        assert repo.command("replay", failure).returncode == 1
    of_handler = repo.command("replay", failures[0], "--binder", BINDER)
    assert of_handler.returncode == 4
    assert "the scenario is a handler's, and none is configured: --handler" in of_handler.stderr
    of_binder = repo.command("replay", failures[1], "--handler", HANDLER)
    assert of_binder.returncode == 4
    assert "the scenario is a binder's, and none is configured: --binder" in of_binder.stderr


@pytest.mark.night
def test_known_stale_and_drafted(binding: ProviderRepo) -> None:
    binding.write_binder(WRONG_BILLING)
    draft = binding.pytest(*FEW, "--chaim-write-known")
    assert draft.returncode == 1
    assert "chaim.toml: added B07 to [[known]]: give the reasons" in draft.stdout
    for known in (
        binding.pytest(*FEW),
        binding.check("--profile", "quick", "--select", "B04,B07,B12"),
    ):
        assert known.returncode == 0, known.stdout
        assert "known    B07 table-metadata" in known.stdout
    binding.write_binder()
    stale = binding.pytest(*FEW)
    assert stale.returncode == 1
    assert "STALE    B07" in stale.stdout


@pytest.mark.night
def test_a_should_counts_only_under_strict(binding: ProviderRepo) -> None:
    select = ("--chaim-profile", "quick", "--chaim-select", "B32")
    mild = binding.pytest(*select)
    assert mild.returncode == 0
    assert "B32 no-left-overs (SHOULD) does not hold" in mild.stdout
    assert binding.pytest(*select, "--chaim-strict").returncode == 1
    assert binding.check("--profile", "quick", "--select", "B32", "--strict").returncode == 1


def test_what_its_apps_cannot_have_is_not_asked_for(binding: ProviderRepo) -> None:
    features = 'FEATURES = ["stack-names", "scopes", "unknown-environment", "several-stacks"]'
    binding.write_binder((features, "FEATURES = []"))
    run = binding.pytest("--chaim-profile", "quick", "--chaim-select", "B03,B07,B14")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "its app cannot have what puts this to the test" in run.stdout
    assert "clauses: 1 passed, 0 failed, 0 known, 2 n/a" in run.stdout


def test_scenarios_of_ones_own_are_of_both_halves(repo: ProviderRepo) -> None:
    """A failure that was kept is played first; to the clauses of the other half it is nothing."""
    here = Path(__file__).parents[2] / "chaim_conformance/corpus"
    repo.write_binder(
        (
            '"billingMode": table["billing"]',
            '"billingMode": "PROVISIONED" if table["id"] == "Zebra" else table["billing"]',
        )
    )
    repo.configure(BOTH)
    few = "--profile", "quick", "--select", "H73,B07,B12,B20"
    assert repo.check(*few).returncode == 0
    table = {"id": "Zebra", "partition_key": {"name": "pk"}}
    schema = {"file": "a.bprint", "text": json.dumps(PLAIN_DOCUMENT)}
    stack = {"tables": [table], "bindings": [{"id": "B", "schema": schema}]}
    handlers = (here / "scenarios/large-1.0.json").read_text(encoding="utf-8")
    repo.write("kept/handlers.json", handlers)
    repo.write("kept/binders.json", json.dumps({"apps": [{"stacks": [stack]}]}))
    flag = repo.check(*few, "--scenarios", "kept")
    assert flag.returncode == 1, flag.stdout + flag.stderr
    assert "FAIL     B07" in flag.stdout
    assert "clauses: 3 passed, 1 failed" in flag.stdout
    repo.configure(f'{ONLY_BINDER}\nscenarios = "kept"')
    assert repo.check("--profile", "quick", "--select", "B07").returncode == 1
    # What the kit has for a clause cannot be played, and the own scenario does not concern it.
    features = 'FEATURES = ["stack-names", "scopes", "unknown-environment", "several-stacks"]'
    repo.write_binder((features, "FEATURES = []"))
    alone = repo.pytest("--chaim-profile", "quick", "--chaim-select", "B03")
    assert "n/a      B03" in alone.stdout, alone.stdout
    repo.write("kept/binders.json", '{"apps": [{"stacks": [{"tables": 7}]}]}')
    broken = repo.check("--profile", "quick", "--select", "B07")
    assert broken.returncode == 4
    assert "binders.json: this is no SynthScenario" in broken.stderr
