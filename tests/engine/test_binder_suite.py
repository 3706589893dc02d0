"""The binders' suite has stimuli for every clause, and its corners are what their names say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chaim_conformance import binder_corners, contract
from chaim_conformance.binder_examples import DOCUMENT, MANY, TABLES
from chaim_conformance.binder_suite import BINDER_SUITE, HOSTILE
from chaim_conformance.strategies.app_breakages import KINDS
from chaim_conformance.strategies.changes import CHANGES
from chaim_conformance.synth_scenario import App, SynthScenario
from tests.bprint_rules import broken_beyond, complaints
from tests.strategies.app_rules import objections
from tests.strategies.test_tables import objections as objections_to_table

# Clauses whose corners hold apps that are to be refused, or may be.
REFUSING = {"B11", "B19", "B20", "B21", "B30"}
CORNERS = {
    name: one for stimulus in BINDER_SUITE.values() for name, one in stimulus.corners().items()
}


def test_every_clause_of_binders_has_stimuli() -> None:
    clauses = {clause.id for clause in contract.clauses() if clause.id.startswith("B")}
    assert set(BINDER_SUITE) == clauses
    for stimulus in BINDER_SUITE.values():
        assert stimulus.corners()
        assert stimulus.drawn


def test_a_name_is_of_one_scenario() -> None:
    for stimulus in BINDER_SUITE.values():
        for name, scenario in stimulus.corners().items():
            assert CORNERS[name] == scenario, name


@pytest.mark.parametrize("clause", sorted(set(BINDER_SUITE) - REFUSING))
def test_corners_are_apps_to_accept(clause: str) -> None:
    for name, scenario in BINDER_SUITE[clause].corners().items():
        for app in scenario.apps:
            assert list(objections(app)) == [], name
            for stack in app.stacks:
                for table in stack.tables:
                    assert list(objections_to_table(table)) == [], name


def test_the_document_of_the_corners_is_valid() -> None:
    assert complaints(1, DOCUMENT) == []
    assert list(broken_beyond(DOCUMENT)) == []


def test_starts_of_processes_are_few() -> None:
    """Each other surrounding costs the start of a process, whatever is synthesized there."""
    surroundings = {
        (synth.process, synth.elsewhere, synth.default_base, synth.base_url)
        for scenario in CORNERS.values()
        for synth in scenario.synths
    }
    assert len(surroundings) <= 4
    assert sum(scenario.deploys for scenario in CORNERS.values()) <= 10
    assert sum(len(scenario.synths) for scenario in set(CORNERS.values())) <= 350


def test_every_kind_of_change_and_breakage_has_a_corner() -> None:
    names = {name.rpartition("-")[0] for name in CORNERS}
    assert set(CHANGES) - {"mode-changed"} <= names | {"mode-changed"}
    assert set(KINDS) - {"invalid-bprint"} <= names
    assert set(HOSTILE) <= names


def _apps(clause: str) -> list[App]:
    return [app for one in BINDER_SUITE[clause].corners().values() for app in one.apps]


FEATURES: dict[str, tuple[str, Callable[[App], bool]]] = {
    "twenty global indexes": (
        "B07",
        lambda app: any(len(t.global_indexes) == 20 for _, _, t in app.bound()),
    ),
    "a late index": (
        "B33",
        lambda app: any(i.late for _, _, t in app.bound() for i in t.global_indexes),
    ),
    "a table that exists already": (
        "B33",
        lambda app: any(t.construct == "imported" for _, _, t in app.bound()),
    ),
    "a stack in a Stage": ("B01", lambda app: any(stack.stage for stack in app.stacks)),
    "an unknown region": ("B03", lambda app: any(stack.region is None for stack in app.stacks)),
    "a context": ("B18", lambda app: bool(app.context)),
    "keys": ("B17", lambda app: any(c.credentials.kind == "keys" for c in app.configs)),
}


@pytest.mark.parametrize("feature", FEATURES)
def test_corners_have_what_puts_a_clause_to_the_test(feature: str) -> None:
    clause, has = FEATURES[feature]
    assert any(has(app) for app in _apps(clause))


def test_a_corner_of_twins_shares_an_id() -> None:
    _, first, second = MANY.stacks[0].tables
    assert first.id == second.id
    assert first.scopes != second.scopes


def test_corners_are_the_same_each_time() -> None:
    assert binder_corners.hostile() == binder_corners.hostile()
    assert isinstance(binder_corners.tables()["table-plain"], SynthScenario)
    assert set(TABLES) == {name.removeprefix("table-") for name in binder_corners.tables()}
