"""Node handlers and their mutants with credentials in Secrets Manager, where the AWS SDK is."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance import contract
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.judge import Judge
from chaim_conformance.search import drawn
from chaim_conformance.suite import SUITE
from tests.by_day import some_by_day
from tests.mutants.killing import kills
from tests.mutants.mutant import BASES, Mutant, build
from tests.mutants.node_faults_secrets import NODE_SECRETS_MUTANTS
from tests.node_sdk import NODE_MODULES, needs_node_sdk

pytestmark = needs_node_sdk
# Whose stimuli name secrets; the rest is as in test_conformant.py.
SECRETIVE = ("H50", "H51", "H53", "H70", "H71", "H75", "H80", "H82")
MUTANTS = {str(mutant): mutant for mutant in NODE_SECRETS_MUTANTS}
# One of each clause, the last as it happens.
BY_DAY = {mutant.clauses: name for name, mutant in MUTANTS.items()}.values()
NODE_BASES = sorted(name for name, base in BASES.items() if base.scheme == "node")


def provider(mutant: Mutant, directory: Path) -> ProviderConfig:
    (directory / "mutant").mkdir()
    (directory / "mutant/node_modules").symlink_to(NODE_MODULES)
    return ProviderConfig(root=directory, handler=build(mutant, directory / "mutant"))


@pytest.mark.parametrize("base", some_by_day(NODE_BASES, ["framework-cjs"]))
def test_conformant_handlers_pass(base: str, tmp_path: Path) -> None:
    whole = Mutant(name="none", base=base, clauses=(), edits=())
    with Judge(provider(whole, tmp_path), Settings(profile="quick", report=tmp_path)) as judge:
        verdicts = [judge.judge(contract.clause(clause)) for clause in SECRETIVE]
    assert {v.clause: v.status for v in verdicts} == dict.fromkeys(SECRETIVE, "pass")


@pytest.mark.parametrize("name", some_by_day(MUTANTS, BY_DAY))
def test_mutant_dies_by_its_clause(name: str, tmp_path: Path) -> None:
    mutant = MUTANTS[name]
    (clause,) = mutant.clauses
    with Judge(provider(mutant, tmp_path), Settings(profile="quick", report=tmp_path)) as judge:
        assert _dies_by(clause, judge)
        assert any(
            kills(scenario, clause, judge)
            for scenario in drawn(SUITE[clause].drawn, judge.facts.formats, 2, 0)
            if scenario.names_a_secret
        )


@pytest.mark.night
@pytest.mark.parametrize("mutant", NODE_SECRETS_MUTANTS, ids=str)
def test_mutant_dies_by_no_other(mutant: Mutant, tmp_path: Path) -> None:
    with Judge(provider(mutant, tmp_path), Settings(profile="quick", report=tmp_path)) as judge:
        others = [clause for clause in SECRETIVE if clause not in mutant.clauses]
        assert [clause for clause in others if _dies_by(clause, judge)] == []


def _dies_by(clause: str, judge: Judge) -> bool:
    """In a corner of the corpus."""
    corners = SUITE[clause].corners(judge.facts.formats)
    return any(kills(scenario, clause, judge) for scenario in corners.values())
