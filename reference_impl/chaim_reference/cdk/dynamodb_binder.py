"""Binds DynamoDB tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import region_info
from constructs import Construct

from chaim_reference.cdk.base_binder import BaseChaimBinder, DataStore
from chaim_reference.cdk.config import TableBindingConfig
from chaim_reference.cdk.errors import BindingError
from chaim_reference.cdk.identity import known

_TABLES = (dynamodb.TableBase, dynamodb.TableBaseV2)  # declared or imported
_TABLE_RESOURCES = (dynamodb.CfnTable, dynamodb.CfnGlobalTable)
TableResource = dynamodb.CfnTable | dynamodb.CfnGlobalTable


class ChaimDynamoDBBinder(BaseChaimBinder):
    """Binds one entity to a table: ``Table``, ``TableV2``, ``CfnTable`` or ``CfnGlobalTable``.

    A table that is only imported is refused: the app knows its name, and not its keys and indexes.
    Several entities of one table are several binders with one ``config``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        schema_path: str,
        table: dynamodb.ITable | TableResource,
        config: TableBindingConfig,
        snapshot_format: str = "1.0",
    ) -> None:
        self._table = _resource_of(table, f"{scope.node.path}/{id}")
        super().__init__(
            scope,
            id,
            schema_path=schema_path,
            construct=table,
            resource=self._table,
            config=config,
            snapshot_format=snapshot_format,
        )

    def describe(self) -> DataStore:
        """The table as CloudFormation will make it."""
        stack = cdk.Stack.of(self._table)
        declared = _declared(stack, self._table)
        name = _text(declared.get("tableName"))
        return DataStore(
            type="dynamodb",
            kind="table",
            physical_name=name,
            metadata=_present({"tableArn": _arn(stack, name), **_metadata(declared)}),
        )


def _resource_of(table: Any, binding: str) -> TableResource:
    """The resource in the template behind a table (B33)."""
    if isinstance(table, _TABLE_RESOURCES):
        return table
    if not isinstance(table, _TABLES):
        raise BindingError(f"binding {binding}: table: expected a DynamoDB table, got {table!r}")
    resource = table.node.default_child
    if not isinstance(resource, _TABLE_RESOURCES):
        raise BindingError(
            f"binding {binding}: the table {table.node.path} is imported: the app knows its name "
            "or ARN, but not its keys, indexes and other settings, which the snapshot has to tell. "
            "Bind it in the app that declares it, as Table or TableV2"
        )
    return resource


def _declared(stack: cdk.Stack, table: TableResource) -> Mapping[str, Any]:
    """The table's properties as they are at this moment, in CloudFormation's form; and its region.

    Where that is no value but an expression of the template, it is a mapping such as
    ``{"Ref": …}``. What is not declared is not there.
    """
    # B24: it is only read; not even a token of it stands in another resource.
    # `_cfn_properties` is protected, not private: what CDK itself renders the resource from. The
    # public properties, read one by one, fail for some of TableV2's.
    declared: Mapping[str, Any] = stack.resolve({**table._cfn_properties, "region": stack.region})
    return declared


def _metadata(declared: Mapping[str, Any]) -> dict[str, Any]:
    """What the snapshot tells of the table (B07); ``None`` where there is nothing to tell."""
    return {
        "tableName": _text(declared.get("tableName")),
        **_keys(declared),
        "globalSecondaryIndexes": _indexes(declared.get("globalSecondaryIndexes")),
        "localSecondaryIndexes": _indexes(declared.get("localSecondaryIndexes")),
        "ttlAttribute": _ttl_attribute(declared),
        "streamEnabled": "streamSpecification" in declared,
        "streamViewType": _text(_inside(declared, "streamSpecification", "streamViewType")),
        # Without a word CloudFormation makes it PROVISIONED.
        "billingMode": _text(declared.get("billingMode", "PROVISIONED")),
        "encryptionKeyArn": _key_arn(declared),
    }


def _keys(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Partition and sort key of a table or an index; an index may have several of each: a list."""
    schema = declared.get("keySchema", ())
    keys: dict[str, Any] = {}
    for place, kind in (("partitionKey", "HASH"), ("sortKey", "RANGE")):
        names = [one["attributeName"] for one in schema if one["keyType"] == kind]
        keys[place] = names if len(names) > 1 else names[0] if names else None
    return keys


def _indexes(declared: Any) -> list[Mapping[str, Any]] | None:
    return [
        _present(
            {
                "indexName": index["indexName"],
                **_keys(index),
                "projectionType": _inside(index, "projection", "projectionType"),
                "nonKeyAttributes": _inside(index, "projection", "nonKeyAttributes"),
            }
        )
        for index in declared or ()
    ] or None


def _ttl_attribute(declared: Mapping[str, Any]) -> str | None:
    if _inside(declared, "timeToLiveSpecification", "enabled") is not True:
        return None
    return _text(_inside(declared, "timeToLiveSpecification", "attributeName"))


def _key_arn(declared: Mapping[str, Any]) -> str | None:
    """The ARN of the key that a customer manages, where the app itself knows it."""
    # A global table has a key for each replica; this stack's own is meant.
    here = (
        replica
        for replica in declared.get("replicas", ())
        if replica["region"] == declared["region"]
    )
    key = _text(_inside(next(here, declared), "sseSpecification", "kmsMasterKeyId"))
    return key if key is not None and key.startswith("arn:") else None


def _arn(stack: cdk.Stack, name: str | None) -> str | None:
    """The table's ARN, where all of it is known; the partition is the region's."""
    if name is None or "unknown" in (known(stack.account), known(stack.region)):
        return None
    partition = region_info.RegionInfo.get(stack.region).partition
    return partition and f"arn:{partition}:dynamodb:{stack.region}:{stack.account}:table/{name}"


def _inside(declared: Mapping[str, Any], section: str, name: str) -> Any:
    """A property of a property; ``None`` where one of them is not there."""
    value = declared.get(section, {})
    return value.get(name) if isinstance(value, Mapping) else None


def _text(value: Any) -> str | None:
    """A value that is known; an expression of the template is not."""
    return value if isinstance(value, str) else None


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what there is not (B08)."""
    return {name: value for name, value in values.items() if value is not None}
