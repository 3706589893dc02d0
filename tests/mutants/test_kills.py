"""Each mutant dies by the clause that it names: in the corpus, and in what a seed draws.

The night has the whole matrix and twenty seeds: ``test_matrix.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance import corpus
from chaim_conformance.checks import CHECKS
from chaim_conformance.config import Settings
from chaim_conformance.judge import Judge
from chaim_conformance.suite import SUITE
from tests.mutants.catalogue import MUTANTS, Mutant, provider_of
from tests.mutants.killing import kills, outlived


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutant_dies_by_its_clause(mutant: Mutant, tmp_path: Path) -> None:
    provider = provider_of(mutant, tmp_path)
    with Judge(provider, Settings(profile="quick", report=tmp_path)) as judge:
        for clause in mutant.clauses:
            formats = judge.facts.formats
            if mutant.timeout is not None and (waiting := SUITE[clause].waiting(formats)):
                assert any(kills(scenario, clause, judge) for scenario in waiting.values())
                continue
            frozen = corpus.frozen(clause, formats)
            assert any(kills(scenario, clause, judge) for scenario in frozen)
            assert outlived(judge, clause, seeds=(0,)) == []


def test_every_clause_kills() -> None:
    assert {clause for mutant in MUTANTS for clause in mutant.clauses} >= set(CHECKS)
