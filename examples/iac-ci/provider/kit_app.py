"""Stands in for Terraform under the conformance kit: the app of a request becomes plans.

What is bound is read out of these by ``plan.py``, as out of any other plan. So the way here has
only what a plan would say: a table without a name gets it at apply, a key that the plan makes has
no ARN yet.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from place import Place
from plan import Plan
from plan_form import COMPUTED, Ref, Resource, Surroundings, document
from snapshots import Binding, Config

Json = dict[str, Any]
# Of all that an app of the kit can be, a plan has these.
FEATURES = ("stack-names", "several-stacks", "unknown-environment")


def bindings(app: Json) -> list[Binding]:
    """What the app binds, on plans of its stacks."""
    plans = [plan_of(stack) for stack in app["stacks"]]
    return [
        Binding(
            id=one["id"],
            deployment=stack["name"] or stack["id"],
            plan=plan,
            owner=plans[one["stack"]],
            address=_resource(app["stacks"][one["stack"]], one["table"]).address,
            schema=Path(one["schema"]),
            config=_config(app["configs"][one["config"]]),
        )
        for stack, plan in zip(app["stacks"], plans, strict=True)
        for one in stack["bindings"]
    ]


def plan_of(stack: Json) -> Plan:
    """A stack's plan; what it does not know refers to what nobody knows yet."""
    region = stack["region"] or Ref(("data.external.where.result",))
    resources = [_resource(stack, number) for number in range(len(stack["tables"]))]
    around = Surroundings(region=region, account=stack["account"])
    name = f"plan of {stack['name'] or stack['id']}"
    return Plan.of(Place(name, "", document(resources, around)))


def _config(config: Json) -> Config:
    mode = config["failureMode"] or "BEST_EFFORT"
    return Config(config["appId"], config["credentials"] or {}, mode)


def _resource(stack: Json, number: int) -> Resource:
    """An instance of a resource with ``for_each``: its keys may be any texts."""
    table = stack["tables"][number]
    indexes = (*table["globalIndexes"], *table["localIndexes"])
    keys = [(one["partitionKey"], one["sortKey"]) for one in (table, *indexes)]
    types = {key["name"]: key["type"] for pair in keys for key in pair if key}
    values = {
        "arn": COMPUTED,
        "attribute": [{"name": name, "type": kind} for name, kind in sorted(types.items())],
        "billing_mode": table["billing"],
        "deletion_protection_enabled": table["deletionProtection"],
        "global_secondary_index": [
            {**_index(one), "hash_key": one["partitionKey"]["name"]}
            for one in table["globalIndexes"]
        ],
        "hash_key": table["partitionKey"]["name"],
        "id": COMPUTED,
        "local_secondary_index": [_index(one) for one in table["localIndexes"]],
        "name": table["name"] or Ref(("random_pet.table",)),
        "point_in_time_recovery": [{"enabled": table["pointInTimeRecovery"]}],
        "range_key": _name(table["sortKey"]),
        "server_side_encryption": _encryption(table),
        "stream_arn": COMPUTED,
        "stream_enabled": bool(table["stream"]),
        "stream_view_type": table["stream"] or COMPUTED,
        "tags": table["tags"] or None,
        "ttl": [{"attribute_name": table["ttlAttribute"], "enabled": True}]
        if table["ttlAttribute"]
        else [],
    }
    if stack["region"]:
        values["region"] = stack["region"]
    return Resource("aws_dynamodb_table", "this", values, index=table["id"], schema_version=1)


def _index(one: Json) -> Json:
    return {
        "name": one["name"],
        "range_key": _name(one["sortKey"]),
        "projection_type": one["projection"],
        "non_key_attributes": one["nonKeyAttributes"],
    }


def _name(key: Json | None) -> str | None:
    return key["name"] if key else None


def _encryption(table: Json) -> Any:
    """Without a block the provider says nothing until it has asked AWS."""
    kinds = {
        "owned": COMPUTED,
        "managed": [{"enabled": True, "kms_key_arn": COMPUTED}],
        "customer": [{"enabled": True, "kms_key_arn": Ref(("aws_kms_key.table.arn",))}],
        "customer-arn": [{"enabled": True, "kms_key_arn": table["keyArn"]}],
    }
    return kinds[table["encryption"]]
