"""A kind of data store as its schema describes it: what can be asked for, and what is no schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from chaim_conformance import contract
from chaim_conformance.binder_corners import changes, tables
from chaim_conformance.binder_judge import PLAIN, needs
from chaim_conformance.config import read_config
from chaim_conformance.datastores import DataStore, read_datastore
from chaim_conformance.drivers.binder_protocol import facts_of, synth_request
from chaim_conformance.errors import UsageError
from chaim_conformance.other_datastores import of_kind
from chaim_conformance.strategies.apps import apps, synth_scenarios
from chaim_conformance.strategies.resources import scenarios_of_kind
from chaim_conformance.synth_scenario import SynthScenario
from tests.checks.perfect_binder import metadata
from tests.engine.fake_binder import FACTS

EXAMPLE = Path(__file__).parents[2] / "examples/dsql-transfer/datastore-dsql.schema.json"
DSQL = read_datastore(EXAMPLE)


def schema(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"type": {"const": "queue"}, **properties}}


def store(**properties: Any) -> DataStore:
    return DataStore(text=json.dumps(schema(**properties)))


@pytest.mark.parametrize(
    ("about", "values"),
    [
        ({"type": "boolean"}, (True, False)),
        ({"type": "boolean", "default": False}, (True,)),
        ({"enum": ["a", "b", None]}, ("a", "b")),
        ({"const": 7}, (7,)),
        ({"type": "integer", "minimum": 30, "maximum": 40}, (30, 40, 35)),
        (
            {"type": "string", "pattern": "^arn:", "examples": ["arn:a", "arn:b"]},
            ("arn:a", "arn:b"),
        ),
        ({"type": "string", "maxLength": 5}, ("plain",)),
    ],
)
def test_values_are_valid_and_never_the_default(
    about: dict[str, Any], values: tuple[Any, ...]
) -> None:
    assert store(one=about).values == {"one": values}


@pytest.mark.parametrize(
    "about",
    [
        {"type": "string", "readOnly": True},
        {"type": "string", "x-physicalName": True},
        {"type": "array", "items": {"type": "string"}},
        {"type": "object"},
        {"type": "string", "pattern": "^arn:"},  # nobody guesses one, and there are no examples
    ],
)
def test_what_cannot_be_asked_for_has_no_values(about: dict[str, Any]) -> None:
    assert store(one=about).values == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "no JSON Schema"),
        (json.dumps({"properties": {"type": {"const": "../up"}}}), "letters, digits"),
        (json.dumps({"type": "nothing"}), "no JSON Schema"),
        (json.dumps({"properties": {}}), "properties.type: expected"),
        (json.dumps({"properties": {"type": {"const": "dynamodb"}}}), "leave datastore_schema out"),
        (
            json.dumps(schema(size={"type": "integer", "examples": ["big"]})),
            "properties.size.examples: 'big' is not valid",
        ),
        (json.dumps(schema(key={"$ref": "#/$defs/arn"})), "nowhere in this schema"),
        (json.dumps(schema(key={"items": {"$ref": "https://a.test/s"}})), "nowhere in this schema"),
        (json.dumps(schema(key={"$ref": "#/properties/key"})), "refers to itself without an end"),
        (
            json.dumps(schema(key={"type": "string", "$ref": "#/properties/key"})),
            "refers to itself without an end",
        ),
        (
            json.dumps(schema(key={"$id": "x", "$ref": "#/$defs/x", "$defs": {"x": {}}})),
            "do without an inner",
        ),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_kinds_schema_is_refused(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "datastore-queue.schema.json"
    file.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=message) as refused:
        read_datastore(file)
    assert str(file) in str(refused.value)


def test_a_property_may_refer_to_the_rest_of_the_schema() -> None:
    whole = schema(key={"$ref": "#/$defs/arn", "examples": ["arn:a"]})
    whole["$defs"] = {"arn": {"type": "string", "pattern": "^arn:"}}
    assert DataStore(text=json.dumps(whole)).values == {"key": ("arn:a",)}


def test_references_within_a_schema_are_found(tmp_path: Path) -> None:
    tree = {"type": "object", "additionalProperties": {"$ref": "#/$defs/tree"}}
    whole = schema(one={"$ref": "queue#/$defs/tree"}, two={"$ref": "#/$defs/tree"})
    whole |= {"$id": "https://a.test/queue", "$defs": {"tree": tree}}
    file = tmp_path / "datastore-queue.schema.json"
    file.write_text(json.dumps(whole), "utf-8")
    assert read_datastore(file).type == "queue"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.json: cannot be read"):
        read_datastore(tmp_path / "none.json")


def test_chaim_toml_names_it_relative_to_itself(tmp_path: Path) -> None:
    file = tmp_path / "chaim.toml"
    lines = 'contract = "1.0"\n[provider]\nbinder = "command:./b"\n'
    file.write_text(lines + 'datastore_schema = "kinds/q.json"\n', "utf-8")
    (provider,) = read_config(file)
    assert provider.datastore_schema == tmp_path / "kinds/q.json"
    file.write_text(lines, "utf-8")
    assert read_config(file)[0].datastore_schema is None


def test_the_contracts_own_schema_fits_tables() -> None:
    own = DataStore(text=json.dumps(contract.schema("datastore-dynamodb")))
    assert own.type == "dynamodb"
    for scenario in tables().values():
        (table,) = scenario.apps[0].stacks[0].tables
        assert own.problems({"type": "dynamodb", **metadata(table)}) == []


def _tables(scenario: SynthScenario) -> list[Any]:
    return [t for app in scenario.apps for stack in app.stacks for t in stack.tables]


def test_the_example_is_such_a_kind() -> None:
    assert (DSQL.type, DSQL.name_property) == ("dsql", None)
    assert set(DSQL.values) == {"deletionProtectionEnabled", "kmsEncryptionKey", "witnessRegion"}
    assert DSQL.values["deletionProtectionEnabled"] == (True,)


@pytest.mark.parametrize("name", ["index-added-rich", "ttl-enabled-named", "stream-changed-rich"])
def test_a_table_that_changes_is_a_resource_that_changes(name: str) -> None:
    scenario = of_kind(changes(name.rpartition("-")[0])[name], DSQL)
    before, after = scenario.apps
    assert before != after


def test_requests_for_resources_are_as_the_schema_says(tmp_path: Path) -> None:
    validate = contract.validator("binder-request").validate
    request = synth_request(1, of_kind(PLAIN, DSQL).apps[0], tmp_path)
    validate(request)
    (table,) = request["app"]["stacks"][0]["tables"]
    assert table == {
        "id": "Table",
        "scopes": [],
        "datastore": "dsql",
        "name": None,
        "properties": {},
    }


def test_who_names_no_kind_makes_tables() -> None:
    answer = {"protocol": "1.0", "capabilities": ["core"]}
    assert facts_of(answer, formats=("1.0",)).datastores == {"dynamodb"}
    of_another = {**answer, "datastores": ["dsql"]}
    contract.validator("binder-answer").validate(of_another)
    assert facts_of(of_another, formats=("1.0",)).datastores == {"dsql"}
    assert needs(of_kind(PLAIN, DSQL)) == {"dsql"}
    assert not needs(of_kind(PLAIN, DSQL)) <= FACTS.features | FACTS.constructs | FACTS.datastores


@settings(max_examples=30, deadline=None)
@given(scenarios_of_kind(synth_scenarios(apps(constructs=("Table", "TableV2"))), DSQL))
def test_drawn_scenarios_are_of_the_kind(scenario: SynthScenario) -> None:
    for table in _tables(scenario):
        assert (table.datastore, table.name, table.construct) == ("dsql", None, "Table")
        assert DSQL.problems({"type": "dsql", **dict(table.properties)}) == []


def test_a_kind_that_declares_nothing_can_be_drawn_too() -> None:
    source = synth_scenarios(apps(constructs=("Table",), most_stacks=1))

    @settings(max_examples=5, deadline=None)
    @given(scenarios_of_kind(source, store()))
    def draws(scenario: SynthScenario) -> None:
        assert {table.properties for table in _tables(scenario)} == {()}

    draws()
