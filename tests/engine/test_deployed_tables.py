"""Tables are described as they are once they are deployed, and moto's other users do not notice."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from moto import mock_aws

from chaim_conformance.cloud_assembly import AssembledStack
from chaim_conformance.deployed_tables import described
from chaim_conformance.synth_transcript import DescribedTable

KEY = "arn:aws:kms:us-east-1:123456789012:key/0f0e0d0c-0b0a-4908-8706-050403020100"


def stack(
    properties: dict[str, Any],
    *,
    kind: str = "Table",
    environment: str = "aws://210987654321/eu-west-1",
) -> AssembledStack:
    keys = {
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "other", "AttributeType": "B"},
        ],
    }
    resource = {"Type": f"AWS::DynamoDB::{kind}", "Properties": {**keys, **properties}}
    return AssembledStack(
        id="S",
        name="S",
        environment=environment,
        template={"Resources": {"T": resource, "Topic": {"Type": "AWS::SNS::Topic"}}},
        assets={},
    )


def one(properties: dict[str, Any], **of_the_stack: Any) -> DescribedTable:
    (table,) = described(stack(properties, **of_the_stack))
    return table


def index(**properties: Any) -> dict[str, Any]:
    return {
        "IndexName": "by-other",
        "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a"]},
        **properties,
    }


def test_a_plain_table() -> None:
    table = one({"TableName": "Users", "BillingMode": "PAY_PER_REQUEST"})
    assert (table.stack, table.logical_id, table.ttl_attribute) == ("S", "T", None)
    about = table.description
    assert about["TableName"] == "Users"
    assert about["TableArn"] == "arn:aws:dynamodb:eu-west-1:210987654321:table/Users"
    assert [key["AttributeName"] for key in about["KeySchema"]] == ["pk", "sk"]
    assert about["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    for missing in (
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
        "SSEDescription",
        "StreamSpecification",
    ):
        assert missing not in about
    assert one({"TableName": "Users"}) == one({"TableName": "Users"})


def test_a_table_with_everything() -> None:
    local = index(IndexName="local", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])
    table = one(
        {
            "GlobalSecondaryIndexes": [index()],
            "LocalSecondaryIndexes": [local],
            "StreamSpecification": {"StreamViewType": "OLD_IMAGE"},
            "TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True},
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "TableClass": "STANDARD_INFREQUENT_ACCESS",
            "DeletionProtectionEnabled": True,
        }
    )
    about = table.description
    assert about["TableName"].startswith("S-T-")
    (by_other,) = about["GlobalSecondaryIndexes"]
    assert by_other["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a"]}
    assert [one["IndexName"] for one in about["LocalSecondaryIndexes"]] == ["local"]
    assert about["StreamSpecification"] == {"StreamViewType": "OLD_IMAGE", "StreamEnabled": True}
    assert table.ttl_attribute == "until"
    assert about["SSEDescription"] == {
        "Status": "ENABLED",
        "SSEType": "KMS",
        "KMSMasterKeyArn": KEY,
    }
    recovery = about["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery == {"PointInTimeRecoveryStatus": "ENABLED"}
    assert about["TableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert about["DeletionProtectionEnabled"] is True


def test_what_only_a_deployment_would_tell_is_left_out() -> None:
    made_by_the_stack = {"SSEEnabled": True, "KMSMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}
    name = {"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, {"Ref": "AWS::Region"}]]}
    about = one({"TableName": name, "SSESpecification": made_by_the_stack}).description
    assert about["SSEDescription"] == {"Status": "ENABLED", "SSEType": "KMS"}
    assert about["TableName"] == "S-eu-west-1"


def test_time_to_live_that_is_off_is_none() -> None:
    off = {"TimeToLiveSpecification": {"AttributeName": "until", "Enabled": False}}
    assert one(off).ttl_attribute is None


def test_a_global_table_is_described_as_the_table_that_it_is_in_its_region() -> None:
    own = {
        "Region": "eu-west-1",
        "SSESpecification": {"KMSMasterKeyId": KEY},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": True,
    }
    table = one(
        {
            "TableName": "Users",
            "BillingMode": "PROVISIONED",
            "GlobalSecondaryIndexes": [index(WriteProvisionedThroughputSettings={})],
            "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
            "Replicas": [{"Region": "us-east-1"}, own],
        },
        kind="GlobalTable",
    )
    about = table.description
    assert about["TableArn"] == "arn:aws:dynamodb:eu-west-1:210987654321:table/Users"
    assert about["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert about["GlobalSecondaryIndexes"][0]["IndexName"] == "by-other"
    assert about["SSEDescription"]["KMSMasterKeyArn"] == KEY
    assert about["DeletionProtectionEnabled"] is True
    assert about["Replicas"] == [{"RegionName": "us-east-1"}]


@pytest.mark.parametrize(
    ("environment", "arn"),
    [
        ("aws://unknown-account/unknown-region", "arn:aws:dynamodb:us-east-1:123456789012:"),
        ("aws://210987654321/cn-north-1", "arn:aws-cn:dynamodb:cn-north-1:210987654321:"),
        ("aws://210987654321/xx-new-9", "arn:aws:dynamodb:xx-new-9:210987654321:"),
    ],
)
def test_an_arn_is_that_of_the_stacks_place(environment: str, arn: str) -> None:
    about = one({"TableName": "Users"}, environment=environment).description
    assert about["TableArn"] == f"{arn}table/Users"


def test_a_template_that_no_service_would_take_says_what_it_says() -> None:
    about = one({"TableName": "Odd", "KeySchema": "nonsense"}).description
    assert (about["TableName"], about["KeySchema"]) == ("Odd", "nonsense")


@mock_aws
def test_a_users_own_tables_are_left_alone() -> None:
    client = boto3.client("dynamodb", region_name="us-east-1")
    key = {"AttributeName": "pk", "KeyType": "HASH"}
    client.create_table(
        TableName="Mine",
        KeySchema=[key],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert one({"TableName": "Mine"}).description["KeySchema"] != [key]
    one({"TableName": "NotMine"})
    assert client.list_tables()["TableNames"] == ["Mine"]
    assert client.describe_table(TableName="Mine")["Table"]["KeySchema"] == [key]
