"""What is read of CloudFormation's templates, and what they do not tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chaim_conformance.errors import UsageError
from chaim_conformance.synth_scenario import Index, Key, Table
from chaim_conformance.table_sources import read_table_files
from chaim_conformance.table_sources.cloudformation import read_template

HASH, RANGE = "HASH", "RANGE"


def keys(*names: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": name, "KeyType": kind}
        for name, kind in zip(names, (HASH, RANGE), strict=False)
    ]


def attributes(**types: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": type_} for name, type_ in types.items()]


KEY_MADE_BESIDE = {"KMSMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}
PLAIN: dict[str, Any] = {"KeySchema": keys("id"), "AttributeDefinitions": attributes(id="S")}


def template(kind: str = "AWS::DynamoDB::Table", /, **properties: Any) -> dict[str, Any]:
    return {"Resources": {"Orders": {"Type": kind, "Properties": {**PLAIN, **properties}}}}


def test_everything_that_a_table_has() -> None:
    document = template(
        TableName="orders",
        KeySchema=keys("id", "day"),
        AttributeDefinitions=attributes(id="S", day="N", owner="B"),
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-owner",
                "KeySchema": keys("owner", "day"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["b", "a"]},
            }
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "local",
                "KeySchema": keys("id", "owner"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        StreamSpecification={"StreamViewType": "OLD_IMAGE"},
        TimeToLiveSpecification={"AttributeName": "expires", "Enabled": "true"},
        SSESpecification={"SSEEnabled": True},
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        ContributorInsightsSpecification={"Enabled": True},
        DeletionProtectionEnabled=True,
        TableClass="STANDARD_INFREQUENT_ACCESS",
        Tags=[{"Key": "team", "Value": "payments"}],
    )
    (read,) = read_template(document).tables
    assert read.whole
    assert read.notes == ()
    assert read.table == Table(
        id="Orders",
        name="orders",
        partition_key=Key(name="id"),
        sort_key=Key(name="day", type="N"),
        global_indexes=(
            Index(
                name="by-owner",
                partition_key=Key(name="owner", type="B"),
                sort_key=Key(name="day", type="N"),
                projection="INCLUDE",
                non_key_attributes=("b", "a"),
            ),
        ),
        local_indexes=(
            Index(name="local", sort_key=Key(name="owner", type="B"), projection="KEYS_ONLY"),
        ),
        ttl_attribute="expires",
        stream="OLD_IMAGE",
        encryption="managed",
        point_in_time_recovery=True,
        deletion_protection=True,
        infrequent_access=True,
        contributor_insights=True,
        tags=(("team", "payments"),),
    )


def test_what_a_table_leaves_out_is_what_cloudformation_makes_of_it() -> None:
    (read,) = read_template(template()).tables
    assert read.table == Table(
        id="Orders", partition_key=Key(name="id"), billing="PROVISIONED", name=None
    )


def test_expressions_are_resolved_where_the_template_tells() -> None:
    document = template(
        TableName={"Fn::Sub": "orders-${Stage}"},
        BillingMode={"Ref": "Mode"},
        StreamSpecification={"Ref": "AWS::NoValue"},
    )
    document["Parameters"] = {
        "Stage": {"Type": "String", "Default": "dev"},
        "Mode": {"Type": "String", "Default": "PAY_PER_REQUEST"},
    }
    (read,) = read_template(document).tables
    assert read.whole
    assert read.table is not None
    assert (read.table.name, read.table.billing) == ("orders-dev", "PAY_PER_REQUEST")
    assert read.table.stream is None


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("BillingMode", {"Ref": "Mode"}, "billing: it is known only when the stack is deployed"),
        ("KeySchema", {"Fn::If": ["A", [], []]}, "key: it is known only"),
        ("AttributeDefinitions", attributes(other="S"), "key: the type of 'id' is not among"),
        ("StreamSpecification", {"Fn::If": ["A", {}, {}]}, "stream: it is known only"),
        ("TimeToLiveSpecification", {"Enabled": {"Ref": "Mode"}}, "TTL: it is known only"),
        ("GlobalSecondaryIndexes", {"Fn::If": ["A", [], []]}, "global indexes: it is known only"),
        (
            "GlobalSecondaryIndexes",
            [{"IndexName": "i", "KeySchema": keys("nowhere")}],
            "index i: the type of 'nowhere' is not among AttributeDefinitions",
        ),
        (
            "GlobalSecondaryIndexes",
            [{"IndexName": "i", "KeySchema": [*keys("id"), *keys("id")]}],
            "index i: its key has several attributes of a kind",
        ),
    ],
)
def test_what_only_a_deployment_tells_is_unread(name: str, value: Any, told: str) -> None:
    (read,) = read_template(template(**{name: value})).tables
    assert not read.whole
    assert told in read.unread[0]


def test_a_name_that_is_made_at_deployment_is_no_gap() -> None:
    (read,) = read_template(template(TableName={"Fn::Sub": "${AWS::StackName}-orders"})).tables
    assert read.whole
    assert "name: it is known only when the stack is deployed" in read.notes[0]
    assert read.table is not None
    assert read.table.name is None


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (None, "managed"),
        ({"Fn::GetAtt": ["Key", "Arn"]}, "customer"),
        ({"Ref": "Key"}, "customer"),
        ({"Fn::ImportValue": "key"}, "customer-arn"),
        ({"Ref": ["Key"]}, "customer-arn"),
        ("arn:aws:kms:eu-west-1:123456789012:key/1", "customer-arn"),
    ],
)
def test_whose_key_it_is(key: Any, expected: str) -> None:
    specification = {"SSEEnabled": True, **({"KMSMasterKeyId": key} if key else {})}
    document = template(SSESpecification=specification)
    document["Resources"]["Key"] = {"Type": "AWS::KMS::Key"}
    (read,) = read_template(document).tables
    assert read.table is not None
    assert read.table.encryption == expected


def test_a_global_table_is_that_of_its_first_replica() -> None:
    document = template(
        "AWS::DynamoDB::GlobalTable",
        SSESpecification={"SSEEnabled": True, "SSEType": "KMS"},
        Replicas=[
            {
                "Region": {"Ref": "AWS::Region"},
                "DeletionProtectionEnabled": True,
                "SSESpecification": {"KMSMasterKeyId": "arn:aws:kms:a:1:key/1"},
            },
            {"Region": "eu-west-1"},
        ],
    )
    (read,) = read_template(document).tables
    assert read.table is not None
    assert (read.table.construct, read.table.encryption) == ("TableV2", "customer-arn")
    assert read.table.deletion_protection
    assert read.notes == ("it has replicas in several regions; the kit plays it in one",)


@pytest.mark.parametrize(
    ("first", "encryption", "unread"),
    [
        # Entries that are absent have no place in what is left, so none is counted by it.
        ([{"Ref": "AWS::NoValue"}, {"SSESpecification": KEY_MADE_BESIDE}], "customer", ()),
        ([{"Fn::If": ["a", {}, {}]}], "owned", ("encryption",)),
        ([{"SSESpecification": {"Fn::If": ["a", {}, {}]}}], "owned", ("encryption",)),
    ],
)
def test_a_replicas_key_is_known_as_far_as_the_replica_is(
    first: Any, encryption: str, unread: tuple[str, ...]
) -> None:
    specification = {"SSEEnabled": True, "SSEType": "KMS"}
    document = template(
        "AWS::DynamoDB::GlobalTable", SSESpecification=specification, Replicas=first
    )
    (read,) = read_template(document).tables
    assert read.table is not None
    assert read.table.encryption == encryption
    assert tuple(one.split(":")[0] for one in read.unread) == unread


def test_what_may_hold_tables_and_is_not_read_is_told() -> None:
    document = template()
    document["Resources"] |= {
        "Inner": {"Type": "AWS::CloudFormation::Stack"},
        "Simple": {"Type": "AWS::Serverless::SimpleTable"},
        "Team": {"Type": "Acme::Data::Tables::MODULE"},
        "Fn::ForEach::Each": ["T", ["A"], {}],
        "Bucket": {"Type": "AWS::S3::Bucket"},
    }
    reading = read_template(document)
    assert [note.split(" ")[0] for note in reading.notes] == [
        "Inner",
        "Simple",
        "Team",
        "Fn::ForEach::Each:",
    ]


YAML = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Stage: {Type: String, Default: dev}
Resources:
  Key: {Type: AWS::KMS::Key}
  Orders:
    Type: AWS::DynamoDB::Table
    Condition: IsProd
    Properties:
      TableName: !Sub "orders-${Stage}"
      BillingMode: !If [IsProd, PROVISIONED, PAY_PER_REQUEST]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: N}]
      SSESpecification: {SSEEnabled: true, KMSMasterKeyId: !GetAtt Key.Arn}
      TimeToLiveSpecification: !Transform {Name: Macro, Parameters: {A: 1}}
"""


def test_short_forms_of_yaml(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(YAML, encoding="utf-8")
    (read,) = read_table_files([file]).tables
    assert read.table is not None
    assert read.table.name == "orders-dev"
    assert read.table.partition_key == Key(name="id", type="N")
    assert read.table.encryption == "customer"
    assert [one.split(":")[0] for one in read.unread] == ["TTL", "billing"]
    assert read.notes == ("it is made only under the condition IsProd",)


ODD_YAML = """
Resources:
  7: {Type: AWS::DynamoDB::Table, Properties: {KeySchema: !If [a, b, c], Tags: {1: 2}}}
  on: {Type: AWS::IAM::Role}
"""


def test_names_in_yaml_are_texts(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(ODD_YAML, encoding="utf-8")
    (read,) = read_table_files([file]).tables
    assert read.address == "7"


@pytest.mark.parametrize("scalar", ['!!int ""', "!!bool maybe", "? [a]\n: b"])
def test_yaml_that_cannot_be_made_a_value(scalar: str, tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(f"Resources:\n  {scalar}\n", encoding="utf-8")
    with pytest.raises(UsageError, match="YAML"):
        read_table_files([file])


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        (
            {"KeySchema": [{"AttributeName": "id", "KeyType": "hash"}]},
            'KeySchema[0].KeyType: expected one of HASH, RANGE, found "hash"',
        ),
        ({"KeySchema": "id"}, 'KeySchema: expected a list, found "id"'),
        ({"KeySchema": []}, "KeySchema: expected a partition key (HASH), found a list"),
        (
            {"AttributeDefinitions": attributes(id="String")},
            'AttributeDefinitions[0].AttributeType: expected one of S, N, B, found "String"',
        ),
        ({"BillingMode": 7}, "BillingMode: expected a text, found 7"),
        (
            {"TimeToLiveSpecification": {"Enabled": "yes"}},
            'TimeToLiveSpecification.Enabled: expected true or false, found "yes"',
        ),
        ({"StreamSpecification": []}, "StreamSpecification: expected an object, found a list"),
    ],
)
def test_malformed(properties: Any, told: str, tmp_path: Path) -> None:
    import json

    file = tmp_path / "t.json"
    file.write_text(json.dumps(template(**properties), indent=1), encoding="utf-8")
    with pytest.raises(UsageError) as raised:
        read_table_files([file])
    said = str(raised.value)
    assert f"Resources.Orders.Properties.{told}" in said
    place, line, column, _ = said.split(":", 3)
    assert place == str(file)
    assert int(line) > 1
    assert int(column) >= 1
