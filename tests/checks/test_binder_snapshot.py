"""What a LOCAL snapshot says: its form, its schema, and the truth about the table."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from chaim_conformance.synth_scenario import KEY_ARN, App, Index, Key, Table
from chaim_conformance.synth_transcript import Refusal, SynthTranscript
from tests.checks.binder_verdicts import failures, verdict, violation
from tests.checks.perfect_binder import metadata
from tests.checks.placeholders import NOTATIONS, OBJECTS
from tests.checks.synthesized import ORDER, USER, app, bend, edit_metadata, edit_snapshot, perfect

FORMS = pytest.mark.parametrize("form", ["1.0", "3.0"])
RICH = Table(
    id="Orders",
    name="orders",
    partition_key=Key(name="pk"),
    sort_key=Key(name="sk", type="N"),
    global_indexes=(
        Index(name="byMail", partition_key=Key(name="mail")),
        Index(
            name="byDay",
            partition_key=Key(name="day"),
            sort_key=Key(name="hour", type="N"),
            projection="INCLUDE",
            non_key_attributes=("total", "state"),
        ),
    ),
    local_indexes=(Index(name="byState", sort_key=Key(name="state"), projection="KEYS_ONLY"),),
    ttl_attribute="expires",
    stream="NEW_AND_OLD_IMAGES",
    billing="PROVISIONED",
    encryption="customer-arn",
)
ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/orders"
UNTIL_NOW = {"B05", "B06", "B07", "B08"}


def about(table: Table = RICH, form: str = "1.0", **metadata: Any) -> SynthTranscript:
    return edit_metadata(perfect(app(table), form=form), **metadata)


def indexes(table: Table = RICH) -> list[dict[str, Any]]:
    document = json.loads(perfect(app(table)).records[0].local[0].content)
    found: list[dict[str, Any]] = document["dataStore"]["globalSecondaryIndexes"]
    return found


# What is right


@FORMS
@pytest.mark.parametrize(
    "of",
    [
        app(),
        app(RICH),
        app(RICH, documents=(USER, ORDER)),
        app(Table(), Table(id="Other", scopes=("Store",)), documents=(USER, ORDER)),
        app(stage="Beta", name=None),
        app(name="given", region="cn-north-1"),
        app(account=None, region=None),
    ],
    ids=["plain", "rich", "two entities", "two tables", "stage", "named", "unknown"],
)
def test_a_binder_without_fault_passes(of: App, form: str) -> None:
    t = perfect(of, form=form)
    assert failures(t) == set()
    assert {verdict(clause, t) for clause in UNTIL_NOW} == {"pass"}


def test_what_the_contract_does_not_know_may_stand_anywhere() -> None:
    t = edit_snapshot(perfect(app(RICH)), lambda d: {**d, "x-more": {"a": None}, "_note": 1})
    assert failures(edit_metadata(t, itemCount=3, tags={})) == set()


SPELLINGS: dict[str, dict[str, Any]] = {
    "keys as objects": {
        "partitionKey": {"name": "pk", "type": "S"},
        "sortKey": {"attributeName": "sk", "attributeType": "N"},
    },
    "indexes by name": {
        "globalSecondaryIndexes": [
            {**{k: v for k, v in one.items() if k != "indexName"}, "name": one["indexName"]}
            for one in indexes()
        ]
    },
    "projection as a text": {
        "globalSecondaryIndexes": [
            {**{k: v for k, v in one.items() if k != "projectionType"}, "projection": what}
            for one, what in zip(indexes(), ("ALL", "INCLUDE"), strict=True)
        ]
    },
    "as DynamoDB spells it, in another order": {
        "globalSecondaryIndexes": [
            {
                "IndexName": "byDay",
                "KeySchema": [
                    {"AttributeName": "hour", "KeyType": "RANGE"},
                    {"AttributeName": "day", "KeyType": "HASH"},
                ],
                "Projection": {
                    "ProjectionType": "INCLUDE",
                    "NonKeyAttributes": ["state", "total"],
                },
            },
            {
                "indexName": "byMail",
                "partitionKey": {"name": "mail"},
                "sortKey": None,
                "projection": {"projectionType": "ALL"},
                "nonKeyAttributes": [],
            },
        ]
    },
    "local indexes with the table's key": {
        "localSecondaryIndexes": [
            {
                "indexName": "byState",
                "partitionKey": "pk",
                "sortKey": "state",
                "projectionType": "KEYS_ONLY",
            }
        ]
    },
    "an ARN that is right": {"tableArn": ARN},
    **{f"an ARN that is a token of {of}": {"tableArn": one} for of, one in NOTATIONS.items()},
    "an ARN that is an expression": {"tableArn": {"Fn::GetAtt": ["Orders", "Arn"]}},
    "an ARN that is open in part": {
        "tableArn": "arn:${AWS::Partition}:dynamodb:us-east-1:123456789012:table/orders"
    },
    "an ARN that is open in another part": {
        "tableArn": "arn:aws:dynamodb:us-east-1:(known after apply):table/orders"
    },
}


@FORMS
@pytest.mark.parametrize("metadata", SPELLINGS.values(), ids=SPELLINGS)
def test_metadata_may_be_spelled_in_many_ways(metadata: dict[str, Any], form: str) -> None:
    assert failures(about(form=form, **metadata)) == set()


@FORMS
@pytest.mark.parametrize("text", OBJECTS.values(), ids=OBJECTS)
def test_an_object_turned_into_text_leaves_nothing_open(text: str, form: str) -> None:
    t = about(form=form, tableArn=text)
    assert failures(t) == {"B07"}
    assert "turned into text" in violation("B07", t).hint
    assert failures(about(form=form, tableName=text)) == {"B07"}
    assert failures(about(replace(RICH, name=None), form=form, tableName=text)) == {"B07"}


@pytest.mark.parametrize("of", NOTATIONS)
def test_a_name_that_was_declared_is_not_left_open(of: str) -> None:
    t = about(tableName=NOTATIONS[of])
    assert failures(t) == {"B07"}
    hint = violation("B07", t).hint
    assert "declared" in hint
    assert ("construct" in hint) is (of == "CDK")


@pytest.mark.parametrize(
    "name", [None, *NOTATIONS.values(), {"Ref": "Orders"}, "unknown", "orders-${stage}"]
)
def test_a_name_that_cloudformation_makes_may_be_left_open(name: Any) -> None:
    assert failures(about(replace(RICH, name=None), tableName=name)) == set()


@pytest.mark.parametrize("arn", [None, "${Token[TOKEN.7]}", {"Fn::GetAtt": ["Key", "Arn"]}])
def test_the_arn_of_a_key_that_the_stack_makes_may_be_left_open(arn: Any) -> None:
    assert failures(about(replace(RICH, encryption="customer"), encryptionKeyArn=arn)) == set()


@pytest.mark.parametrize(
    "arn", [None, "arn:aws:kms:us-east-1:123456789012:alias/aws/dynamodb", "alias/aws/dynamodb"]
)
def test_the_managed_key_may_be_named_by_its_alias(arn: str | None) -> None:
    table = replace(RICH, encryption="managed")
    assert failures(about(table, encryptionKeyArn=arn)) == set()
    assert failures(about(table, encryptionKeyArn=KEY_ARN)) == {"B08"}


def test_a_table_of_another_stack_has_that_stacks_arn() -> None:
    own = app(RICH, stack="Data", region="eu-west-1").stacks[0]
    user = app(stack="App").stacks[0]
    binding = replace(user.bindings[0], table_of=0)
    t = perfect(
        App(stacks=(replace(own, bindings=()), replace(user, tables=(), bindings=(binding,))))
    )
    assert failures(edit_metadata(t, tableArn=ARN.replace("us-east-1", "eu-west-1"))) == set()
    assert failures(edit_metadata(t, tableArn=ARN)) == {"B07"}


# B05


@FORMS
@pytest.mark.parametrize("lost", ["action", "capturedAt", "resource or dataStore"])
def test_a_snapshot_that_lacks_something_is_invalid(lost: str, form: str) -> None:
    name = {"1.0": "dataStore", "3.0": "resource"}[form] if " " in lost else lost
    t = edit_snapshot(perfect(app(), form=form), lambda d: {k: d[k] for k in d if k != name})
    assert verdict("B05", t) == "fail"
    assert name in violation("B05", t).seen


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "DELETE"},
        {"appId": "other-app"},
        {"provider": "AWS"},
        {"accountId": "210987654321"},
        {"region": "eu-west-1"},
        {"datastoreType": "table"},
        {"resourceId": ""},
        {"capturedAt": 1_800_000_000},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_what_identifies_a_binding_has_to_be_right(wrong: dict[str, Any]) -> None:
    t = edit_snapshot(perfect(app()), lambda d: {**d, **wrong})
    assert verdict("B05", t) == "fail"
    assert next(iter(wrong)) in violation("B05", t).seen
    assert {verdict(clause, t) for clause in ("B06", "B07", "B08")} == {"pass"}


@pytest.mark.parametrize("section", ["providerIdentity", "identity", "resource"])
def test_so_it_has_in_the_nested_format(section: str) -> None:
    keys = {"providerIdentity": "cloud", "identity": "appId", "resource": "type"}
    t = edit_snapshot(
        perfect(app(), form="3.0"),
        lambda d: {**d, section: {**d[section], keys[section]: "other"}},
    )
    assert verdict("B05", t) == "fail"


@pytest.mark.parametrize(
    ("name", "value"),
    [("entityId", "my-app/User"), ("bindingId", "User"), ("bindingId", "my-app:User")],
)
def test_ids_are_joined_in_one_way(name: str, value: str) -> None:
    t = edit_snapshot(
        perfect(app(), form="3.0"), lambda d: {**d, "identity": {**d["identity"], name: value}}
    )
    assert verdict("B05", t) == "fail"
    assert f"identity.{name}" in violation("B05", t).seen


def test_a_mistake_that_the_path_shares_is_not_reported_twice() -> None:
    t = perfect(app())
    file = t.records[0].local[0]
    moved = replace(file, path=file.path.replace("us-east-1", "eu-west-1"))
    t = edit_snapshot(bend(t, local=(moved,)), lambda d: {**d, "region": "eu-west-1"})
    assert verdict("B05", t) == "blocked by B01"


def test_a_token_in_place_of_an_account_is_another_clauses_matter() -> None:
    t = edit_snapshot(perfect(app()), lambda d: {**d, "accountId": "${Token[AWS.AccountId.3]}"})
    assert verdict("B05", t) == "pass"


@pytest.mark.parametrize("outcome", ["crashed", "refused", "timed-out"])
def test_an_app_in_order_that_is_not_bound_has_no_snapshot(outcome: Any) -> None:
    refusal = Refusal(where="binding", type="Error", message="out of order", binding="UserBinding")
    t = bend(
        perfect(app()),
        outcome=outcome,
        refusal=refusal if outcome == "refused" else None,
        local=(),
        assets=(),
    )
    assert failures(t) == {"B05"}
    assert {verdict(clause, t) for clause in ("B06", "B07", "B08")} == {"blocked by B05"}
    if outcome == "refused":
        assert "refused: out of order" in violation("B05", t).seen


def test_the_missing_snapshot_of_one_binding_among_others_blocks() -> None:
    t = perfect(app(RICH, documents=(USER, ORDER)))
    t = bend(t, local=t.records[0].local[:1])
    assert verdict("B05", t) == "blocked by B10"


# B06


@FORMS
def test_the_schema_may_have_the_formats_defaults(form: str) -> None:
    def filled(document: dict[str, Any]) -> dict[str, Any]:
        fields = [{"required": False, **field} for field in document["schema"]["fields"]]
        return {**document, "schema": {**document["schema"], "fields": fields, "schemaVersion": 1}}

    assert failures(edit_snapshot(perfect(app(), form=form), filled)) == set()


@pytest.mark.parametrize(
    "change",
    [
        {"description": "canary000001  users"},
        {"schemaVersion": "1.0"},
        {"fields": USER["fields"][:1]},
        {"fields": [{**field, "required": True} for field in USER["fields"]]},
        {"fields": [*USER["fields"], {"name": "more", "type": "string"}]},
        {"primaryKey": {"partitionKey": "userId", "sortKey": "more"}},
    ],
    ids=lambda change: json.dumps(change)[:40],
)
def test_another_schema_than_the_files_is_a_fault(change: dict[str, Any]) -> None:
    t = edit_snapshot(perfect(app()), lambda d: {**d, "schema": {**d["schema"], **change}})
    assert failures(t) == {"B06"}
    assert "schema" in violation("B06", t).seen


# B07: wrong, or lost


def without(index: int, *keys: str, **changed: Any) -> list[dict[str, Any]]:
    """The global indexes with fields of one taken out, or changed."""
    found = indexes()
    kept = {key: value for key, value in found[index].items() if key not in keys}
    found[index] = {**kept, **changed}
    return found


WRONG: dict[str, dict[str, Any]] = {
    "partition key lost": {"partitionKey": None},
    "keys swapped": {"partitionKey": "sk", "sortKey": "pk"},
    "sort key lost": {"sortKey": None},
    "global indexes lost": {"globalSecondaryIndexes": []},
    "one global index lost": {"globalSecondaryIndexes": indexes()[:1]},
    "local indexes lost": {"localSecondaryIndexes": None},
    "local indexes among the global ones": {
        "localSecondaryIndexes": [],
        "globalSecondaryIndexes": [
            *indexes(),
            {"indexName": "byState", "partitionKey": "pk", "sortKey": "state"},
        ],
    },
    "index under another name": {"globalSecondaryIndexes": without(0, indexName="ByMail")},
    "index keys wrong": {"globalSecondaryIndexes": without(0, partitionKey="pk")},
    "index keys swapped": {
        "globalSecondaryIndexes": without(1, partitionKey="hour", sortKey="day")
    },
    "index with its key as the sort key": {
        "globalSecondaryIndexes": without(0, "partitionKey", sortKey="mail")
    },
    "index sort key lost": {"globalSecondaryIndexes": without(1, "sortKey")},
    "projection lost": {"globalSecondaryIndexes": without(0, "projectionType")},
    "projection wrong": {"globalSecondaryIndexes": without(1, projectionType="ALL")},
    "projected attributes lost": {"globalSecondaryIndexes": without(1, "nonKeyAttributes")},
    "projected attributes wrong": {
        "globalSecondaryIndexes": without(1, nonKeyAttributes=["total"])
    },
    "TTL lost": {"ttlAttribute": None},
    "TTL wrong": {"ttlAttribute": "ttl"},
    "stream lost": {"streamEnabled": False, "streamViewType": None},
    "stream view lost": {"streamViewType": None},
    "stream view wrong": {"streamViewType": "NEW_IMAGE"},
    "billing guessed": {"billingMode": "PAY_PER_REQUEST"},
    "billing lost": {"billingMode": None},
    "encryption missed": {"encryptionKeyArn": None},
    "encryption by another key": {"encryptionKeyArn": KEY_ARN.replace("0f0e", "1f1e")},
    "physical name not literal": {"tableName": "${Token[TOKEN.1]}"},
    "physical name wrong": {"tableName": "Orders"},
    "ARN in another partition": {"tableArn": ARN.replace("arn:aws:", "arn:aws-cn:")},
    "ARN in another partition, open in part": {
        "tableArn": "arn:aws-cn:dynamodb:us-east-1:123456789012:table/${Token[TOKEN.1]}"
    },
    "ARN of another account": {"tableArn": ARN.replace("123456789012", "210987654321")},
    "no ARN": {"tableArn": "orders"},
}


@FORMS
@pytest.mark.parametrize("metadata", WRONG.values(), ids=WRONG)
def test_metadata_that_is_wrong_or_lost_is_b07s(metadata: dict[str, Any], form: str) -> None:
    assert failures(about(form=form, **metadata)) == {"B07"}


@pytest.mark.parametrize(
    "metadata",
    [{"tableName": "Orders"}, {"tableArn": ARN}, {"encryptionKeyArn": KEY_ARN}],
    ids=lambda metadata: next(iter(metadata)),
)
def test_a_literal_where_nobody_can_know_is_wrong(metadata: dict[str, Any]) -> None:
    table = replace(RICH, name=None, encryption="customer")
    assert failures(about(table, **{"encryptionKeyArn": None, **metadata})) == {"B07"}


def test_what_the_description_says_counts_too() -> None:
    t = perfect(app(RICH))
    seen = t.records[0].tables[0]
    t = bend(t, tables=(replace(seen, ttl_attribute="until"),))
    assert failures(t) == {"B07"}
    assert violation("B07", t).expected.endswith('"until", as the deployed table is described')


def test_what_the_deployed_table_has_is_no_guess() -> None:
    t = about(Table(), streamEnabled=True, streamViewType="NEW_IMAGE", ttlAttribute="ttl")
    assert failures(t) == {"B08"}
    seen = t.records[0].tables[0]
    stream = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}}
    switched_on = replace(seen, description={**seen.description, **stream}, ttl_attribute="ttl")
    assert failures(bend(t, tables=(switched_on,))) == set()


def test_a_snapshot_of_an_earlier_synth_is_another_clauses_fault() -> None:
    t = perfect(app(RICH), app(replace(RICH, ttl_attribute="until")))
    assert failures(t) == set()
    t = bend(t, local=t.records[0].local)
    assert verdict("B07", t) == "blocked by B04"


# B08: guessed


GUESSED: dict[str, dict[str, Any]] = {
    "sort key": {"sortKey": "sk"},
    "global index": {"globalSecondaryIndexes": indexes()[:1]},
    "local index": {"localSecondaryIndexes": indexes()[:1]},
    "TTL": {"ttlAttribute": "ttl"},
    "stream": {"streamEnabled": True},
    "stream view": {"streamViewType": "NEW_IMAGE"},
    "key": {"encryptionKeyArn": KEY_ARN},
}
NOTHING = {
    "sortKey": "",
    "globalSecondaryIndexes": [],
    "localSecondaryIndexes": None,
    "ttlAttribute": False,
    "streamEnabled": False,
    "encryptionKeyArn": "",
}


@FORMS
@pytest.mark.parametrize("metadata", GUESSED.values(), ids=GUESSED)
def test_what_the_table_lacks_is_not_claimed(metadata: dict[str, Any], form: str) -> None:
    assert failures(about(Table(), form, **metadata)) == {"B08"}


def test_it_may_be_said_that_it_lacks_it() -> None:
    assert failures(about(Table(), **NOTHING)) == set()


def test_attributes_that_an_index_does_not_project_are_not_claimed() -> None:
    t = about(globalSecondaryIndexes=without(0, nonKeyAttributes=["total"]))
    assert failures(t) == {"B08"}


# B33

IMPORTED = Table(construct="imported", name="orders")
LATE = replace(
    RICH,
    global_indexes=(
        *RICH.global_indexes,
        Index(name="late", partition_key=Key(name="x"), late=True),
    ),
)


@pytest.mark.parametrize("table", [IMPORTED, replace(RICH, construct="TableV2"), LATE])
def test_every_construct_that_is_bound_is_fine(table: Table) -> None:
    t = perfect(app(table))
    assert failures(t) == set()
    assert verdict("B33", t) == "pass"
    assert verdict("B33", perfect(app(RICH))) == "nothing"


def refused(of: App, message: str, kind: str = "Error") -> SynthTranscript:
    refusal = Refusal(where="binding", type=kind, message=message, binding="UserBinding")
    return bend(perfect(of), outcome="refused", refusal=refusal, local=(), assets=())


@pytest.mark.parametrize("construct", ["TableV2", "imported"])
def test_a_construct_may_be_refused_with_the_reason(construct: Any) -> None:
    t = refused(app(replace(IMPORTED, construct=construct)), "TableV2 and imports: not supported")
    assert failures(t) == set()
    assert verdict("B33", t) == "pass"
    assert {verdict(clause, t) for clause in UNTIL_NOW} == {"nothing"}


@pytest.mark.parametrize(
    "message",
    [
        "Cannot read properties of undefined (reading 'keySchema')",
        "'NoneType' object has no attribute 'table_name'",
        "out of order",
    ],
)
def test_a_programs_own_mistake_is_no_reason(message: str) -> None:
    t = refused(app(IMPORTED), message, "TypeError")
    assert failures(t) == {"B33"}
    assert "an imported table" in violation("B33", t).expected


def test_a_reason_has_to_be_true() -> None:
    message = "the table UserTable is imported: its keys are not known"
    assert failures(refused(app(IMPORTED), message)) == set()
    t = refused(app(replace(RICH, construct="TableV2")), message)
    assert failures(t) == {"B33"}
    assert violation("B33", t).seen == f"refused: {message}"


def test_a_crash_is_no_reason_either() -> None:
    t = bend(perfect(app(IMPORTED)), outcome="crashed", local=(), stderr="Segmentation fault")
    assert failures(t) == {"B33"}
    assert verdict("B05", t) == "blocked by B33"


def test_silence_about_a_table_is_no_reason_either() -> None:
    t = bend(perfect(app(IMPORTED)), local=())
    assert failures(t) == {"B33"}


def test_late_indexes_have_to_be_there() -> None:
    assert failures(about(LATE, globalSecondaryIndexes=indexes())) == {"B33"}
    all_lost = about(LATE, globalSecondaryIndexes=[])
    assert failures(all_lost) == {"B07"}
    assert verdict("B33", all_lost) == "blocked by B07"
    assert failures(refused(app(LATE), "the table was changed after it was bound")) == {"B33"}


@pytest.mark.parametrize(
    "metadata",
    [{"partitionKey": "userId"}, {"billingMode": "PROVISIONED"}, {"streamEnabled": True}],
    ids=lambda metadata: next(iter(metadata)),
)
def test_of_an_imported_table_nothing_is_guessed(metadata: dict[str, Any]) -> None:
    assert failures(about(IMPORTED, **metadata)) == {"B08"}
    assert failures(about(IMPORTED, **dict.fromkeys(metadata, "unknown"))) == set()
    assert failures(about(IMPORTED, tableName="other")) == {"B07"}


# What nobody would write


ODD: list[Any] = [None, 1, 0.5, True, "", "\0", "${Token[", [], [{}], [1], {}, {"a": []}, [None]]


@pytest.mark.parametrize("field", ["", *json.loads(perfect(app(RICH)).records[0].local[0].content)])
def test_odd_snapshots_are_judged_without_a_fall(field: str) -> None:
    for value in ODD:
        t = perfect(app(RICH, documents=(USER, ORDER)))
        odd = edit_snapshot(t, lambda d, v=value: {**d, field: v} if field else v)  # type: ignore[misc]
        assert failures(odd) is not None


@pytest.mark.parametrize("field", [*metadata(RICH), "tableArn"])
def test_odd_metadata_is_judged_without_a_fall(field: str) -> None:
    for value in ODD:
        assert failures(about(**{field: value})) <= {"B07", "B08"}
    for value in ODD:
        listed = about(globalSecondaryIndexes=[{"indexName": value, "projection": value}])
        assert failures(listed) == {"B07"}
