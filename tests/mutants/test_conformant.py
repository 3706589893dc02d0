"""Conformant handlers of every style pass every clause: the kit never cries wolf."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance import contract
from chaim_conformance.checks import CHECKS
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.judge import Judge

ROOT = Path(__file__).parents[2]
HANDLERS = {
    "reference": "python:reference_impl/chaim_reference/handler.py:handler",
    "node-provider": "node:examples/node-provider/src/index.js",
    "fetch-esm": "node:tests/handlers/fetch-esm/index.mjs",
    "framework-cjs": "node:tests/handlers/framework-cjs/index.js",
    "plain-python": "python:tests/handlers/plain-python/main.py:lambda_handler",
}


@pytest.mark.parametrize("name", HANDLERS)
def test_conformant_handlers_pass(name: str) -> None:
    provider = ProviderConfig(root=ROOT, handler=HANDLERS[name])
    with Judge(provider, Settings(profile="default")) as judge:
        verdicts = [judge.judge(contract.clause(clause)) for clause in CHECKS]
    assert {
        v.clause: (v.status, v.reason, v.violation)
        for v in verdicts
        if v.status != "pass" and (v.clause, v.status) != ("H56", "not run")
    } == {}


@pytest.mark.parametrize("name", HANDLERS)
def test_conformant_handlers_answer_in_time(name: str) -> None:
    """Endpoints that never end; the functions have a few seconds each, that this does not last."""
    provider = ProviderConfig(root=ROOT, handler=HANDLERS[name], timeout=4)
    with Judge(provider, Settings(profile="default", select=("H56",))) as judge:
        verdict = judge.judge(contract.clause("H56"))
    assert (verdict.status, verdict.violation) == ("pass", None)
