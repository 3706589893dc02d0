"""What the reference binder tells of tables, in real synths."""

from __future__ import annotations

import pytest

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms

from chaim_conformance.synth_scenario import KEY_ARN
from tests.binder.reference_apps import (
    Project,
    bound,
    key,
    stack,
    table,
)


def test_a_rich_table_is_told_as_it_is(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        rich = table(
            here,
            table_name="users",
            sort_key=key("sk"),
            time_to_live_attribute="ttl",
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption_key=kms.Key.from_key_arn(here, "Key", KEY_ARN),
        )
        rich.add_global_secondary_index(
            index_name="by-mail",
            partition_key=key("mail"),
            sort_key=key("since"),
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=["name", "age"],
        )
        rich.add_local_secondary_index(
            index_name="by-age",
            sort_key=key("age"),
            projection_type=dynamodb.ProjectionType.KEYS_ONLY,
        )
        project.bind(here, rich)

    assert project.snapshot(build)["dataStore"] == {
        "type": "dynamodb",
        "tableName": "users",
        "tableArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/users",
        "partitionKey": "pk",
        "sortKey": "sk",
        "globalSecondaryIndexes": [
            {
                "indexName": "by-mail",
                "partitionKey": "mail",
                "sortKey": "since",
                "projectionType": "INCLUDE",
                "nonKeyAttributes": ["name", "age"],
            }
        ],
        "localSecondaryIndexes": [
            {
                "indexName": "by-age",
                "partitionKey": "pk",
                "sortKey": "age",
                "projectionType": "KEYS_ONLY",
            }
        ],
        "ttlAttribute": "ttl",
        "streamEnabled": True,
        "streamViewType": "NEW_AND_OLD_IMAGES",
        "billingMode": "PAY_PER_REQUEST",
        "encryptionKeyArn": KEY_ARN,
    }


def test_a_plain_table_has_no_feature_that_nobody_declared(project: Project) -> None:
    assert project.snapshot(bound(project))["dataStore"] == {
        "type": "dynamodb",
        "partitionKey": "pk",
        "streamEnabled": False,
        "billingMode": "PROVISIONED",
    }


def test_a_key_that_the_stack_makes_is_not_told_as_an_expression(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        project.bind(here, table(here, encryption_key=kms.Key(here, "Key")))

    assert "encryptionKeyArn" not in project.snapshot(build)["dataStore"]


def test_a_table_v2_is_told_with_this_regions_key(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        own = kms.Key.from_key_arn(here, "Key", KEY_ARN)
        global_table = dynamodb.TableV2(
            here,
            "Table",
            partition_key=key("pk"),
            time_to_live_attribute="ttl",
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(
                own, {"us-west-2": KEY_ARN.replace("us-east-1", "us-west-2")}
            ),
            replicas=[dynamodb.ReplicaTableProps(region="us-west-2")],
        )
        project.bind(here, global_table)
        global_table.add_global_secondary_index(index_name="late", partition_key=key("mail"))

    assert project.snapshot(build)["dataStore"] == {
        "type": "dynamodb",
        "partitionKey": "pk",
        "globalSecondaryIndexes": [
            {"indexName": "late", "partitionKey": "mail", "projectionType": "ALL"}
        ],
        "ttlAttribute": "ttl",
        "streamEnabled": True,
        "streamViewType": "NEW_AND_OLD_IMAGES",
        "billingMode": "PAY_PER_REQUEST",
        "encryptionKeyArn": KEY_ARN,
    }


def test_a_table_of_cloudformations_own_construct_is_bound_too(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        plain = dynamodb.CfnTable(
            here,
            "Plain",
            key_schema=[dynamodb.CfnTable.KeySchemaProperty(attribute_name="pk", key_type="HASH")],
            billing_mode=cdk.CfnParameter(here, "Mode").value_as_string,
            time_to_live_specification=dynamodb.CfnTable.TimeToLiveSpecificationProperty(
                enabled=False, attribute_name="ttl"
            ),
        )
        project.bind(here, plain)

    assert project.snapshot(build)["dataStore"] == {
        "type": "dynamodb",
        "partitionKey": "pk",
        "streamEnabled": False,
    }


def test_an_index_added_after_the_binding_is_captured(project: Project) -> None:
    def build(app: cdk.App) -> None:
        here = stack(app)
        users = table(here)
        project.bind(here, users)
        users.add_global_secondary_index(index_name="late", partition_key=key("mail"))

    (index,) = project.snapshot(build)["dataStore"]["globalSecondaryIndexes"]
    assert index == {"indexName": "late", "partitionKey": "mail", "projectionType": "ALL"}
