"""What a snapshot says: format 3.0, of one entity on one table."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

import pulumi

from chaim_pulumi.place import Place

COMPONENT, VERSION = "chaim-pulumi", "0.1.0"
# What is another one at every preview, or not the entity's.
PASSING = ("capturedAt", "resolution", "producer")


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One entity on one table, with all that is known of both."""

    app_id: str
    schema: Mapping[str, Any]
    place: Place
    resource_name: str
    resource_id: str
    # Type and logical name: how the program declares it.
    declared_as: tuple[str, str]
    physical_name: str | None
    metadata: Mapping[str, Any]


def snapshot(bound: Bound) -> dict[str, Any]:
    """The snapshot of an entity as the program declares it now."""
    entity, place = bound.schema["entityName"], bound.place
    kind, logical_name = bound.declared_as
    strategy, key = (
        ("tableName", bound.physical_name)
        if bound.physical_name is not None
        else ("logicalName", logical_name)
    )
    stable = f"dynamodb:{strategy}:{key}"
    return {
        "snapshotVersion": "3.0",
        "action": "UPSERT",
        "capturedAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "providerIdentity": {
            "cloud": "aws",
            "accountId": place.account,
            "region": place.region,
            "deploymentSystem": "pulumi",
            "deploymentId": place.stack_name,
        },
        "identity": {
            "appId": bound.app_id,
            "entityName": entity,
            "stableResourceKeyStrategy": strategy,
            "stableResourceKey": stable,
            "resourceId": bound.resource_id,
            "entityId": f"{bound.app_id}:{entity}",
            "bindingId": f"{bound.app_id}:{stable}:{entity}",
        },
        "resolution": {
            "mode": "preview" if pulumi.runtime.is_dry_run() else "update",
            "hasTokens": "tableArn" not in bound.metadata,
        },
        "schema": bound.schema,
        "resource": {
            "type": "dynamodb",
            "kind": kind,
            "id": logical_name,
            "name": bound.resource_name,
            "region": place.region,
            **bound.metadata,
        },
        "producer": {"component": COMPONENT, "version": VERSION, "runtime": _runtime()},
    }


def fingerprint(content: Mapping[str, Any]) -> str:
    """What changes when an entity has to be published again, and at no other time."""
    lasting = {name: value for name, value in content.items() if name not in PASSING}
    return hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()


@cache
def _runtime() -> str:
    return f"pulumi {version('pulumi')}"
