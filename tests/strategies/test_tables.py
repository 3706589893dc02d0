"""Drawn tables keep the rules of DynamoDB, read here once more from its documentation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from chaim_conformance.errors import UsageError
from chaim_conformance.strategies import TableBreakage, table_breakages, tables
from chaim_conformance.strategies.table_breakages import RULES
from chaim_conformance.synth_scenario import Construct, Index, Key, Table

QUICK = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")


@cache
def drawn() -> tuple[Table, ...]:
    found: list[Table] = []

    @settings(QUICK, max_examples=1500, phases=[Phase.generate])
    @given(tables())
    def collect(table: Table) -> None:
        found.append(table)

    collect()
    return tuple(found)


def indexes(table: Table) -> tuple[Index, ...]:
    return (*table.global_indexes, *table.local_indexes)


def keys(table: Table) -> Iterator[Key]:
    for holder in (table, *indexes(table)):
        yield from filter(None, (holder.partition_key, holder.sort_key))


def objections(table: Table) -> Iterator[str]:
    """What DynamoDB would say against it."""
    if table.name is not None and not NAME.fullmatch(table.name):
        yield "TableName"
    types: dict[str, str] = {}
    for key in keys(table):
        if not 1 <= len(key.name.encode()) <= 255:
            yield "length of a key's name"
        if types.setdefault(key.name, key.type) != key.type:
            yield f"two types of {key.name}"
    for holder in (table, *indexes(table)):
        first, second = holder.partition_key, holder.sort_key
        if first is not None and second is not None and first.name == second.name:
            yield "both keys alike"
    names = [index.name for index in indexes(table)]
    if len(set(names)) < len(names):
        yield "two indexes of one name"
    if not all(map(NAME.fullmatch, names)):
        yield "IndexName"
    if len(table.global_indexes) > 20 or len(table.local_indexes) > 5:
        yield "too many indexes"
    if any(index.partition_key is None for index in table.global_indexes):
        yield "a global index without a partition key"
    for index in table.local_indexes:
        if table.sort_key is None:
            yield "a local index without a sort key of the table"
        if index.partition_key is not None or index.sort_key is None:
            yield "a local index has a sort key of its own, and the table's partition key"
        if index.sort_key in (table.partition_key, table.sort_key):
            yield "a local index in the table's own order"
    for index in indexes(table):
        others = index.non_key_attributes
        if (index.projection == "INCLUDE") is not (1 <= len(others) <= 20):
            yield "NonKeyAttributes"
        if len(set(others)) < len(others) or set(others) & set(types):
            yield "a projected attribute twice"
    if sum(len(index.non_key_attributes) for index in indexes(table)) > 100:
        yield "too many projected attributes"
    if table.ttl_attribute in types:
        yield "TTL on a key"


def test_tables_keep_the_rules_of_dynamodb() -> None:
    for table in drawn():
        assert list(objections(table)) == []


def test_the_reading_of_the_rules_objects() -> None:
    number = Key(name="pk", type="N")
    first = Index(name="abc", partition_key=number)
    assert list(objections(Table(global_indexes=(first,)))) == ["two types of pk"]
    assert list(objections(Table(ttl_attribute="pk"))) == ["TTL on a key"]
    assert list(objections(Table(name="no"))) == ["TableName"]


OBJECTIONS = {
    "no-key": "length of a key's name",
    "one-attribute-twice": "both keys alike",
    "ttl-is-a-key": "TTL on a key",
    "duplicate-index": "two indexes of one name",
    "two-types": "two types of ",
    "nothing-included": "NonKeyAttributes",
    "short-name": "TableName",
    "bad-name": "TableName",
    "short-index-name": "IndexName",
    "too-many-global": "too many indexes",
    "too-many-local": "too many indexes",
    "local-without-sort-key": "a local index without a sort key of the table",
}


@pytest.mark.parametrize("rule", RULES)
def test_a_breakage_breaks_its_own_rule_alone(rule: str) -> None:
    @settings(QUICK, max_examples=60)
    @given(table_breakages(rule=rule))
    def check(breakage: TableBreakage) -> None:
        assert breakage.rule == rule
        found = list(objections(breakage.table))
        assert found
        assert all(one.startswith(OBJECTIONS[rule]) for one in found)

    check()


def test_a_breakage_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(UsageError, match=r"no-ttl.*ttl-is-a-key"):
        table_breakages(rule="no-ttl")


def test_imported_tables_have_a_name_and_nothing_else() -> None:
    imported = [table for table in drawn() if table.construct == "imported"]
    assert imported
    for table in imported:
        assert table == Table(id=table.id, construct="imported", name=table.name)
        assert table.name


def test_every_feature_is_drawn() -> None:
    made = [table for table in drawn() if table.construct != "imported"]
    of = {
        name: Counter(getattr(table, name) for table in made)
        for name in ("name", "stream", "billing", "encryption", "ttl_attribute", "construct")
    }
    assert set(of["encryption"]) == {"owned", "managed", "customer", "customer-arn"}
    assert set(of["stream"]) == {
        *("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"),
        None,
    }
    assert set(of["billing"]) == {"PAY_PER_REQUEST", "PROVISIONED"}
    assert set(of["construct"]) == {"Table", "TableV2"}
    assert {None, "CustomerTable", "a__b", "L" * 255} <= set(of["name"])
    assert len(of["ttl_attribute"]) > 3
    assert {key.type for table in made for key in keys(table)} == {"S", "N", "B"}
    assert {len(table.global_indexes) for table in made} >= {0, 1, 2, 3, 20}
    assert {len(table.local_indexes) for table in made} == {0, 1, 2, 5}
    every = list(chain.from_iterable(map(indexes, made)))
    assert {index.projection for index in every} == {"ALL", "KEYS_ONLY", "INCLUDE"}
    assert {len(index.non_key_attributes) for index in every} >= {0, 1, 2, 20}
    assert {index.sort_key is None for table in made for index in table.global_indexes} == {
        True,
        False,
    }


@pytest.mark.parametrize("construct", ["Table", "TableV2", "imported"])
def test_only_the_constructs_wanted_are_drawn(construct: Construct) -> None:
    @settings(QUICK, max_examples=30)
    @given(tables(constructs=(construct,), long_names=False))
    def check(table: Table) -> None:
        assert table.construct == construct
        assert len(table.name or "") < 200

    check()


def test_shrinks_to_a_plain_table() -> None:
    assert find(tables(), lambda table: True) == Table()
    two = find(tables(), lambda table: len(table.local_indexes) == 1)
    assert two == Table(sort_key=two.sort_key, local_indexes=two.local_indexes)


@pytest.mark.parametrize("constructs", [(), ("Table", "Tabelle")])
def test_unknown_constructs_are_a_usage_error(constructs: tuple[Construct, ...]) -> None:
    with pytest.raises(UsageError, match="expected some of Table, TableV2, imported"):
        tables(constructs=constructs)
