"""Reads a table's metadata from the resource, as Pulumi knows it after all transformations."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import pulumi_aws as aws

from chaim_pulumi.outputs import known

# What the provider takes where a program says nothing.
DEFAULT_BILLING = "PROVISIONED"
PROPERTIES = (
    *("name", "arn", "hash_key", "range_key", "billing_mode", "ttl", "server_side_encryption"),
    *("stream_enabled", "stream_view_type", "global_secondary_indexes", "local_secondary_indexes"),
)

Properties = Mapping[str, Any]


async def metadata(table: aws.dynamodb.Table) -> dict[str, Any]:
    """What a snapshot says of a table (B07); what it lacks, or is not known, is absent (B08)."""
    values = await asyncio.gather(*(known(getattr(table, name)) for name in PROPERTIES))
    of: dict[str, Any] = dict(zip(PROPERTIES, values, strict=True))
    ttl, encryption = of["ttl"] or {}, of["server_side_encryption"] or {}
    found = {
        "tableName": of["name"],
        "tableArn": of["arn"],
        "partitionKey": of["hash_key"],
        "sortKey": of["range_key"],
        "globalSecondaryIndexes": [_index(one) for one in of["global_secondary_indexes"] or ()],
        "localSecondaryIndexes": [
            _index({"hash_key": of["hash_key"], **one})
            for one in of["local_secondary_indexes"] or ()
        ],
        # A TTL that is declared and switched off is none.
        "ttlAttribute": ttl.get("attribute_name") if ttl.get("enabled") else None,
        "streamEnabled": of["stream_enabled"],
        "streamViewType": of["stream_view_type"] if of["stream_enabled"] else None,
        "billingMode": of["billing_mode"] or DEFAULT_BILLING,
        "encryptionKeyArn": encryption.get("kms_key_arn"),
    }
    return _present(found)


def _index(index: Properties) -> dict[str, Any]:
    """An index, whose keys are declared in either of two ways."""
    schema: Iterable[Properties] = index.get("key_schemas") or ()
    keys = {one["key_type"]: one["attribute_name"] for one in schema}
    found = {
        "indexName": index["name"],
        "partitionKey": keys.get("HASH", index.get("hash_key")),
        "sortKey": keys.get("RANGE", index.get("range_key")),
        "projectionType": index["projection_type"],
        "nonKeyAttributes": list(index.get("non_key_attributes") or ()),
    }
    return _present(found)


def _present(properties: Properties) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value}
