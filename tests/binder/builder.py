"""Tables and apps as CDK constructs, in Python: a second reading of what is drawn."""

from __future__ import annotations

from typing import Any

import aws_cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct

from chaim_conformance.synth_scenario import KEY_ARN, App, Index, Key, Table

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


def _scope(stack: aws_cdk.Stack, ids: tuple[str, ...]) -> Construct:
    """The construct of these ids, made where it is missing."""
    scope: Construct = stack
    for id_ in ids:
        inner: Any = scope.node.try_find_child(id_)
        scope = inner if inner is not None else Construct(scope, id_)
    return scope


def add_indexes(made: Any, table: Table, *, late: bool) -> None:
    """The table's indexes, those that are late or those that are not."""
    for index in table.global_indexes:
        if index.late is late:
            key = _key(index.partition_key)
            made.add_global_secondary_index(**_index(index), partition_key=key)
    for index in table.local_indexes:
        if index.late is late:
            made.add_local_secondary_index(**_index(index))


def build(stack: aws_cdk.Stack, table: Table) -> dynamodb.ITable:
    """The table in its scopes, with the indexes that are not late."""
    scope = _scope(stack, table.scopes)
    if table.construct == "imported":
        return dynamodb.Table.from_table_name(scope, table.id, table.name or "")
    made = (_table if table.construct == "Table" else _table_v2)(scope, table)
    add_indexes(made, table, late=False)
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
    return dynamodb.Table(
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


def _table_v2(scope: Construct, table: Table) -> Any:
    key = _encryption_key(scope, table)
    kinds = dynamodb.TableEncryptionV2
    return dynamodb.TableV2(
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


def build_app(app: App, directory: str) -> aws_cdk.App:
    """The app without a binder: where a binding would be there is a construct that names its table.

    Indexes that are late come after the bindings.
    """
    root = aws_cdk.App(outdir=directory, context=dict(app.context))
    stages: dict[str, aws_cdk.Stage] = {}
    made: list[tuple[aws_cdk.Stack, list[Any]]] = []
    for stack in app.stacks:
        scope: Construct = root
        if stack.stage is not None:
            if stack.stage not in stages:
                stages[stack.stage] = aws_cdk.Stage(root, stack.stage)
            scope = stages[stack.stage]
        environment = aws_cdk.Environment(account=stack.account, region=stack.region)
        one = aws_cdk.Stack(scope, stack.id, stack_name=stack.name, env=environment)
        made.append((one, [build(one, table) for table in stack.tables]))
    for number, stack in enumerate(app.stacks):
        for binding in stack.bindings:
            of = number if binding.table_of is None else binding.table_of
            inner = Construct(_scope(made[number][0], binding.scopes), binding.id)
            aws_cdk.CfnOutput(inner, "Table", value=made[of][1][binding.table].table_arn)
    for stack, (_, tables) in zip(app.stacks, made, strict=True):
        for table, construct in zip(stack.tables, tables, strict=True):
            add_indexes(construct, table, late=True)
    return root
