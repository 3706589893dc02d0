"""Handlers that answer CloudFormation over https on port 443, whatever their ResponseURL says."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance import preflight
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.judge import Judge
from chaim_conformance.plane import Plane, PlaneServer, server
from chaim_conformance.plane.server import listen_on_loopback
from chaim_conformance.preflight import ProviderFacts
from tests.plugin.provider_repo import ProviderRepo
from tests.port_443 import at_443

CFN_RESPONSE = Path(__file__).parents[1] / "handlers/cfn-response-cjs/index.js"


@pytest.fixture
def cfn_response(repo: ProviderRepo) -> ProviderRepo:
    repo.write("index.js", CFN_RESPONSE.read_text(encoding="utf-8"))
    repo.configure('handler = "node:index.js"')
    return repo


def facts_of(directory: Path, handler: str) -> ProviderFacts:
    """Without a namespace, in which every port is free."""
    provider = ProviderConfig(root=directory, handler=handler)
    with Judge(provider, Settings(profile="quick", containment="off")) as judge:
        return judge.facts


@pytest.mark.parametrize(
    "selected",
    [
        pytest.param(("--chaim-select", "H01,H10,H51"), id="by day"),
        pytest.param((), id="whole", marks=pytest.mark.night),
    ],
)
def test_it_is_conformant(cfn_response: ProviderRepo, selected: tuple[str, ...]) -> None:
    with at_443():
        pass
    run = cfn_response.pytest("--chaim-profile", "quick", *selected)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "answers response-url; formats 1.0; over http\n" in run.stdout
    assert "note:" not in run.stdout


def test_another_kit_may_have_the_port(cfn_response: ProviderRepo) -> None:
    with at_443(), at_443():
        pass
    with PlaneServer(Plane(), answer_port=443):
        assert facts_of(cfn_response.directory, "node:index.js").answer_style == "response-url"


def test_without_the_port_it_is_said_what_that_means(
    cfn_response: ProviderRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listen_on_loopback(0) as taken:
        monkeypatch.setattr(preflight, "HTTPS_PORT", taken.getsockname()[1])
        monkeypatch.setattr(server, "LOOPBACK", ("127.0.0.1",))
        # In a namespace the port would be free.
        facts = facts_of(cfn_response.directory, "node:index.js")
    (note,) = facts.notes
    assert facts.answer_style == "provider-framework"
    assert "could not listen" in note
    assert "cfn-response module" in note


def test_a_handler_that_returns_nothing_is_not_taken_for_one(
    repo: ProviderRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "HTTPS_PORT", 0)
    text = (repo.directory / "main.py").read_text(encoding="utf-8")
    repo.write(
        "main.py", text + "\n\ndef silent(event, context):\n    lambda_handler(event, context)\n"
    )
    facts = facts_of(repo.directory, "python:main.py:silent")
    assert (facts.answer_style, facts.notes) == ("provider-framework", ())
