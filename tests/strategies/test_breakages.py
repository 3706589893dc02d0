"""Each drawn breakage breaks its rule and no other, in every dialect that has the rule."""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from chaim_conformance.errors import UsageError
from chaim_conformance.strategies import Breakage, bprints, breakages
from chaim_conformance.strategies.bprint_fields import Dialect
from chaim_conformance.strategies.breakages import PLACES, rules, ways
from tests.bprint_rules import broken_beyond, complaints
from tests.bprint_rules import rules as contract_rules
from tests.contract.test_vectors import vectors

QUICK = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
DIALECTS: tuple[Dialect, ...] = (1, 2)
APPLYING = [(rule, dialect) for dialect in DIALECTS for rule in rules(dialect)]


def breaks_alone(rule: str, document: Any, dialect: int) -> bool:
    """Whether the document breaks the rule, and as far as can be told no other."""
    if contract_rules()[rule]["by"] == "schema":
        return complaints(dialect, document) != []
    return complaints(dialect, document) == [] and list(broken_beyond(document)) == [rule]


@pytest.mark.parametrize(("rule", "dialect"), APPLYING)
def test_breakages_break_their_rule(rule: str, dialect: Dialect) -> None:
    @settings(QUICK, max_examples=30)
    @given(breakages(dialect=dialect, rule=rule))
    def check(breakage: Breakage) -> None:
        assert (breakage.rule, breakage.dialect) == (rule, dialect)
        assert breaks_alone(rule, breakage.document, dialect)

    check()


@cache
def of_three_fields(dialect: Dialect) -> dict[str, Any]:
    return find(bprints(dialect=dialect), lambda document: len(document["fields"]) == 3)


@pytest.mark.parametrize(("rule", "dialect"), APPLYING)
def test_every_way_breaks_its_rule_in_every_place(rule: str, dialect: Dialect) -> None:
    valid = of_three_fields(dialect)
    for way in ways(rule, dialect):
        for place in PLACES[dialect]:
            broken = way.spoil(deepcopy(valid), place)
            assert breaks_alone(rule, broken, dialect), broken
            if rule != "object":
                assert len(changes(valid, broken)) == 1


def changes(valid: dict[str, Any], broken: dict[str, Any]) -> list[Any]:
    """The keys of a document that are not as they were; of its fields, those that came."""
    before = {key: json.dumps(value) for key, value in valid.items()}  # where True is not 1
    after = {key: json.dumps(value) for key, value in broken.items()}
    keys = [key for key in before | after if before.get(key) != after.get(key)]
    if keys != ["fields"] or len(broken.get("fields") or ()) <= len(valid["fields"]):
        return keys
    added = Counter(map(json.dumps, broken["fields"])) - Counter(map(json.dumps, valid["fields"]))
    return list(added.elements())


@pytest.mark.parametrize("dialect", DIALECTS)
def test_any_rule_is_drawn(dialect: Dialect) -> None:
    drawn = set()

    # Hypothesis makes several breakages of one by small changes: there have to be many for all.
    @settings(QUICK, max_examples=1000, phases=[Phase.generate])
    @given(breakages(dialect=dialect))
    def collect(breakage: Breakage) -> None:
        drawn.add(breakage.rule)

    collect()
    assert drawn == set(rules(dialect))


def test_every_rule_of_the_contract_is_broken() -> None:
    assert {rule for rule, _ in APPLYING} == set(contract_rules())
    assert set(rules(1)) == set(contract_rules()) - {"identity"}
    assert set(rules(2)) == set(contract_rules()) - {"primary-key", "nested-scalar"}


def test_rules_apply_where_the_vectors_break_them() -> None:
    broken = {(vector["rule"], vector["dialect"]) for vector in vectors("bprint-invalid")}
    assert broken <= set(APPLYING)


@pytest.mark.parametrize("kind", ["map", "list"])
def test_fields_of_dialect_2_break_rules_deep_inside(kind: str) -> None:
    def is_below(breakage: Breakage) -> bool:
        last = breakage.document["fields"][-1]
        return bool((last["name"], last["type"]) == ("holder", kind))

    assert find(breakages(dialect=2, rule="length-order"), is_below)


def test_a_breakage_shrinks_to_the_spot() -> None:
    assert find(breakages(rule="length-order"), lambda _: True).document["fields"] == [
        {"name": "id", "type": "string", "required": True},
        {
            "name": "canary000000Broken",
            "type": "string",
            "constraints": {"minLength": 1, "maxLength": 0},
        },
    ]


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(UsageError, match="length-order"):
        breakages(rule="length")
    with pytest.raises(UsageError, match="dialect 1 has no such rule"):
        breakages(rule="identity")
    with pytest.raises(UsageError, match="dialects 1 and 2"):
        breakages(dialect=3)  # type: ignore[arg-type]
