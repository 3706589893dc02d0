"""A binder of another kind of tool: no clause cries wolf where it has a way of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaim_conformance.binder_judge import BinderJudge
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.contract import Clause, clauses
from tests.drivers.programs import HANDLERS, PYTHON

BINDER = Path(__file__).parents[1] / "binders/command-python"
OF_CDK = {clause.id for clause in clauses() if "aws-cdk" in clause.applies}
# No app of Terraform's is without an account.
OUT_OF_REACH = {"B03"}


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BinderJudge]:
    """The binder in a folder of its own, beside a handler."""
    root = tmp_path_factory.mktemp("provider")
    shutil.copytree(BINDER, root, dirs_exist_ok=True)
    shutil.copy(HANDLERS / "plain-python/main.py", root / "publish.py")
    provider = ProviderConfig(root=root, binder=f"command:{PYTHON} binder.py")
    with BinderJudge(provider, Settings(profile="quick", report=root / "report")) as opened:
        yield opened


@pytest.mark.parametrize(
    "clause", [c for c in clauses() if c.id.startswith("B")], ids=lambda c: c.id
)
def test_it_keeps_what_concerns_it(judge: BinderJudge, clause: Clause) -> None:
    verdict = judge.judge(clause)
    expected = "n/a" if clause.id in OF_CDK | OUT_OF_REACH else "pass"
    assert (verdict.status, verdict.violation) == (expected, None)
