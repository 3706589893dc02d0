"""Makes the tables of an app with aws-cdk-lib: part of the program that drives Python binders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aws_cdk import CfnTag, Stack, Tags, Token
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms

# What is provisioned; the size concerns nobody.
_UNITS = 5
_TYPES = {
    "S": dynamodb.AttributeType.STRING,
    "N": dynamodb.AttributeType.NUMBER,
    "B": dynamodb.AttributeType.BINARY,
}
# Where an imported table is, if its stack does not know where it is itself.
_ANYWHERE = "us-east-1"
_ANYBODY = "123456789012"

Said = Mapping[str, Any]


def make_table(scope: Any, said: Said) -> Any:
    """The construct that the request describes, without the indexes that come late."""
    return _MAKERS[said["construct"]](scope, said)


def add_late_indexes(table: Any, said: Said) -> None:
    """Adds them."""
    for index in said["localIndexes"]:
        if index["late"]:
            table.add_local_secondary_index(**_index(index))
    for index in said["globalIndexes"]:
        if index["late"]:
            table.add_global_secondary_index(**_index(index))


def _table(scope: Any, said: Said) -> Any:
    provisioned = said["billing"] == "PROVISIONED"
    encryption = {
        "owned": {},
        "managed": {"encryption": dynamodb.TableEncryption.AWS_MANAGED},
    }.get(said["encryption"])
    if encryption is None:
        encryption = {
            "encryption": dynamodb.TableEncryption.CUSTOMER_MANAGED,
            "encryption_key": _key_of(scope, said),
        }
    table = dynamodb.Table(
        scope,
        said["id"],
        **_of_any_table(said),
        **encryption,
        billing_mode=dynamodb.BillingMode[said["billing"]],
        read_capacity=_UNITS if provisioned else None,
        write_capacity=_UNITS if provisioned else None,
        stream=dynamodb.StreamViewType[said["stream"]] if said["stream"] else None,
    )
    for index in said["localIndexes"]:
        if not index["late"]:
            table.add_local_secondary_index(**_index(index))
    for index in said["globalIndexes"]:
        if not index["late"]:
            table.add_global_secondary_index(**_index(index))
    for name, value in said["tags"].items():
        Tags.of(table).add(name, value)
    return table


def _table_v2(scope: Any, said: Said) -> Any:
    capacity = dynamodb.Capacity
    billing = (
        dynamodb.Billing.provisioned(
            read_capacity=capacity.fixed(_UNITS),
            write_capacity=capacity.autoscaled(max_capacity=_UNITS),  # V2 has no other
        )
        if said["billing"] == "PROVISIONED"
        else dynamodb.Billing.on_demand()
    )
    return dynamodb.TableV2(
        scope,
        said["id"],
        **_of_any_table(said),
        billing=billing,
        encryption=_encryption_v2(scope, said),
        dynamo_stream=dynamodb.StreamViewType[said["stream"]] if said["stream"] else None,
        local_secondary_indexes=[
            dynamodb.LocalSecondaryIndexProps(**_index(index))
            for index in said["localIndexes"]
            if not index["late"]
        ],
        global_secondary_indexes=[
            dynamodb.GlobalSecondaryIndexPropsV2(**_index(index))
            for index in said["globalIndexes"]
            if not index["late"]
        ],
        tags=[CfnTag(key=name, value=value) for name, value in said["tags"].items()] or None,
    )


def _imported(scope: Any, said: Said) -> Any:
    if said["name"] is not None:
        return dynamodb.Table.from_table_name(scope, said["id"], said["name"])
    stack = Stack.of(scope)
    region = _ANYWHERE if Token.is_unresolved(stack.region) else stack.region
    account = _ANYBODY if Token.is_unresolved(stack.account) else stack.account
    arn = f"arn:{_partition(region)}:dynamodb:{region}:{account}:table/{said['id']}"
    return dynamodb.Table.from_table_arn(scope, said["id"], arn)


_MAKERS: Mapping[str, Callable[[Any, Said], Any]] = {
    "Table": _table,
    "TableV2": _table_v2,
    "imported": _imported,
}


def _partition(region: str) -> str:
    kinds = {"cn": "aws-cn", "us-gov": "aws-us-gov"}
    return next((kinds[one] for one in kinds if region.startswith(f"{one}-")), "aws")


def _of_any_table(said: Said) -> dict[str, Any]:
    recovery = dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True)
    insights = dynamodb.ContributorInsightsSpecification(enabled=True)
    rare = dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS
    return {
        "table_name": said["name"],
        "partition_key": _attribute(said["partitionKey"]),
        "sort_key": _attribute(said["sortKey"]),
        "time_to_live_attribute": said["ttlAttribute"],
        "point_in_time_recovery_specification": recovery if said["pointInTimeRecovery"] else None,
        "contributor_insights_specification": insights if said["contributorInsights"] else None,
        "deletion_protection": said["deletionProtection"] or None,
        "table_class": rare if said["infrequentAccess"] else None,
    }


def _encryption_v2(scope: Any, said: Said) -> Any:
    kinds = dynamodb.TableEncryptionV2
    match said["encryption"]:
        case "owned":
            return kinds.dynamo_owned_key()
        case "managed":
            return kinds.aws_managed_key()
        case _:
            return kinds.customer_managed_key(_key_of(scope, said))


def _key_of(scope: Any, said: Said) -> Any:
    name = f"{said['id']}-key"
    if said["encryption"] == "customer":
        return kms.Key(scope, name)
    return kms.Key.from_key_arn(scope, name, said["keyArn"])


def _index(said: Said) -> dict[str, Any]:
    """What an index is made of; a local one has no partition key of its own."""
    properties = {
        "index_name": said["name"],
        "partition_key": _attribute(said["partitionKey"]),
        "sort_key": _attribute(said["sortKey"]),
        "projection_type": dynamodb.ProjectionType[said["projection"]],
        "non_key_attributes": said["nonKeyAttributes"] or None,
    }
    return {name: value for name, value in properties.items() if value is not None}


def _attribute(key: Said | None) -> Any:
    return None if key is None else dynamodb.Attribute(name=key["name"], type=_TYPES[key["type"]])
