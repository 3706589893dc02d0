"""Resources of another kind of data store: judged by what the kind's own schema names."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chaim_conformance.binder_corners import identities, places
from chaim_conformance.contract import clause
from chaim_conformance.datastores import DataStore
from chaim_conformance.json_form import from_json, to_json
from chaim_conformance.other_datastores import changed, of_kind, resources, untouched
from chaim_conformance.synth_scenario import Property, Synth, SynthScenario, Table
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.transcript_judge import judged
from tests.checks.binder_verdicts import failures, verdict, violation
from tests.checks.perfect_binder import synthesized
from tests.checks.synthesized import app, edit_metadata, edit_snapshot, perfect

STORE = DataStore(
    text=json.dumps(
        {
            "type": "object",
            "properties": {
                "type": {"const": "queue"},
                "fifo": {"type": "boolean"},
                "encrypted": {"type": "boolean", "default": True},
                "retention": {"type": "integer", "minimum": 60, "default": 345600},
                "keyAlias": {"type": "string"},
                "queueUrl": {"type": "string", "readOnly": True},
                "queueName": {"type": "string", "pattern": "^[a-z]+$", "x-physicalName": True},
            },
            "required": ["type"],
            "additionalProperties": False,
        }
    )
)
FORMS = pytest.mark.parametrize("form", ["1.0", "3.0"])


def queue(name: str | None = None, **properties: Property) -> Table:
    declared = tuple(sorted(properties.items()))
    return Table(id="Jobs", name=name, datastore="queue", properties=declared)


def about(of: Table, form: str = "1.0", **metadata: Any) -> SynthTranscript:
    t = replace(perfect(app(of), form=form), datastore=STORE.text)
    named = {"queueName": of.name} if of.name else {}
    return edit_metadata(t, **named, **metadata)


@FORMS
@pytest.mark.parametrize(
    "of", [queue(), queue(fifo=True, retention=120, keyAlias="a"), queue(name="jobs", fifo=True)]
)
def test_a_binder_without_fault_passes(of: Table, form: str) -> None:
    t = about(of, form)
    assert failures(t) == set()
    assert {verdict(one, t) for one in ("B01", "B05", "B07", "B08", "B09", "B27")} == {"pass"}


def test_a_default_may_be_filled_in_or_left_out() -> None:
    assert failures(about(queue(), retention=345600)) == set()
    assert failures(about(queue(retention=345600), retention=None)) == set()
    assert failures(about(queue(), encrypted=True)) == set()
    assert failures(about(queue(encrypted=False), encrypted=False)) == set()


@pytest.mark.parametrize(
    ("of", "metadata", "broken"),
    [
        (queue(fifo=True), {"fifo": False}, "B07"),
        (queue(retention=120), {"retention": 60}, "B07"),
        (queue(encrypted=False), {"encrypted": None}, "B07"),
        (queue(), {"encrypted": False}, "B08"),
        (queue(), {"fifo": True}, "B08"),
        (queue(), {"keyAlias": "guessed"}, "B08"),
        (queue(), {"queueUrl": "https://sqs.us-east-1.amazonaws.com/1/jobs"}, "B08"),
        (queue(name="jobs"), {"queueName": "other"}, "B07"),
        (queue(fifo=True), {"fifo": "true"}, "B05"),
        (queue(), {"partitionKey": "pk"}, "B05"),
        (queue(), {"type": "dynamodb"}, "B05"),
    ],
)
def test_one_fault_violates_one_clause(of: Table, metadata: dict[str, Any], broken: str) -> None:
    t = replace(perfect(app(of)), datastore=STORE.text)
    named = {"queueName": of.name} if of.name else {}
    assert failures(edit_metadata(t, **{**named, **metadata})) == {broken}


def test_what_a_deployment_alone_tells_may_be_an_expression() -> None:
    assert failures(about(queue(), queueUrl="${Token[TOKEN.12]}")) == set()
    assert failures(about(queue(name="jobs"), queueUrl="https://sqs/1/jobs")) == set()


def test_the_path_has_the_kind() -> None:
    t = about(queue())
    (record,) = t.records
    moved = tuple(
        replace(file, path=file.path.replace("/queue/", "/dynamodb/")) for file in record.local
    )
    t = replace(t, records=(replace(record, local=moved),))
    assert failures(t) == {"B01"}
    assert "/queue/Jobs__User.json" in violation("B01", t).expected


def test_the_stable_key_has_the_kind_and_the_resources_logical_id() -> None:
    def keyed(key: str) -> SynthTranscript:
        return edit_snapshot(
            about(queue()), lambda d: {**d, "identity": {"stableResourceKey": key}}
        )

    assert failures(keyed("queue:logicalId:Jobs1A2B3C4D")) == set()
    assert failures(keyed("dynamodb:logicalId:Jobs1A2B3C4D")) == {"B27"}
    assert failures(keyed("queue:path:Stack/Binding")) == {"B27"}


def _changed_by_the_binding(t: SynthTranscript, **properties: Any) -> SynthTranscript:
    *before, last = t.records
    (stack,) = last.stacks
    store = stack.template["Resources"]["Store1A2B3C4D"]
    template = {
        "Resources": {
            **stack.template["Resources"],
            "Store1A2B3C4D": {**store, "Properties": {**store["Properties"], **properties}},
        }
    }
    return replace(t, records=(*before, replace(last, stacks=(replace(stack, template=template),))))


def test_the_resource_is_the_same_with_and_without_the_binding() -> None:
    t = synthesized(untouched(STORE)["untouched-plain"])
    assert verdict("B24", t) == "pass"
    assert verdict("B24", _changed_by_the_binding(t, tags=["bound"])) == "fail"


def _forgetful(t: SynthTranscript) -> SynthTranscript:
    first, last = t.records
    old, new = first.publications[0], last.publications[0]
    return replace(
        t, records=(first, replace(last, publications=(replace(new, properties=old.properties),)))
    )


@pytest.mark.parametrize("name", changed(STORE))
def test_a_changed_resource_is_published_again(name: str) -> None:
    t = replace(synthesized(changed(STORE)[name]), datastore=STORE.text)
    assert verdict("B22", t) == "pass"
    assert verdict("B22", _forgetful(t)) == "fail"


def test_silence_is_the_default_whatever_that_is() -> None:
    names = changed(STORE).keys()
    assert "declared-encrypted=False" in names  # its default is true
    assert "declared-fifo=False" not in names
    quiet = SynthScenario(
        apps=(app(queue(fifo=False)), app(queue())), synths=(Synth(), Synth(app=1))
    )
    t = replace(synthesized(quiet), datastore=STORE.text)
    assert verdict("B22", _forgetful(t)) == "nothing"


def test_what_is_about_dynamodb_is_not_judged_in_a_transcript_of_another_kind() -> None:
    t = about(queue())
    of_tables = perfect(app(Table(construct="TableV2")))
    assert judged(t, [clause("B33")]) == ()
    assert [one.status for one in judged(of_tables, [clause("B33")])] == ["pass"]


def test_a_resource_survives_its_json_form() -> None:
    t = about(queue(name="jobs", fifo=True, retention=120, keyAlias="caf\u00e9"))
    assert from_json(SynthTranscript, to_json(t)) == t
    plain = SynthScenario(apps=(app(),))
    assert "datastore" not in json.dumps(to_json(plain))


# Scenarios about tables, played with resources


@pytest.mark.parametrize("name", [*identities(), *places()])
def test_corners_about_tables_are_corners_about_resources(name: str) -> None:
    scenario = of_kind({**identities(), **places()}[name], STORE)
    t = replace(synthesized(scenario), datastore=STORE.text)
    assert {table.datastore for app in scenario.apps for _, _, table in app.bound()} == {"queue"}
    assert failures(t) == set()
    assert of_kind(scenario, STORE) == scenario


def test_tables_that_differ_become_resources_that_differ() -> None:
    (twins,) = of_kind(identities()["twins"], STORE).apps
    first, second = twins.stacks[0].tables
    assert first.properties != second.properties
    assert {first.datastore, second.datastore} == {"queue"}


def test_each_value_is_declared_alone_and_all_together() -> None:
    declared = {one.apps[0].stacks[0].tables[0].properties for one in resources(STORE).values()}
    assert () in declared
    assert (("fifo", True),) in declared
    names = {name for one in declared for name, _ in one}
    assert names == {"encrypted", "fifo", "retention", "keyAlias"}
    assert max(map(len, declared)) == 4
