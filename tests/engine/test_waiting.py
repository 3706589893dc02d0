"""What takes a whole timeout is played where it is asked for, and a hang is not hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance import contract
from chaim_conformance.assessment import present
from chaim_conformance.config import Known, ProviderConfig, Settings
from chaim_conformance.judge import Judge
from chaim_conformance.suite import SUITE
from chaim_conformance.verdict import HUNG, Verdict

ROOT = Path(__file__).parents[2]
HANDLER = "python:tests/handlers/plain-python/main.py:lambda_handler"


def test_who_does_not_ask_is_told_how_to() -> None:
    provider = ProviderConfig(root=ROOT, handler=HANDLER)
    with Judge(provider, Settings(profile="default")) as judge:
        verdict = judge.judge(contract.clause("H56"))
    assert verdict.status == "not run"
    assert "300 s" in verdict.reason
    assert "--chaim-select H56" in verdict.reason


def test_only_h56_waits() -> None:
    assert [clause for clause, stimulus in SUITE.items() if stimulus.waiting(("1.0",))] == ["H56"]
    for scenario in SUITE["H56"].waiting(("1.0",)).values():
        assert any(a.waits for o in scenario.operations for a in o.attempts)
    for clause, stimulus in SUITE.items():
        for scenario in stimulus.fixed(("1.0",)):
            assert not any(a.waits for o in scenario.operations for a in o.attempts), clause


@pytest.mark.parametrize(
    ("reason", "known", "fails"),
    [(HUNG, (), True), (HUNG, ("H56",), False), ("by H56", (), False)],
)
def test_a_hang_fails_the_run_though_h56_may_hold(
    reason: str, known: tuple[str, ...], fails: bool
) -> None:
    verdict = Verdict(clause="H51", status="blocked", reason=reason, blocked_by=("H56",))
    provider = ProviderConfig(
        root=ROOT,
        handler="node:index.js",
        known=tuple(Known(clause=clause, reason="slow") for clause in known),
    )
    clause = contract.clause("H51")
    assert present(verdict, clause, provider=provider, settings=Settings()).fails is fails
