"""CDK really synthesizes every corner and what is drawn, so that whoever refuses is a binder."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from chaim_conformance.binder_suite import BINDER_SUITE
from chaim_conformance.strategies import apps
from chaim_conformance.synth_scenario import App

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")
from tests.binder.builder import build_app
from tests.strategies.app_rules import deployed_name


def synthesize(app: App, directory: Path) -> None:
    assembly = build_app(app, str(directory)).synth()
    names = {one.stack_name for one in assembly.stacks_recursively}
    assert names == {deployed_name(stack) for stack in app.stacks}


@pytest.mark.parametrize("clause", sorted(BINDER_SUITE))
def test_cdk_synthesizes_the_corners(clause: str, tmp_path: Path) -> None:
    others = {
        app
        for other, stimulus in BINDER_SUITE.items()
        if other < clause
        for one in stimulus.corners().values()
        for app in one.apps
    }
    found = {app: name for name, one in BINDER_SUITE[clause].corners().items() for app in one.apps}
    for number, (app, name) in enumerate(found.items()):
        if app not in others:  # those that have been synthesized for another clause
            try:
                synthesize(app, tmp_path / str(number))
            except RuntimeError as error:
                pytest.fail(f"{name}: {error}")


def test_cdk_synthesizes_a_hundred_apps(tmp_path: Path) -> None:
    drawn: list[App] = []

    @settings(
        max_examples=100,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(apps(late=True))
    def collect(app: App) -> None:
        drawn.append(app)

    collect()
    for number, app in enumerate(drawn):
        synthesize(app, tmp_path / str(number))
