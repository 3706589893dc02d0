"""Drawn apps are such as CDK, AWS and every conformant binder accept, and as rich as they claim."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from chaim_conformance.json_form import from_json, to_json
from chaim_conformance.strategies import apps, synth_scenarios
from chaim_conformance.synth_scenario import App, Config, Synth, SynthScenario, Table
from tests.bprint_rules import complaints
from tests.strategies.app_rules import objections
from tests.strategies.test_tables import objections as objections_to_table

QUICK = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@cache
def drawn() -> tuple[App, ...]:
    found: list[App] = []

    @settings(QUICK, max_examples=800, phases=[Phase.generate])
    @given(apps())
    def collect(app: App) -> None:
        found.append(app)

    collect()
    return tuple(found)


def test_apps_keep_the_rules() -> None:
    for app in drawn():
        assert list(objections(app)) == []


def test_the_reading_of_the_rules_objects() -> None:
    app = find(apps(), lambda app: len(app.stacks[0].bindings) == 2)
    second = replace(app.stacks[0].bindings[1], config=1)
    stack = replace(app.stacks[0], bindings=(app.stacks[0].bindings[0], second))
    other = replace(app, stacks=(stack,), configs=(Config(), Config(app_id="other")))
    assert list(objections(other)) == ["two applications on a table"]


def test_tables_of_apps_keep_the_rules_of_dynamodb() -> None:
    for app in drawn():
        for stack in app.stacks:
            for table in stack.tables:
                assert list(objections_to_table(table)) == []


def test_apps_have_a_json_form() -> None:
    for app in drawn()[:50]:
        scenario = SynthScenario(apps=(app,))
        data = json.loads(json.dumps(to_json(scenario)))
        assert from_json(SynthScenario, data) == scenario


def test_every_feature_is_drawn() -> None:
    stacks = [stack for app in drawn() for stack in app.stacks]
    bound = [one for app in drawn() for one in app.bound()]
    assert {len(app.stacks) for app in drawn()} == {1, 2, 3}
    assert {stack.region for stack in stacks} >= {None, "us-east-1", "cn-north-1", "us-gov-west-1"}
    assert {stack.account is None for stack in stacks} == {True, False}
    assert {stack.name is None for stack in stacks} == {True, False}
    assert {(stack.name is None, stack.stage is None) for stack in stacks} == {
        *((True, True), (True, False), (False, True), (False, False))
    }
    assert {table.construct for _, _, table in bound} == {"Table", "TableV2", "imported"}
    assert {len(table.scopes) for _, _, table in bound} >= {0, 1, 2}
    assert {len(binding.scopes) for _, binding, _ in bound} >= {0, 1}
    assert any(binding.table_of is not None for _, binding, _ in bound)
    configs = [config for app in drawn() for config in app.configs]
    assert {config.failure_mode for config in configs} == {None, "STRICT", "BEST_EFFORT"}
    assert {config.credentials.kind for config in configs} == {"secret", "keys"}
    assert any(config.credentials.secret.startswith("arn:aws-cn:") for config in configs)
    assert {bool(app.context) for app in drawn()} == {True, False}


def twins(app: App) -> bool:
    return any(
        one.id == other.id and one.scopes != other.scopes
        for stack in app.stacks
        for one in stack.tables
        for other in stack.tables
    )


def one_file_on_two_tables(app: App) -> bool:
    return any(
        one.schema == other.schema and one.table != other.table
        for stack in app.stacks
        for one in stack.bindings
        for other in stack.bindings
    )


def equal_configs_on_one_table(app: App) -> bool:
    return any(
        one.table == other.table
        and one.config != other.config
        and app.configs[one.config] == app.configs[other.config]
        for stack in app.stacks
        for one in stack.bindings
        for other in stack.bindings
        if one.table_of is None and other.table_of is None
    )


@pytest.mark.parametrize("trait", [twins, one_file_on_two_tables, equal_configs_on_one_table])
def test_what_tells_is_drawn(trait: object) -> None:
    assert callable(trait)
    assert any(trait(app) for app in drawn())


def test_late_indexes_are_drawn_where_wanted() -> None:
    late = find(
        apps(late=True),
        lambda app: any(index.late for _, _, table in app.bound() for index in table.local_indexes),
    )
    assert list(objections(late)) == []
    assert not any(
        index.late
        for app in drawn()
        for _, _, table in app.bound()
        for index in table.global_indexes
    )


@settings(QUICK, max_examples=50)
@given(apps(dialect=2))
def test_schemas_of_the_second_dialect(app: App) -> None:
    assert list(objections(app)) == []
    for _, binding, _ in app.bound():
        assert complaints(2, json.loads(binding.schema.text or "")) == []


def test_shrinks_to_one_plain_table() -> None:
    app = find(apps(), lambda app: True)
    ((stack, _, table),) = app.bound()
    assert table == Table()
    assert (stack.id, stack.name, stack.stage, stack.region) == ("Stack", None, None, "us-east-1")
    assert (app.configs, app.context) == ((Config(),), ())


def test_scenarios_have_the_synths_wanted() -> None:
    twice = (Synth(), Synth())
    scenario = find(synth_scenarios(synths=(twice,), deploys=True), lambda one: True)
    assert (scenario.synths, scenario.deploys, len(scenario.apps)) == (twice, True, 1)
