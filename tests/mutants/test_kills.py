"""The kill matrix: each mutant dies by the clause that it names, and by no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance import contract
from chaim_conformance.checks import CHECKS
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.judge import Judge
from tests.mutants.catalogue import MUTANTS, Mutant, build


def statuses(locator: str, root: Path) -> dict[str, str]:
    """Each clause's status for this handler, under the named corners."""
    provider = ProviderConfig(root=root, handler=locator)
    with Judge(provider, Settings(profile="quick")) as judge:
        return {clause: judge.judge(contract.clause(clause)).status for clause in CHECKS}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_dies_by_its_clause_alone(mutant: Mutant, tmp_path: Path) -> None:
    found = statuses(build(mutant, tmp_path), tmp_path)
    assert {clause for clause, status in found.items() if status == "fail"} == set(mutant.clauses)
    assert "error" not in found.values()


def test_every_clause_kills() -> None:
    assert {clause for mutant in MUTANTS for clause in mutant.clauses} >= set(CHECKS)
