"""What one synth leaves behind in a process is no fault: in life each has a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance.binder_judge import BinderJudge
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.contract import clauses
from tests.binder.mutant import faults_of, node_packages, provider_of

pytestmark = pytest.mark.skipif(
    node_packages() is None,
    reason="needs aws-cdk-lib for Node: set CHAIM_NODE_CDK to a folder where npm put it",
)
REMEMBERING = faults_of("node-cdk", prefix="js")(
    "names-of-all-apps",
    "B09",
    (
        "const apps = new WeakMap()\n",
        "const apps = new WeakMap()\nconst names = new Map()\n",
    ),
    (
        "  const taken = new Set(others",
        "  const key = stack.node.path\n"
        "  const taken = names.get(key) ?? names.set(key, new Set()).get(key)\n"
        "  const ids = new Set(others",
    ),
    ("  others.push(binding)\n", "  taken.add(resourceId)\n  others.push(binding)\n"),
)


@pytest.fixture
def provider(tmp_path: Path) -> ProviderConfig:
    return provider_of(REMEMBERING, tmp_path)


@pytest.mark.night
def test_names_that_a_process_remembers_are_those_of_one_synth(
    provider: ProviderConfig, tmp_path: Path
) -> None:
    settings = Settings(profile="quick", report=tmp_path / "report")
    (resource_id,) = (one for one in clauses() if one.id == "B09")
    with BinderJudge(provider, settings) as judge:
        verdict = judge.judge(resource_id)
        assert (verdict.status, verdict.violation) == ("pass", None)
        assert judge.notes == (
            "one synth disturbs the next in a process: each has a process of its own",
        )
