"""Every binder with one fault dies by the clause that it names, and conformant ones live.

CDK takes its time: CI has one binder a clause, in JavaScript, and the night the others.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from chaim_conformance import corpus
from chaim_conformance.binder_judge import BinderJudge
from chaim_conformance.checks.binder import BINDER_CHECKS
from chaim_conformance.config import Settings
from chaim_conformance.contract import clauses
from chaim_conformance.errors import SdkMissing
from chaim_conformance.synth_scenario import SynthScenario
from chaim_conformance.verdict import Violation
from tests.binder.catalogue import MUTANTS
from tests.binder.mutant import BASES, BinderMutant, conformant, provider_of
from tests.binder.node_app import installed_cdk

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")


def _require(base: str) -> None:
    if base == "node-cdk":
        installed_cdk()


# The last one of each clause, as it happens. In Python each would wait for a Node of its own, too.
IN_CI = {mutant.clauses: mutant for mutant in MUTANTS if mutant.base == "node-cdk"}


def _marks(mutant: BinderMutant) -> tuple[pytest.MarkDecorator, ...]:
    chosen = IN_CI.get(mutant.clauses) is mutant
    return () if chosen else (pytest.mark.night,)


@pytest.mark.parametrize("mutant", [pytest.param(m, marks=_marks(m), id=str(m)) for m in MUTANTS])
def test_a_mutant_dies_by_its_clause(mutant: BinderMutant, tmp_path: Path) -> None:
    _require(mutant.base)
    settings = Settings(profile="quick", report=tmp_path / "report")
    with BinderJudge(provider_of(mutant, tmp_path), settings) as judge:
        for clause in mutant.clauses:
            scenarios = corpus.frozen_synths(clause)
            assert any(_kills(judge, clause, scenario) for scenario in scenarios)


def _kills(judge: BinderJudge, clause: str, scenario: SynthScenario) -> bool:
    """Whether the scenario shows it; one that takes an SDK that is not here shows nothing."""
    with suppress(SdkMissing):
        findings = BINDER_CHECKS[clause](judge.play(scenario))
        return any(isinstance(one, Violation) for one in findings)
    return False


# The reference lives in test_first_command.py.
@pytest.mark.parametrize("base", [base for base in BASES if base != "reference"])
def test_a_conformant_binder_lives(base: str, tmp_path: Path) -> None:
    _require(base)
    settings = Settings(profile="quick", report=tmp_path / "report")
    with BinderJudge(conformant(base, tmp_path), settings) as judge:
        verdicts = [judge.judge(clause) for clause in clauses() if clause.id.startswith("B")]
    wrong = {v.clause: v.violation or v.reason for v in verdicts if v.status != "pass"}
    assert wrong == {}


def test_every_clause_kills_in_each_language() -> None:
    killed = {(mutant.base, clause) for mutant in MUTANTS for clause in mutant.clauses}
    assert killed == {(base, clause) for base in BASES for clause in BINDER_CHECKS}
    assert {clause for clauses in IN_CI for clause in clauses} == set(BINDER_CHECKS)
