"""A table as a CDK construct, in Python: a second reading of what a drawn table means."""

from __future__ import annotations

from typing import Any

import aws_cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from chaim_conformance.synth_scenario import KEY_ARN, Index, Key, Table

TYPES = {
    "S": dynamodb.AttributeType.STRING,
    "N": dynamodb.AttributeType.NUMBER,
    "B": dynamodb.AttributeType.BINARY,
}
STREAMS = {
    "KEYS_ONLY": dynamodb.StreamViewType.KEYS_ONLY,
    "NEW_IMAGE": dynamodb.StreamViewType.NEW_IMAGE,
    "OLD_IMAGE": dynamodb.StreamViewType.OLD_IMAGE,
    "NEW_AND_OLD_IMAGES": dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
}


def _key(key: Key | None) -> Any:
    return key and dynamodb.Attribute(name=key.name, type=TYPES[key.type])


def _index(index: Index) -> dict[str, Any]:
    return {
        "index_name": index.name,
        "sort_key": _key(index.sort_key),
        "projection_type": getattr(dynamodb.ProjectionType, index.projection),
        "non_key_attributes": list(index.non_key_attributes) or None,
    }


def build(stack: aws_cdk.Stack, table: Table) -> dynamodb.ITable:
    """The table in its scopes, with the indexes that are not late."""
    scope: Construct = stack
    for id_ in table.scopes:
        inner = scope.node.try_find_child(id_)
        scope = inner if isinstance(inner, Construct) else Construct(scope, id_)
    if table.construct == "imported":
        return dynamodb.Table.from_table_name(scope, table.id, table.name or "")
    made = (_table if table.construct == "Table" else _table_v2)(scope, table)
    for index in table.local_indexes:
        made.add_local_secondary_index(**_index(index))
    for key, value in table.tags:
        aws_cdk.Tags.of(made).add(key, value)
    return made


def _shared(table: Table) -> dict[str, Any]:
    return {
        "table_name": table.name,
        "partition_key": _key(table.partition_key),
        "sort_key": _key(table.sort_key),
        "time_to_live_attribute": table.ttl_attribute,
        "deletion_protection": table.deletion_protection,
        "point_in_time_recovery_specification": dynamodb.PointInTimeRecoverySpecification(
            point_in_time_recovery_enabled=table.point_in_time_recovery
        ),
        "contributor_insights_specification": dynamodb.ContributorInsightsSpecification(
            enabled=table.contributor_insights
        ),
        "table_class": dynamodb.TableClass.STANDARD_INFREQUENT_ACCESS
        if table.infrequent_access
        else dynamodb.TableClass.STANDARD,
    }


def _encryption_key(scope: Construct, table: Table) -> kms.IKey | None:
    if table.encryption == "customer-arn":
        return kms.Key.from_key_arn(scope, f"{table.id}Key", KEY_ARN)
    return kms.Key(scope, f"{table.id}Key") if table.encryption == "customer" else None


def _table(scope: Construct, table: Table) -> Any:
    key = _encryption_key(scope, table)
    kinds = dynamodb.TableEncryption
    made = dynamodb.Table(
        scope,
        table.id,
        **_shared(table),
        stream=STREAMS[table.stream] if table.stream else None,
        billing_mode=getattr(dynamodb.BillingMode, table.billing),
        encryption=kinds.CUSTOMER_MANAGED
        if key
        else kinds.AWS_MANAGED
        if table.encryption == "managed"
        else kinds.DEFAULT,
        encryption_key=key,
    )
    for index in table.global_indexes:
        made.add_global_secondary_index(**_index(index), partition_key=_key(index.partition_key))
    return made


def _table_v2(scope: Construct, table: Table) -> Any:
    key = _encryption_key(scope, table)
    kinds = dynamodb.TableEncryptionV2
    made = dynamodb.TableV2(
        scope,
        table.id,
        **_shared(table),
        dynamo_stream=STREAMS[table.stream] if table.stream else None,
        billing=dynamodb.Billing.on_demand()
        if table.billing == "PAY_PER_REQUEST"
        else dynamodb.Billing.provisioned(
            read_capacity=dynamodb.Capacity.fixed(5),
            write_capacity=dynamodb.Capacity.autoscaled(max_capacity=5),
        ),
        encryption=kinds.customer_managed_key(key)
        if key
        else kinds.aws_managed_key()
        if table.encryption == "managed"
        else kinds.dynamo_owned_key(),
    )
    for index in table.global_indexes:
        made.add_global_secondary_index(**_index(index), partition_key=_key(index.partition_key))
    return made
