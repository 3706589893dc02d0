"""A change changes one thing; a broken app breaks one clause, and whole it would be accepted."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from chaim_conformance.binder_corners import PLAIN
from chaim_conformance.errors import UsageError
from chaim_conformance.strategies import AppBreakage, Change, app_breakages, changes
from chaim_conformance.strategies.app_breakages import KINDS, WAYS, all_of
from chaim_conformance.strategies.breakages import rules
from chaim_conformance.strategies.changes import CHANGES, changed
from chaim_conformance.synth_scenario import App, SynthStack, Table
from tests.bprint_rules import broken_beyond, complaints
from tests.strategies.app_rules import objections
from tests.strategies.test_tables import objections as objections_to_table

QUICK = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
# What a change of a kind may differ in.
OF_TABLES = {"index-added", "index-removed", "ttl-enabled", "stream-changed", "billing-changed"}


def tables(app: App) -> list[Table]:
    return [table for stack in app.stacks for table in stack.tables]


def texts(app: App) -> dict[str, str | None]:
    return {b.schema.file: b.schema.text for stack in app.stacks for b in stack.bindings}


def ids(app: App) -> list[tuple[str, tuple[str, ...], str]]:
    return [(stack.id, b.scopes, b.id) for stack in app.stacks for b in stack.bindings]


def bare(stack: SynthStack) -> SynthStack:
    return replace(stack, tables=(), bindings=())


@pytest.mark.parametrize("kind", CHANGES)
def test_one_thing_changes(kind: str) -> None:
    @QUICK
    @given(changes(kinds=(kind,)))
    def check(change: Change) -> None:
        before, after = change.before, change.after
        assert [bare(one) for one in before.stacks] == [bare(one) for one in after.stacks]
        for app in (before, after):
            assert list(objections(app)) == []
            assert not any(list(objections_to_table(table)) for table in tables(app))
        assert (before == after) is (kind == "nothing")
        assert (tables(before) != tables(after)) is (kind in OF_TABLES)
        of_texts = {"field-added", "description-changed", "entity-renamed"}
        of_bindings = {"binding-added", "binding-removed"}
        assert (texts(before) != texts(after)) is (kind in of_texts | of_bindings)
        of_ids = {"binding-renamed", "binding-moved"}
        assert (ids(before) != ids(after)) is (kind in of_ids | of_bindings)
        assert change.scenario().apps == (before, after)

    check()


def test_a_removed_binding_leaves_another_in_its_stack() -> None:
    @QUICK
    @given(changes(kinds=("binding-removed",)))
    def check(change: Change) -> None:
        for before, after in zip(change.before.stacks, change.after.stacks, strict=True):
            assert bool(before.bindings) is bool(after.bindings)

    check()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_broken_was_whole(kind: str) -> None:
    @QUICK
    @given(app_breakages(kinds=(kind,)))
    def check(breakage: AppBreakage) -> None:
        assert breakage.kind == kind
        assert list(objections(breakage.whole)) == []
        assert breakage.app != breakage.whole
        assert breakage.may_refuse is (breakage.clause == "B30")
        assert len(breakage.scenario().synths) == 2
        assert breakage.scenario(after_whole=False).apps == (breakage.app,)
        if breakage.clause in ("B19", "B20"):
            files = {file.rpartition("/")[2] for file in texts(breakage.app)}
            assert set(breakage.names) <= files
        if breakage.clause == "B11":
            of = [binding.id for _, binding, _ in breakage.app.bound()]
            assert set(breakage.names) <= set(of)

    check()


@pytest.mark.parametrize("rule", rules(1))
def test_invalid_files_break_the_rule_asked_for(rule: str) -> None:
    @settings(QUICK, max_examples=5)
    @given(app_breakages(kinds=("invalid-bprint",), rule=rule))
    def check(breakage: AppBreakage) -> None:
        (changed_file,) = [
            file
            for file, text in texts(breakage.app).items()
            if text != texts(breakage.whole)[file]
        ]
        assert breakage.names == (changed_file.rpartition("/")[2],)
        document = json.loads(texts(breakage.app)[changed_file] or "")
        assert complaints(1, document) or list(broken_beyond(document))

    check()


@pytest.mark.parametrize("kind", ["other-app-id", "other-credentials"])
@pytest.mark.parametrize("where", ["", "-across-stacks"])
def test_disagreeing_bindings_are_of_one_table(kind: str, where: str) -> None:
    for breakage in all_of(f"{kind}{where}", PLAIN):
        assert list(objections(breakage.app)) == ["two applications on a table"]
        assert len({stack.id for stack, _, _ in breakage.app.bound()}) == (2 if where else 1)


def test_broken_json_is_no_json() -> None:
    for breakage in all_of("broken-json", PLAIN):
        for text in texts(breakage.app).values():
            with pytest.raises(ValueError):  # noqa: PT011  whatever is wrong with it
                json.loads(text or "")


def test_every_way_makes_another_app() -> None:
    for kind in WAYS:
        found = {one.app for one in all_of(kind, PLAIN)}
        assert len(found) == len(WAYS[kind].values), kind


def test_a_change_is_repeatable() -> None:
    assert changed("ttl-enabled", PLAIN) == changed("ttl-enabled", PLAIN)


def test_unknown_kinds_are_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"changes\(kinds=\('move',\)\): expected some of nothing"):
        changes(kinds=("move",))
    with pytest.raises(UsageError, match="expected some of invalid-bprint"):
        app_breakages(kinds=())
