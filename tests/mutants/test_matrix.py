"""For the night: every mutant against every clause, and twenty seeds; writes the kill matrix."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance import contract
from chaim_conformance.checks import CHECKS
from chaim_conformance.config import Settings
from chaim_conformance.judge import Judge
from tests.mutants.catalogue import MUTANTS, Mutant, provider_of
from tests.mutants.killing import outlived

pytestmark = pytest.mark.night


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_dies_by_its_clause_alone(
    mutant: Mutant,
    tmp_path: Path,
    record_property: pytest.RecordProperty,
    pytestconfig: pytest.Config,
) -> None:
    settings = Settings(
        profile=pytestconfig.getoption("--matrix-profile"),
        select=() if mutant.timeout is None else ("H56",),  # to have it wait
        report=tmp_path,
    )
    provider = provider_of(mutant, tmp_path)
    with Judge(provider, settings) as judge:
        verdicts = [judge.judge(contract.clause(clause)) for clause in CHECKS]
    record_property("kill_matrix_row", mutant.name)
    for verdict in verdicts:
        record_property(verdict.clause, verdict.status)
    assert {v.clause for v in verdicts if v.status == "fail"} == set(mutant.clauses)
    assert [v for v in verdicts if v.status in ("error", "unstable")] == []


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_twenty_seeds(mutant: Mutant, tmp_path: Path) -> None:
    if mutant.timeout is not None:
        pytest.skip("what never ends is not drawn")
    with Judge(provider_of(mutant, tmp_path), Settings(report=tmp_path)) as judge:
        for clause in mutant.clauses:
            assert outlived(judge, clause, seeds=range(20)) == []
