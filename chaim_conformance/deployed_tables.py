"""What describing a stack's tables says once they are deployed: moto's DynamoDB, in this process.

A table is made by the class that moto's CloudFormation makes it by, without the rest of that, which
takes packages that the kit does without. A global table, which moto has not, is made as the table
that it is in its own region.
"""

from __future__ import annotations

import json
import threading
import warnings
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import lru_cache
from typing import Any

from chaim_conformance.cloud_assembly import AssembledStack
from chaim_conformance.intrinsics import Place, Unresolvable, resolved
from chaim_conformance.synth_transcript import DescribedTable

TABLE, GLOBAL_TABLE = "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"
# Nobody else in this process keeps tables there, whatever else is done with moto.
_OUR_ACCOUNT, _OUR_REGION = "314159265358", "us-east-1"
_TURN = threading.Lock()
# Properties of a table that have the same form in its description.
_ALIKE = ("AttributeDefinitions", "GlobalSecondaryIndexes", "KeySchema", "LocalSecondaryIndexes")
# They differ from one time to the next, and say nothing of the table.
_OF_THE_MOMENT = ("CreationDateTime", "TableId", "LatestStreamLabel", "LatestStreamArn")


def described(stack: AssembledStack) -> tuple[DescribedTable, ...]:
    """Every table of the stack as it is described, in the order of the template."""
    tables = {
        logical_id: resource
        for logical_id, resource in stack.resources.items()
        if resource.get("Type") in (TABLE, GLOBAL_TABLE)
    }
    known = json.dumps(stack.known, sort_keys=True)
    return _described(json.dumps(tables), known, stack.place)


@lru_cache(maxsize=256)
def _described(tables: str, known: str, place: Place) -> tuple[DescribedTable, ...]:
    names = json.loads(known)
    return tuple(
        _deployed(logical_id, resource, names, place)
        for logical_id, resource in json.loads(tables).items()
    )


def _deployed(
    logical_id: str, resource: Mapping[str, Any], known: Mapping[str, str], place: Place
) -> DescribedTable:
    properties = _resolved(resource.get("Properties", {}), known)
    if resource["Type"] == GLOBAL_TABLE:
        properties = _in_its_region(properties, place.region)
    name = properties.get("TableName") or f"{place.stack}-{logical_id}-1TV5S0C0X9G3B"
    description = _at_place(_made(str(name), properties), place)
    ttl = properties.get("TimeToLiveSpecification") or {}
    on = str(ttl.get("Enabled", "")).lower() == "true"
    return DescribedTable(
        stack=place.stack,
        logical_id=logical_id,
        description={**description, **_left_out(properties)},
        ttl_attribute=ttl.get("AttributeName") if on else None,
    )


def _resolved(value: Any, known: Mapping[str, str]) -> Any:
    """The value, without the parts that only a deployment would tell."""
    if isinstance(value, dict):
        parts = {key: _resolved(one, known) for key, one in value.items()}
        try:
            return resolved(value, known)
        except Unresolvable:
            return {key: one for key, one in parts.items() if one is not None} or None
    if isinstance(value, list):
        return [kept for one in value if (kept := _resolved(one, known)) is not None]
    return value


def _in_its_region(properties: dict[str, Any], region: str) -> dict[str, Any]:
    """The properties of the table that a global table is in this region."""
    replicas = [one for one in properties.get("Replicas") or () if isinstance(one, dict)]
    own = next((one for one in replicas if one.get("Region") in (region, None)), {})
    others = [one["Region"] for one in replicas if one is not own and "Region" in one]
    of_the_replica = (
        "DeletionProtectionEnabled",
        "PointInTimeRecoverySpecification",
        "TableClass",
        "Tags",
    )
    table = {**properties, **{key: own[key] for key in of_the_replica if key in own}}
    if key := (own.get("SSESpecification") or {}).get("KMSMasterKeyId"):
        table["SSESpecification"] = {
            **(table.get("SSESpecification") or {}),
            "KMSMasterKeyId": key,
        }
    return {**table, "OtherRegions": others}


def _made(name: str, properties: dict[str, Any]) -> dict[str, Any]:
    """The description of a table that moto made of these properties; it is gone afterwards."""
    with warnings.catch_warnings(), _TURN:
        warnings.simplefilter("ignore")  # moto's and botocore's are nobody's here
        from moto.dynamodb.models import dynamodb_backends
        from moto.dynamodb.models.table import Table

        backend = dynamodb_backends[_OUR_ACCOUNT][_OUR_REGION]
        try:
            Table.create_from_cloudformation_json(
                name,
                # moto keeps what it is given, and adds to it.
                {"Type": TABLE, "Properties": deepcopy(properties)},
                _OUR_ACCOUNT,
                _OUR_REGION,
            )
            text = json.dumps(backend.describe_table(name)["Table"], default=str)
        except Exception:  # a template that no service would take: it says what it says
            text = json.dumps({"TableName": name, **{k: properties.get(k) for k in _ALIKE}})
        finally:
            backend.tables.pop(name, None)
    description: dict[str, Any] = json.loads(text)
    return description


def _at_place(description: dict[str, Any], place: Place) -> dict[str, Any]:
    """The description with the stack's own place in ARNs, and nothing that is always another."""
    ours = f"arn:aws:dynamodb:{_OUR_REGION}:{_OUR_ACCOUNT}:"
    real = f"arn:{place.partition}:dynamodb:{place.region}:{place.account}:"

    def placed(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: placed(v) for k, v in value.items() if k not in _OF_THE_MOMENT}
        if isinstance(value, list):
            return [placed(one) for one in value]
        if isinstance(value, str) and value.startswith(ours):
            return real + value.removeprefix(ours)
        return value

    # A table without indexes has no list of them; moto has an empty one.
    return {key: one for key, one in placed(description).items() if one not in ([], None)}


def _left_out(properties: Mapping[str, Any]) -> dict[str, Any]:
    """What moto does not make of a template, from the template."""
    found = dict(_facts(properties))
    return {key: value for key, value in found.items() if value is not None}


def _facts(properties: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    encryption = properties.get("SSESpecification") or {}
    if str(encryption.get("SSEEnabled", "")).lower() == "true":
        key = encryption.get("KMSMasterKeyId")
        named = isinstance(key, str) and key.startswith("arn:")
        about = {"Status": "ENABLED", "SSEType": encryption.get("SSEType", "KMS")}
        yield "SSEDescription", {**about, **({"KMSMasterKeyArn": key} if named else {})}
    recovery = properties.get("PointInTimeRecoverySpecification") or {}
    on = str(recovery.get("PointInTimeRecoveryEnabled", "")).lower() == "true"
    state = {"PointInTimeRecoveryStatus": "ENABLED" if on else "DISABLED"}
    yield "ContinuousBackupsDescription", {"PointInTimeRecoveryDescription": state}
    if table_class := properties.get("TableClass"):
        yield "TableClassSummary", {"TableClass": table_class}
    if others := properties.get("OtherRegions"):
        yield "Replicas", [{"RegionName": region} for region in others]
