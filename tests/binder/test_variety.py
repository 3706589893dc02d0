"""No clause cries wolf at a binder that keeps the contract in a way of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance.binder_judge import BinderJudge
from chaim_conformance.config import Settings
from chaim_conformance.contract import clause, clauses
from tests.binder.mutant import BinderMutant, node_packages, provider_of
from tests.binder.varieties import VARIETIES
from tests.by_day import some_by_day

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")

# Without a stable key in its snapshots a style has nothing that B27 could judge.
EXPECTED = {("other-words-for-the-same-facts", "B27"): "n/a"}

STYLES = {str(style): style for style in VARIETIES}
# By day the provider in JavaScript has another template, too: test_kills.py.
BY_DAY = ("other-words-for-the-same-facts", "in-the-manner-of-npm")
BINDERS = tuple(one.id for one in clauses() if one.id.startswith("B"))


@pytest.mark.parametrize("name", some_by_day(STYLES, BY_DAY))
def test_another_style_is_conformant(name: str, tmp_path: Path) -> None:
    """To the clauses that it concerns."""
    style = STYLES[name]
    assert _wrong(style, style.clauses, tmp_path) == {}


@pytest.mark.night
@pytest.mark.parametrize("name", STYLES)
def test_another_style_concerns_no_other_clause(name: str, tmp_path: Path) -> None:
    style = STYLES[name]
    others = tuple(one for one in BINDERS if one not in style.clauses)
    assert _wrong(style, others, tmp_path) == {}


def _wrong(style: BinderMutant, concerned: tuple[str, ...], tmp_path: Path) -> dict[str, object]:
    if style.base == "node-cdk" and node_packages() is None:
        pytest.skip("needs aws-cdk-lib for Node: set CHAIM_NODE_CDK to a folder where npm put it")
    settings = Settings(profile="quick", report=tmp_path / "report")
    with BinderJudge(provider_of(style, tmp_path), settings) as judge:
        verdicts = [judge.judge(clause(one)) for one in concerned]
    return {
        verdict.clause: verdict.violation or verdict.reason
        for verdict in verdicts
        if verdict.status != EXPECTED.get((style.name, verdict.clause), "pass")
    }
