"""A binder's failing scenario shrinks to what matters, by way of apps that can be synthesized."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import islice

import pytest

from chaim_conformance.binder_judge import DRAWN
from chaim_conformance.binder_suite import BINDER_SUITE
from chaim_conformance.plain_app import PLAIN, needs
from chaim_conformance.search import Effort, drawn, search
from chaim_conformance.strategies import apps, changes, synth_scenarios
from chaim_conformance.suite import Stimulus
from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Index,
    Key,
    Schema,
    Synth,
    SynthScenario,
    SynthStack,
    Table,
)
from chaim_conformance.synth_simpler import simpler_synths
from chaim_conformance.synth_transcript import SynthRecord, SynthTranscript
from chaim_conformance.transcript import Credentials
from chaim_conformance.verdict import Finding, Upheld, Violation
from tests.strategies.app_rules import objections
from tests.strategies.test_tables import objections as objections_to_table

TWICE = synth_scenarios(apps(), synths=((Synth(), Synth()),), deploys=True)
CHANGED = changes().map(lambda change: change.scenario())
SCHEMA = Schema(file="a.bprint", text="{}")
EFFORT = Effort(examples=10, seed=0, seconds=60)


def some(*sources: object) -> tuple[SynthScenario, ...]:
    stimulus = Stimulus(drawn=lambda _: sources)  # type: ignore[arg-type, return-value]
    return drawn(stimulus.drawn, ("1.0",), 12, 0)


def play(scenario: SynthScenario) -> SynthTranscript:
    """As a binder does that writes nothing."""
    records = tuple(
        SynthRecord(number=number, synth=synth, outcome="synthesized")
        for number, synth in enumerate(scenario.synths)
    )
    secret = Credentials(api_key="ck-x", api_secret="cs-x")
    return SynthTranscript(
        scenario=scenario, capabilities=("core",), records=records, secret=secret
    )


def size(scenario: SynthScenario) -> int:
    """How much there is that could be left out."""
    plain = Table()
    tables = (t for app in scenario.apps for stack in app.stacks for t in stack.tables)
    return (
        len(scenario.synths)
        + scenario.deploys
        + sum(len(stack.bindings) for app in scenario.apps for stack in app.stacks)
        + sum(len(stack.tables) for app in scenario.apps for stack in app.stacks)
        + sum(bool(app.context) for app in scenario.apps)
        + sum(getattr(t, f.name) != getattr(plain, f.name) for t in tables for f in fields(Table))
    )


def test_every_candidate_is_smaller_and_can_be_synthesized() -> None:
    scenarios = some(TWICE, CHANGED)
    assert len(scenarios) > 10
    for scenario in scenarios:
        for candidate in simpler_synths(scenario):
            assert size(candidate) < size(scenario)
            for app in candidate.apps:
                assert list(objections(app)) == []
                for stack in app.stacks:
                    for table in stack.tables:
                        assert list(objections_to_table(table)) == [], table
                        assert table.construct != "imported" or table.name


def test_the_simplest_scenario_has_no_simpler_one() -> None:
    for scenario in islice(some(TWICE), 5):
        steps = 0
        smaller: SynthScenario | None = scenario
        while smaller is not None:
            scenario, steps = smaller, steps + 1
            smaller = next(simpler_synths(scenario), None)
        assert len(scenario.synths) == 1
        assert not scenario.deploys
        assert not any(stack.bindings or stack.tables for stack in scenario.apps[0].stacks)
        assert steps < 300


def test_what_is_left_out_of_one_app_is_left_out_of_all() -> None:
    """Else the difference between them would be another one than that which was meant."""
    stack = SynthStack(
        tables=(Table(name="T", billing="PROVISIONED"),),
        bindings=tuple(Binding(id=name, schema=SCHEMA) for name in ("One", "Two")),
    )
    renamed = replace(stack, bindings=(*stack.bindings, Binding(id="Three", schema=SCHEMA)))
    two = SynthScenario(
        apps=(App(stacks=(stack,)), App(stacks=(renamed,))), synths=(Synth(), Synth(app=1))
    )
    for candidate in simpler_synths(two):
        if len(candidate.synths) == 2:
            first, second = (app.stacks[0] for app in candidate.apps)
            assert first.tables == second.tables
            assert len(second.bindings) == len(first.bindings) + 1


def no_streams(t: SynthTranscript) -> Iterator[Finding]:
    """A clause that any table with a stream violates, if it is bound."""
    for record in t.records:
        if any(table.stream for _, _, table in t.app(record).bound()):
            yield Violation(expected="no stream", seen="a stream", where=record)
    yield Upheld()


def test_a_drawn_violation_shrinks_to_a_small_app() -> None:
    found = search(no_streams, [PLAIN], DRAWN["B07"], play, formats=("1.0",), effort=EFFORT)
    assert found.transcript is not None
    scenario = found.transcript.scenario
    assert isinstance(scenario, SynthScenario)
    (app,) = scenario.apps
    ((stack, binding, table),) = app.bound()
    assert len(scenario.synths) == len(app.stacks) == 1
    assert table == Table(id=table.id, construct=table.construct, stream=table.stream)
    assert len(stack.tables) <= 2
    assert binding.config == 0


def test_a_planned_violation_is_simplified() -> None:
    index = Index(name="byDay", partition_key=Key(name="day"))
    table = Table(name="Orders", stream="NEW_IMAGE", ttl_attribute="ttl", global_indexes=(index,))
    bindings = tuple(Binding(id=name, schema=SCHEMA) for name in ("One", "Two"))
    stack = SynthStack(tables=(table,), bindings=bindings)
    given = SynthScenario(
        apps=(App(stacks=(stack,), context=(("a", "b"),)),), synths=(Synth(), Synth()), deploys=True
    )
    found = search(no_streams, [given], DRAWN["B07"], play, formats=("1.0",), effort=EFFORT)
    assert found.transcript is not None
    assert found.transcript.scenario == SynthScenario(
        apps=(
            App(
                stacks=(replace(stack, tables=(Table(stream="NEW_IMAGE"),), bindings=bindings[1:]),)
            ),
        )
    )


NEEDS: dict[str, tuple[SynthStack, ...]] = {
    "Table": (SynthStack(tables=(Table(),)),),
    "TableV2": (SynthStack(tables=(Table(construct="TableV2"),)),),
    "stages": (SynthStack(stage="Prod"),),
    "stack-names": (SynthStack(name="Named"),),
    "unknown-environment": (SynthStack(region=None),),
    "several-stacks": (SynthStack(), SynthStack(id="Other")),
    "scopes": (SynthStack(tables=(Table(scopes=("Data",)),)),),
    "late-indexes": (SynthStack(tables=(Table(global_indexes=(Index(name="abc", late=True),)),)),),
}


@pytest.mark.parametrize("need", NEEDS)
def test_what_a_driver_has_to_know_to_play_it(need: str) -> None:
    app = App(stacks=NEEDS[need])
    assert needs(SynthScenario(apps=(app,))) - {"Table"} == {need} - {"Table"}
    told = replace(app, context=(("chaimApiBaseUrl", "https://x"),))
    assert needs(SynthScenario(apps=(App(stacks=()), told))) - {"Table"} == {need, "context"} - {
        "Table"
    }


def test_the_plain_app_asks_for_nothing_but_a_table() -> None:
    assert needs(PLAIN) == {"Table"}
    plain = {clause for clause, one in BINDER_SUITE.items() if _has_a_plain_corner(one.corners())}
    assert {"B05", "B07", "B12", "B19", "B23"} <= plain


def _has_a_plain_corner(corners: dict[str, SynthScenario]) -> bool:
    return any(needs(scenario) <= {"Table"} for scenario in corners.values())
