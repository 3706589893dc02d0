"""Conformant handlers of every style pass every clause: the kit never cries wolf."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from chaim_conformance import contract
from chaim_conformance.checks import CHECKS
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.judge import Judge
from tests.by_day import some_by_day

ROOT = Path(__file__).parents[2]
HANDLERS = {
    "reference": "python:reference_impl/chaim_reference/handler.py:handler",
    "node-provider": "node:examples/node-provider/src/index.js",
    "fetch-esm": "node:tests/handlers/fetch-esm/index.mjs",
    "framework-cjs": "node:tests/handlers/framework-cjs/index.js",
    "plain-python": "python:tests/handlers/plain-python/main.py:lambda_handler",
}


# By day the reference is judged as the README's first command does.
BY_DAY = ("framework-cjs", "plain-python")
# H56 waits in the test below; what needs a secret takes the SDK, which test_node_secrets.py has.
NOT_HERE = {("H56", "not run"), ("H80", "not run")}


def not_passed(name: str, profile: Literal["quick", "default"]) -> dict[str, object]:
    provider = ProviderConfig(root=ROOT, handler=HANDLERS[name])
    with Judge(provider, Settings(profile=profile)) as judge:
        verdicts = [judge.judge(contract.clause(clause)) for clause in CHECKS]
    elsewhere = NOT_HERE if name not in ("reference", "plain-python") else {("H56", "not run")}
    return {
        v.clause: (v.status, v.reason, v.violation)
        for v in verdicts
        if v.status != "pass" and (v.clause, v.status) not in elsewhere
    }


@pytest.mark.parametrize("name", some_by_day(HANDLERS, BY_DAY))
def test_conformant_handlers_pass_the_corpus(name: str) -> None:
    assert not_passed(name, "quick") == {}


@pytest.mark.night
@pytest.mark.parametrize("name", HANDLERS)
def test_conformant_handlers_pass(name: str) -> None:
    assert not_passed(name, "default") == {}


@pytest.mark.parametrize("name", some_by_day(HANDLERS, BY_DAY))
def test_conformant_handlers_answer_in_time(name: str) -> None:
    """Endpoints that never end; the functions have a few seconds each, that this does not last."""
    provider = ProviderConfig(root=ROOT, handler=HANDLERS[name], timeout=4)
    with Judge(provider, Settings(profile="default", select=("H56",))) as judge:
        verdict = judge.judge(contract.clause("H56"))
    assert (verdict.status, verdict.violation) == ("pass", None)
