"""A handler that cannot be told of the kit's authority is judged on all that needs no https."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance import contract, runner
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.judge import Judge

ROOT = Path(__file__).parents[2]
HANDLER = "python:tests/handlers/plain-python/main.py:lambda_handler"


@pytest.mark.night
def test_what_needs_https_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "CA_VARIABLES", ("NOBODY_READS_THIS",))
    provider = ProviderConfig(root=ROOT, handler=HANDLER, scheme="http")
    with Judge(provider, Settings(profile="default", report=tmp_path)) as judge:
        verdicts = {name: judge.judge(contract.clause(name)) for name in ("H53", "H73")}
    assert verdicts["H53"].status == "pass"
    assert verdicts["H73"].status == "not run"
    assert "https" in verdicts["H73"].reason
