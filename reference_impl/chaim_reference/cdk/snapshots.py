"""A binding as a snapshot, in either format, and its fingerprint."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chaim_reference import __version__

Snapshot = dict[str, Any]
# What differs although nothing changed: the moment, and who wrote it.
_NOT_CONTENT = ("capturedAt", "producer")


@dataclass(frozen=True, kw_only=True)
class BoundEntity:
    """All that a snapshot says; plain JSON data, without a token (B25).

    ``account`` and ``region`` are ``unknown`` where they are (B03); ``physical_id`` is the
    resource's own name, or what stands for it.
    """

    app_id: str
    account: str
    region: str
    stack_name: str
    datastore_type: str
    datastore_kind: str
    resource_name: str
    resource_id: str
    key_strategy: str
    key: str
    schema: Mapping[str, Any]
    metadata: Mapping[str, Any]

    @property
    def entity_name(self) -> str:
        """The schema's name for it."""
        return str(self.schema["entityName"])


def _flat(entity: BoundEntity) -> Snapshot:
    return {
        "schemaVersion": "1.0",
        "action": "UPSERT",
        "provider": "aws",
        "accountId": entity.account,
        "region": entity.region,
        "stackName": entity.stack_name,
        "appId": entity.app_id,
        "datastoreType": entity.datastore_type,
        "resourceName": entity.resource_name,
        "resourceId": entity.resource_id,
        "identity": {"stableResourceKey": entity.key},
        "schema": entity.schema,
        "dataStore": {"type": entity.datastore_type, **entity.metadata},
        "capturedAt": _now(),
    }


def _nested(entity: BoundEntity) -> Snapshot:
    return {
        "snapshotVersion": "3.0",
        "action": "UPSERT",
        "capturedAt": _now(),
        "providerIdentity": {
            "cloud": "aws",
            "accountId": entity.account,
            "region": entity.region,
            "deploymentSystem": "cloudformation",
            "deploymentId": entity.stack_name,
        },
        "identity": {
            "appId": entity.app_id,
            "entityName": entity.entity_name,
            "stableResourceKeyStrategy": entity.key_strategy,
            "stableResourceKey": entity.key,
            "resourceId": entity.resource_id,
            "entityId": f"{entity.app_id}:{entity.entity_name}",
            "bindingId": f"{entity.app_id}:{entity.key}:{entity.entity_name}",
        },
        "resolution": {"mode": "static", "hasTokens": False},
        "schema": entity.schema,
        "resource": {
            "type": entity.datastore_type,
            "kind": entity.datastore_kind,
            "id": entity.key.split(":", 2)[2],
            "name": entity.resource_name,
            "region": entity.region,
            **entity.metadata,
        },
        "producer": {
            "component": "chaim-reference-provider",
            "version": __version__,
            "runtime": f"python{sys.version_info.major}.{sys.version_info.minor}",
        },
    }


# Each format's own schema in the contract says what has to be there (B05).
FORMATS: Mapping[str, Callable[[BoundEntity], Snapshot]] = {"1.0": _flat, "3.0": _nested}


def as_bytes(snapshot: Snapshot) -> bytes:
    """The snapshot as it is written; LOCAL and bundle get the same bytes (B16)."""
    return json.dumps(snapshot, indent=2, allow_nan=False).encode()


def fingerprint(snapshot: Snapshot) -> str:
    """A hash of what the snapshot says: the same in each process, until something changes (B22)."""
    content = {key: value for key, value in snapshot.items() if key not in _NOT_CONTENT}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def stack_of(snapshot: Any) -> str | None:
    """The deployed stack that a snapshot of either format is of; ``None``: it is no snapshot."""
    match snapshot:
        case {"stackName": str(name), "resourceId": str()}:
            return name
        case {"providerIdentity": {"deploymentId": str(name)}, "identity": {"resourceId": str()}}:
            return name
        case _:
            return None


def _now() -> str:
    """B26: the newest of an entity's snapshots is the one that counts."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
