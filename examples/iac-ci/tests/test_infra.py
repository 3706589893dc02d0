"""The plan is what the system's description says, and what the HCL says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import hcl2
import make_plan
import plan_form
import pytest

ROOT = Path(__file__).resolve().parents[1]
DAY = 86_400
Resources = dict[str, dict[str, Any]]

# By the description: key, sort key, index's keys.
TABLES: dict[str, tuple[str, str | None, tuple[str, str] | None]] = {
    "orders": ("order_id", None, None),
    "order_events": ("trace_id", "event_key", ("order_name", "epoch")),
    "orchestrator_locks": ("lock_id", None, None),
}
COMMANDS = {
    "process_webhook": "process_webhook.handler",
    "orchestrator": "orchestrator.handler",
    "watchdog_check": "watchdog_check.handler",
    "worker": "worker.handler",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_its_keys_its_index_and_its_ttl(name: str, planned: Resources) -> None:
    """Names are the description's; what nobody declared is not there."""
    table = planned[f"aws_dynamodb_table.{name}"]
    key, sort_key, index = TABLES[name]
    assert (table["name"], table["hash_key"], table["range_key"]) == (name, key, sort_key)
    keys = [(one["hash_key"], one["range_key"]) for one in table["global_secondary_index"]]
    assert keys == ([index] if index else [])
    assert table["ttl"] == [{"attribute_name": "expires_at", "enabled": True}]
    types = {one["name"]: one["type"] for one in table["attribute"]}
    assert types == {one: "N" if one == "epoch" else "S" for one in types}
    assert set(types) == {one for one in (key, sort_key, *(index or ())) if one}


def test_there_are_no_other_tables(planned: Resources) -> None:
    """Three, each with a schema that declares its keys."""
    found = {address for address in planned if address.startswith("aws_dynamodb_table.")}
    assert found == {f"aws_dynamodb_table.{name}" for name in TABLES}
    for entity, name in (
        ("Order", "orders"),
        ("OrderEvent", "order_events"),
        ("OrchestratorLock", "orchestrator_locks"),
    ):
        schema = json.loads((ROOT / f"schemas/{entity}.bprint").read_text(encoding="utf-8"))
        declared = {"partitionKey": TABLES[name][0], "sortKey": TABLES[name][1]}
        assert schema["primaryKey"] == {part: key for part, key in declared.items() if key}
        assert "expires_at" in {field["name"] for field in schema["fields"]}


def test_items_live_as_long_as_they_should(planned: Resources) -> None:
    """Orders a day, events ninety; a lock as long as its run may take."""
    webhook, orchestrator = (
        planned[f"aws_lambda_function.{name}"]["environment"][0]["variables"]
        for name in ("process_webhook", "orchestrator")
    )
    assert int(webhook["ORDER_SECONDS"]) == DAY
    assert int(orchestrator["EVENT_SECONDS"]) == 90 * DAY


def test_two_buckets_are_emptied_after_a_day_and_the_third_is_kept(plan: dict[str, Any]) -> None:
    """Internal and done; states stay."""
    of_bucket = {
        one["expressions"]["bucket"]["references"][0]: one["expressions"]["rule"]
        for one in plan["configuration"]["root_module"]["resources"]
        if one["type"] == "aws_s3_bucket_lifecycle_configuration"
    }
    assert set(of_bucket) == {"aws_s3_bucket.internal.id", "aws_s3_bucket.done.id"}
    for (rule,) in of_bucket.values():
        assert rule["expiration"] == [{"days": {"constant_value": 1}}]
        assert rule["status"] == {"constant_value": "Enabled"}


def test_all_functions_are_one_image_with_a_command_each(
    plan: dict[str, Any], planned: Resources
) -> None:
    """And a binding's publisher has its bundle for a working directory."""
    images = set()
    for one in plan["configuration"]["root_module"]["resources"]:
        if one["type"] == "aws_lambda_function":
            images.add(tuple(one["expressions"]["image_uri"]["references"]))
    assert len(images) == 1
    for name, command in COMMANDS.items():
        function = planned[f"aws_lambda_function.{name}"]
        assert function["package_type"] == "Image"
        assert function["image_config"][0]["command"] == [command]
    publishers = [a for a in planned if a.startswith("aws_lambda_function.chaim_publisher[")]
    assert len(publishers) == len(TABLES)
    for address in publishers:
        (config,) = planned[address]["image_config"]
        assert config["command"] == ["chaim_publisher.handler"]
        assert config["working_directory"].removeprefix("/var/task/bindings/") in address


def test_a_result_wakes_the_orchestrator_and_its_worker_may_touch_nothing(
    plan: dict[str, Any], planned: Resources
) -> None:
    """Callbacks come by the bucket; the worker's role has no policy at all."""
    (notified,) = planned["aws_s3_bucket_notification.callbacks"]["lambda_function"]
    assert notified["events"] == ["s3:ObjectCreated:*"]
    assert notified["filter_prefix"] == "tmp/callbacks/runs/"
    types = {one["type"] for one in plan["resource_changes"]}
    assert not types & {"aws_iam_role_policy", "aws_iam_role_policy_attachment"}


def test_the_plan_is_the_one_that_make_plan_writes(plan: dict[str, Any]) -> None:
    """Whoever changes one of the two changes both."""
    around = plan_form.Surroundings(
        region=make_plan.var("aws_region"),
        account=make_plan.ACCOUNT,
        variables=make_plan.VARIABLES,
    )
    assert plan == plan_form.document(make_plan.RESOURCES, around)


def test_the_plan_agrees_with_itself(plan: dict[str, Any]) -> None:
    """What is planned is what changes make of it, and what is unknown is nowhere known."""
    resources = plan["planned_values"]["root_module"]["resources"]
    changes = plan["resource_changes"]
    assert [(one["address"], one["values"]) for one in resources] == [
        (one["address"], one["change"]["after"]) for one in changes
    ]
    for one in changes:
        after, unknown = one["change"]["after"], one["change"]["after_unknown"]
        assert not {key for key, mark in unknown.items() if mark is True} & after.keys()


REFERENCE = re.compile(r"(?:data\.)?aws_\w+\.\w+\.\w+|var\.\w+|each\.key")
# Where both are, the configuration lists an attribute and the resource that it is of.
WHOLE = re.compile(rf"(?:{REFERENCE.pattern})\Z")


def of_hcl(value: Any) -> Any:
    """A value of python-hcl2 as what it refers to, or as the constant that it is."""
    if isinstance(value, dict) and value.pop("__is_block__", False):
        value.pop("__comments__", None)
        return {key: of_hcl(one) for key, one in value.items()}
    text = json.dumps(value)
    if isinstance(value, list) and "__is_block__" in text:
        return [of_hcl(one) for one in value]
    if "${" in text:
        return set(REFERENCE.findall(text))
    if isinstance(value, list):
        return [of_hcl(one) for one in value]
    if isinstance(value, dict):
        return {key: of_hcl(one) for key, one in value.items()}
    return json.loads(value) if isinstance(value, str) else value


def of_plan(expression: Any) -> Any:
    """The same of an expression in a plan's configuration."""
    if isinstance(expression, list):
        return [{key: of_plan(one) for key, one in block.items()} for block in expression]
    if "constant_value" in expression:
        return expression["constant_value"]
    return {one for one in expression["references"] if WHOLE.match(one)}


def ordered(value: Any) -> Any:
    """Blocks and lists in an order of their own: a plan has sets where HCL has a sequence."""
    if isinstance(value, dict):
        return {key: ordered(one) for key, one in value.items()}
    return sorted(map(ordered, value), key=str) if isinstance(value, list) else value


def hcl_resources() -> Resources:
    """All of the folder, by address, parsed."""
    found: Resources = {}
    for file in sorted((ROOT / "infra").glob("*.tf")):
        with file.open(encoding="utf-8") as text:
            for block in hcl2.load(text).get("resource", ()):
                for kind, named in block.items():
                    for name, body in named.items():
                        found[f"{json.loads(kind)}.{json.loads(name)}"] = body
    return found


def test_the_plan_and_the_hcl_say_the_same(plan: dict[str, Any]) -> None:
    """Every resource, block, attribute and reference of one is in the other."""
    hcl = hcl_resources()
    resources = plan["configuration"]["root_module"]["resources"]
    assert set(hcl) == {one["address"] for one in resources}
    for one in resources:
        body = hcl[one["address"]]
        keys = body.pop("for_each", None)
        if keys is not None:
            instances = [r["index"] for r in plan["resource_changes"] if r["name"] == one["name"]]
            assert sorted(re.findall(r"[\w-]+__\w+", keys)) == sorted(instances)
        configured = {key: of_plan(value) for key, value in one["expressions"].items()}
        assert ordered(configured) == ordered(of_hcl(body)), one["address"]
