"""The search: what counts as a pass, what is blocked, and how far a failing scenario shrinks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hypothesis import strategies as st

from chaim_conformance.examples import example
from chaim_conformance.scenario import Attempt, Operation, Scenario
from chaim_conformance.search import Effort, drawn, search, simpler
from chaim_conformance.strategies import faults, lives
from chaim_conformance.suite import SUITE, Stimulus
from chaim_conformance.synth_scenario import App, Index, Key, SynthScenario, SynthStack, Table
from chaim_conformance.synth_simpler import simpler_synths
from chaim_conformance.transcript import Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation
from tests.checks.transcripts import perfect

LIFE = Scenario(
    bundles=(example("1.0", "STRICT"),),
    operations=(
        Operation(request_type="Create", attempts=(Attempt(), Attempt(start="cold"))),
        Operation(request_type="Update", attempts=(Attempt(presign=(faults.UNAVAILABLE,)),)),
        Operation(request_type="Delete", attempts=(Attempt(), Attempt())),
    ),
)
CREATED = Scenario(bundles=LIFE.bundles, operations=(Operation(request_type="Create"),))
EFFORT = Effort(examples=30, seed=0, seconds=60)


DRAWS = Stimulus(drawn=lambda formats: (lives.healthy_lives(formats),))


def never_delete(t: Transcript) -> Iterator[Finding]:
    """A clause that any Delete violates."""
    for record in t.attempts:
        if record.request_type == "Delete":
            yield Violation(expected="no Delete", seen="Delete", where=record)
    yield Upheld()


def test_a_failing_corner_shrinks_to_what_matters() -> None:
    found = search(never_delete, [LIFE], DRAWS, perfect, formats=("1.0",), effort=EFFORT)
    assert found.transcript is not None
    assert found.transcript.scenario.operations == (Operation(request_type="Delete"),)


def test_a_failing_draw_shrinks_to_what_matters() -> None:
    found = search(never_delete, [CREATED], DRAWS, perfect, formats=("1.0",), effort=EFFORT)
    assert found.violation is not None
    assert found.transcript is not None
    assert found.transcript.scenario.operations == (Operation(request_type="Delete", bundle=1),)


def test_what_was_found_late_is_reported_unshrunk() -> None:
    out_of_time = Effort(examples=30, seed=0, seconds=0)
    found = search(never_delete, [LIFE], DRAWS, perfect, formats=("1.0",), effort=out_of_time)
    assert found.transcript is not None
    assert found.transcript.scenario == LIFE


def test_what_is_known_is_not_shrunk() -> None:
    known = Effort(examples=30, seed=0, seconds=60, shrink=False)
    for planned in ([LIFE], [CREATED]):
        found = search(never_delete, planned, DRAWS, perfect, formats=("1.0",), effort=known)
        assert found.violation is not None
        assert found.scenarios == (1 if planned == [LIFE] else 2)


def test_what_only_odd_draws_show_is_marked() -> None:
    odd = Stimulus(drawn=lambda _: (st.just(CREATED),), odd=lambda _: (st.just(LIFE),))
    for examples, marked in ((0, False), (5, True)):
        effort = Effort(examples=5, seed=0, seconds=60, odd=examples)
        found = search(never_delete, [CREATED], odd, perfect, formats=("1.0",), effort=effort)
        assert (found.violation is not None) is found.odd is marked


def test_findings_are_counted() -> None:
    def check(t: Transcript) -> Iterator[Finding]:
        yield Upheld()
        yield Blocked(by="H54")

    found = search(
        check,
        [LIFE],
        DRAWS,
        perfect,
        formats=("1.0",),
        effort=Effort(examples=0, seed=0, seconds=1),
    )
    assert (found.upheld, found.blocked_by, found.scenarios) == (1, {"H54": 1}, 1)


def test_the_same_seed_draws_the_same() -> None:
    first = drawn(DRAWS.drawn, ("1.0",), 20, 7)
    drawn.cache_clear()
    assert drawn(DRAWS.drawn, ("1.0",), 20, 7) == first
    assert drawn(DRAWS.drawn, ("1.0",), 20, 8) != first


def test_simpler_scenarios_lose_one_thing_each() -> None:
    for candidate in simpler(LIFE):
        assert candidate != LIFE
        assert sum(len(o.attempts) for o in candidate.operations) <= 5


def test_every_stimulus_has_something_fixed_and_draws() -> None:
    for clause, one in SUITE.items():
        assert one.fixed(("1.0", "3.0")), clause
        assert one.drawn(("1.0", "3.0")), clause


def test_a_table_keeps_the_sort_key_that_its_local_indexes_need() -> None:
    index = Index(name="byDay", sort_key=Key(name="day"))
    table = Table(sort_key=Key(name="sk"), local_indexes=(index,))
    app = App(stacks=(SynthStack(tables=(table,), bindings=()),))
    simpler = simpler_synths(SynthScenario(apps=(app,)))
    tables = [table for one in simpler for table in one.apps[0].stacks[0].tables]
    assert replace(table, local_indexes=()) in tables
    assert all(one.sort_key or not one.local_indexes for one in tables)
