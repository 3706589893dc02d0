"""No clause cries wolf at a binder that keeps the contract in a way of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance.binder_judge import BinderJudge
from chaim_conformance.config import Settings
from chaim_conformance.contract import clauses
from tests.binder.mutant import BinderMutant, node_packages, provider_of
from tests.binder.varieties import VARIETIES

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")

# Without a stable key in its snapshots a style has nothing that B27 could judge.
EXPECTED = {("other-words-for-the-same-facts", "B27"): "n/a"}


@pytest.mark.parametrize("style", VARIETIES, ids=str)
def test_another_style_is_conformant(style: BinderMutant, tmp_path: Path) -> None:
    if style.base == "node-cdk" and node_packages() is None:
        pytest.skip("needs aws-cdk-lib for Node: set CHAIM_NODE_CDK to a folder where npm put it")
    settings = Settings(profile="quick", report=tmp_path / "report")
    concerned = [
        clause
        for clause in clauses()
        if clause.id.startswith("B") and clause.id in (style.clauses or (clause.id,))
    ]
    with BinderJudge(provider_of(style, tmp_path), settings) as judge:
        verdicts = [judge.judge(clause) for clause in concerned]
    wrong = {
        verdict.clause: verdict.violation or verdict.reason
        for verdict in verdicts
        if verdict.status != EXPECTED.get((style.name, verdict.clause), "pass")
    }
    assert wrong == {}
