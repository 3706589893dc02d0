"""Every rule of ``.bprint`` documents is found where it is broken, under its name, and in words."""

from __future__ import annotations

import keyword
import re
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

from chaim_conformance.bprint_nodes import Dialect
from chaim_conformance.bprint_validation import Problem, errors, problems
from chaim_conformance.reserved_words import GO, JAVA, PYTHON
from chaim_conformance.strategies import Breakage, bprints, breakages
from chaim_conformance.strategies.breakages import PLACES, rules, ways
from tests.bprint_rules import complaints
from tests.contract.test_vectors import vectors

QUICK = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
DIALECTS: tuple[Dialect, ...] = (1, 2)
APPLYING = [(rule, dialect) for dialect in DIALECTS for rule in rules(dialect)]


def first(**field: Any) -> dict[str, Any]:
    """A document of the first dialect whose second field is this one."""
    return {
        "schemaVersion": 1.0,
        "entityName": "Payment",
        "description": "Payments",
        "primaryKey": {"partitionKey": "id"},
        "fields": [{"name": "id", "type": "string"}, *([field] if field else [])],
    }


def second(**field: Any) -> dict[str, Any]:
    """The same of dialect 2."""
    document = {**first(**field), "schemaVersion": "2.0", "identity": {"fields": ["id"]}}
    del document["primaryKey"]
    return document


def nested(levels: int, **innermost: Any) -> dict[str, Any]:
    """A document of dialect 2 with a field so many maps deep."""
    inner: dict[str, Any] = {"name": "inner", **innermost}
    for _ in range(levels):
        inner = {"name": "outer", "type": "map", "fields": [inner]}
    return second(**inner)


def only(document: Any, dialect: Dialect | None = None) -> Problem:
    (problem,) = problems(document, dialect=dialect)
    return problem


def broken(document: Any, dialect: Dialect) -> set[str]:
    return {problem.rule for problem in errors(problems(document, dialect=dialect))}


@pytest.mark.parametrize(("rule", "dialect"), APPLYING)
def test_a_breakage_is_found_under_its_rule_alone(rule: str, dialect: Dialect) -> None:
    @settings(QUICK, max_examples=30)
    @given(breakages(dialect=dialect, rule=rule))
    def check(breakage: Breakage) -> None:
        assert broken(breakage.document, dialect) == {rule}

    check()


@pytest.mark.parametrize(("rule", "dialect"), APPLYING)
def test_every_way_to_break_a_rule_is_found(rule: str, dialect: Dialect) -> None:
    valid = find(bprints(dialect=dialect), lambda document: len(document["fields"]) == 3)
    for way in ways(rule, dialect):
        for place in PLACES[dialect]:
            document = way.spoil(deepcopy(valid), place)
            assert broken(document, dialect) == {rule}, document


@pytest.mark.parametrize("dialect", DIALECTS)
def test_valid_documents_have_no_problems(dialect: Dialect) -> None:
    @settings(QUICK, max_examples=100)
    @given(bprints(dialect=dialect, odd=True))
    def check(document: dict[str, Any]) -> None:
        assert problems(document, dialect=dialect) == []

    check()


# Keys that documents have, with values that they do not.
strange_values = st.sampled_from(
    (None, True, 1, -1, 1.5, "", "a", "list", "map", "number", [], {}, [[]], [1], ["a"], {"a": 1})
)
strange_keys = st.sampled_from(
    ("name", "type", "default", "enum", "items", "fields", "constraints", "required", "other")
)


def holders(value: Any) -> list[dict[str, Any]]:
    """Every object in a value."""
    match value:
        case dict():
            return [value, *(one for part in value.values() for one in holders(part))]
        case list():
            return [one for part in value for one in holders(part)]
        case _:
            return []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_the_schema_refuses_is_a_problem_and_nothing_else_of_its_rules(
    dialect: Dialect,
) -> None:
    beyond = {"reserved-word", "unique-names", "unique-nested-names", "length-order"}
    beyond |= {"range-order", "pattern-compiles"}

    @settings(QUICK, max_examples=300)
    @given(bprints(dialect=dialect), st.data())
    def check(document: dict[str, Any], data: st.DataObject) -> None:
        for _ in range(data.draw(st.integers(1, 3))):
            holder = data.draw(st.sampled_from(holders(document)))
            key = data.draw(st.one_of(st.sampled_from(sorted(holder) or ["a"]), strange_keys))
            holder[key] = deepcopy(data.draw(strange_values))
        refused = complaints(dialect, document) != []
        assert bool(broken(document, dialect) - beyond) is refused

    check()


@pytest.mark.parametrize("vector", vectors("bprint-invalid"), ids=lambda v: v["rule"])
def test_invalid_vectors(vector: dict[str, Any]) -> None:
    assert broken(vector["document"], vector["dialect"]) == {vector["rule"]}


@pytest.mark.parametrize("vector", vectors("bprint-valid"), ids=lambda v: v["name"])
def test_valid_vectors(vector: dict[str, Any]) -> None:
    assert errors(problems(vector["document"])) == []
    assert errors(problems(vector["document"], dialect=vector["dialect"])) == []


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (
            first(name="amount", type="number", default="1"),
            "fields[1] (amount): default is a text, expected a number",
        ),
        (
            first(name="n", type="strin"),
            'fields[1] (n): type is "strin", which dialect 1 does not have here; '
            "did you mean string?",
        ),
        (
            second(name="n", type="list", items={"type": "map", "fields": [{"type": "number"}]}),
            "fields[1].items.fields[0]: name is missing",
        ),
        (
            first(name="n", type="string", constraints={"min": 1}),
            "fields[1] (n): constraints.min on a string; only numbers have min",
        ),
        (
            first(name="n", type="string", nameOverride="import"),
            'fields[1] (n): nameOverride is "import", a reserved word of Java and Python and Go',
        ),
        (
            {**first(), "Description": ""},
            'unexpected key "Description" (dialect 1); did you mean description?',
        ),
        (
            first(name="a b\n", type="string", enum=[]),
            'fields[1] ("a b\\n"): enum is empty',
        ),
        ([], "the document is a list, expected an object"),
    ],
)
def test_a_message_says_where_and_what_in_plain_words(document: Any, message: str) -> None:
    assert only(document).message == message


def test_a_path_leads_to_the_value() -> None:
    assert only(first(name="n", type="number", default="1")).path == "$.fields[1].default"
    assert only({**first(), "a b": 1}).path == '$["a b"]'


def test_the_dialect_is_found_out() -> None:
    assert problems(second(name="n", type="number.int")) == []
    without_identity = second(name="n", type="number.int")
    del without_identity["identity"]
    assert only(without_identity).rule == "identity"
    assert only({**first(), "nullable": 1}).message.startswith('unexpected key "nullable" (dialect')


def test_a_key_that_is_no_field_is_a_warning() -> None:
    problem = only({**first(), "primaryKey": {"partitionKey": "id", "sortKey": "SK"}})
    assert (problem.rule, problem.level) == ("key-declared", "warning")
    assert problem.path == "$.primaryKey.sortKey"
    assert errors([problem]) == []


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"\p{L}+", r"(?<year>\d{4})", r"[\w-.]+@x", r"(?<=a+)b", "a(?i)b"),
        "(" * 5_000 + ")" * 5_000,
    ],
)
def test_a_pattern_that_only_some_languages_take_is_no_error(pattern: str) -> None:
    problem = only(first(name="n", type="string", constraints={"pattern": pattern}))
    assert (problem.rule, problem.level) == ("pattern-compiles", "warning")


def test_a_fault_deep_inside_is_found_however_deep() -> None:
    problem = only(nested(5_000, type="number", default="1"))
    assert problem.rule == "default-of-type"
    assert problem.path.endswith(".fields[0].default")
    assert problems(nested(5_000, type="string")) == []


def test_endless_values_do_no_harm() -> None:
    value: Any = []
    for _ in range(50_000):
        value = [value]
    for key in ("default", "enum", "type", "name", "items", "fields", "annotations", "other"):
        assert errors(problems(first(**{"name": "n", "type": "string", key: value})))
    assert errors(problems({**first(), "primaryKey": value, "fields": value}))
    assert errors(problems({**second(), "identity": {"fields": [value, value]}}))
    assert errors(problems(value))


def test_messages_can_be_printed_whatever_a_document_has() -> None:
    odd = "\ud800"
    found = problems({**first(name=odd, type=odd, nameOverride=odd), odd: odd, "entityName": odd})
    found += problems(first(name="n", type="string", constraints={"pattern": f"({odd}"}))
    assert len(found) >= 4
    for problem in found:
        assert f"{problem} {problem.path}".encode()
        assert "\n" not in str(problem)


def test_reserved_words_are_whole_lists() -> None:
    assert sorted(PYTHON) == sorted(keyword.kwlist)
    assert (len(set(JAVA)), len(set(GO))) == (54, 25)
    assert all(re.fullmatch("[A-Za-z_]+", word) for word in (*JAVA, *PYTHON, *GO))
