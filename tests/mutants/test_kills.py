"""Mutants die by the clause that they name: in the corpus; one a clause in what is drawn, too.

CI has one of each clause, with those of ``test_hints.py``; the night has all of them, what a seed
draws, the whole matrix, and twenty seeds for each: ``test_matrix.py``.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance import corpus
from chaim_conformance.checks import CHECKS
from chaim_conformance.config import Settings
from chaim_conformance.judge import Judge
from chaim_conformance.suite import SUITE
from tests.mutants import test_hints
from tests.mutants.catalogue import MUTANTS, Mutant, provider_of
from tests.mutants.killing import kills, outlived
from tests.mutants.test_hints import HINTS

# To judge one is to play the corpus: where the hint is looked at, the kill is too.
PLAYED_HERE = [mutant for mutant in MUTANTS if mutant.name not in HINTS]
KILLED_BY_HINT = test_hints.BY_DAY.keys()
# The last one of each, as it happens; and whatever has to wait, for only that is seen by waiting.
IN_CI = [
    *{m.clauses: m for m in PLAYED_HERE if m.clauses not in KILLED_BY_HINT}.values(),
    *(mutant for mutant in PLAYED_HERE if mutant.timeout is not None),
]
# To draw takes longer than all else, and what is drawn is the same for all mutants of a clause.
DRAWN_FOR = {
    clause: mutant for mutant in MUTANTS if mutant.timeout is None for clause in mutant.clauses
}


def _marks(mutant: Mutant) -> tuple[pytest.MarkDecorator, ...]:
    return () if mutant in IN_CI else (pytest.mark.night,)


@pytest.mark.parametrize(
    "mutant", [pytest.param(m, marks=_marks(m), id=str(m)) for m in PLAYED_HERE]
)
def test_mutant_dies_by_its_clause(mutant: Mutant, tmp_path: Path) -> None:
    with judge_of(mutant, tmp_path) as judge:
        formats = judge.facts.formats
        for clause in mutant.clauses:
            waiting = SUITE[clause].waiting(formats) if mutant.timeout is not None else {}
            scenarios = waiting.values() or corpus.frozen(clause, formats)
            assert any(kills(scenario, clause, judge) for scenario in scenarios)


@pytest.mark.night
@pytest.mark.parametrize("clause", DRAWN_FOR)
def test_what_a_seed_draws_kills_one_of_each_clause(clause: str, tmp_path: Path) -> None:
    with judge_of(DRAWN_FOR[clause], tmp_path) as judge:
        assert outlived(judge, clause, seeds=(0,)) == []


def judge_of(mutant: Mutant, directory: Path) -> Judge:
    settings = Settings(profile="quick", report=directory)
    return Judge(provider_of(mutant, directory), settings)


def test_every_clause_kills() -> None:
    assert {clause for mutant in MUTANTS for clause in mutant.clauses} >= set(CHECKS)
    assert {mutant.clauses for mutant in IN_CI} | KILLED_BY_HINT == {m.clauses for m in MUTANTS}
    assert DRAWN_FOR.keys() >= {clause for clause in CHECKS if SUITE[clause].drawn(("1.0", "3.0"))}
