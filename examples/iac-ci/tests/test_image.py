"""The image has every entry point that the plan's commands name, and each does its part."""

from __future__ import annotations

import importlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography.fernet import Fernet
from moto import mock_aws

Resources = dict[str, dict[str, Any]]
ROOT = Path(__file__).resolve().parents[1]
RESULT = "tmp/callbacks/runs/{run}/1/result.json"


def test_every_command_of_the_plan_is_an_entry_point(planned: Resources) -> None:
    """As the runtime of the image finds it."""
    commands = {
        one["image_config"][0]["command"][0]
        for address, one in planned.items()
        if address.startswith("aws_lambda_function.")
    }
    assert len(commands) == 5
    for command in commands:
        module, _, function = command.rpartition(".")
        assert callable(getattr(importlib.import_module(module), function))


@pytest.fixture
def account(planned: Resources, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account with the plan's tables in it, and a function's environment."""
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():
        monkeypatch.setenv(name, value)
    for function in ("process_webhook", "orchestrator"):
        (environment,) = planned[f"aws_lambda_function.{function}"]["environment"]
        for name, value in environment["variables"].items():
            monkeypatch.setenv(name, value)
    with mock_aws():
        for address, table in planned.items():
            if address.startswith("aws_dynamodb_table."):
                _create(table)
        yield


def _create(table: dict[str, Any]) -> None:
    schema = [{"AttributeName": table["hash_key"], "KeyType": "HASH"}]
    if table["range_key"]:
        schema.append({"AttributeName": table["range_key"], "KeyType": "RANGE"})
    boto3.client("dynamodb").create_table(
        TableName=table["name"],
        KeySchema=schema,
        AttributeDefinitions=[
            {"AttributeName": one["name"], "AttributeType": one["type"]}
            for one in table["attribute"]
            if one["name"] in (table["hash_key"], table["range_key"])
        ],
        BillingMode=table["billing_mode"],
    )


def items(table: str) -> list[dict[str, Any]]:
    """All that is in a table."""
    found: list[dict[str, Any]] = boto3.resource("dynamodb").Table(table).scan()["Items"]
    return found


def declared(entity: str) -> set[str]:
    """The fields of a schema."""
    schema = json.loads((ROOT / f"schemas/{entity}.bprint").read_text(encoding="utf-8"))
    return {field["name"] for field in schema["fields"]}


@pytest.mark.usefixtures("account")
def test_a_job_is_queued_and_its_result_recorded_by_one_orchestrator() -> None:
    """From the webhook to the event; what is written is what the schemas declare."""
    import orchestrator
    import process_webhook

    job = {"orders": [{"name": "network"}, {"name": "tables", "depends_on": ["network"]}]}
    answer = process_webhook.handler({"body": json.dumps(job)}, None)
    assert answer["statusCode"] == 202
    run = json.loads(answer["body"])["run_id"]
    assert {one["order_id"] for one in items("orders")} == {f"{run}:1", f"{run}:2"}
    assert all(one.keys() <= declared("Order") for one in items("orders"))

    event = {"Records": [{"s3": {"object": {"key": RESULT.format(run=run)}}}]}
    locks = boto3.resource("dynamodb").Table("orchestrator_locks")
    locks.put_item(Item={"lock_id": f"lock:{run}", "expires_at": int(time.time()) + 60})
    assert orchestrator.handler(event, None) == {"worked": [], "held": [run]}
    assert items("order_events") == []

    locks.put_item(Item={"lock_id": f"lock:{run}", "expires_at": int(time.time()) - 60})
    assert orchestrator.handler(event, None) == {"worked": [run], "held": []}
    (recorded,) = items("order_events")
    assert recorded["order_name"] == "network"
    assert recorded.keys() <= declared("OrderEvent")
    assert items("orchestrator_locks") == []


@pytest.mark.usefixtures("account")
def test_a_lock_that_somebody_took_over_is_left_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who works for longer than a lock lasts has lost it."""
    import orchestrator

    locks = boto3.resource("dynamodb").Table("orchestrator_locks")
    theirs = {"lock_id": "lock:run", "orchestrator_id": "another", "expires_at": 7}

    def long_work(order: dict[str, Any], now: int) -> dict[str, Any]:
        locks.put_item(Item=theirs)
        return {"trace_id": "t", "event_key": "k"}

    monkeypatch.setattr(orchestrator, "_event", long_work)
    boto3.resource("dynamodb").Table("orders").put_item(Item={"order_id": "run:1"})
    event = {"Records": [{"s3": {"object": {"key": RESULT.format(run="run")}}}]}
    assert orchestrator.handler(event, None) == {"worked": ["run"], "held": []}
    assert items("orchestrator_locks") == [theirs]


@pytest.mark.parametrize(
    ("orders", "said"),
    [
        ([], "at least one"),
        ([{"name": "a"}, {"name": "a"}], "one name"),
        ([{"name": "a", "depends_on": ["b"]}, {"name": "b"}], "order a depends on b"),
        ("network", "at least one"),
        ([7], "each with a name"),
        ([{"name": "a", "depends_on": 7}], "a list of names"),
    ],
)
def test_a_job_that_cannot_be_run_is_refused(orders: Any, said: str) -> None:
    """Before anything is queued."""
    import process_webhook

    answer = process_webhook.handler({"body": json.dumps({"orders": orders})}, None)
    assert answer["statusCode"] == 400
    assert said in answer["body"]


@pytest.mark.usefixtures("account")
def test_the_watchdog_writes_a_result_when_the_time_is_over() -> None:
    """Not before, and not over one that is there."""
    import watchdog_check

    s3, key = boto3.client("s3"), RESULT.format(run="r")
    s3.create_bucket(
        Bucket="internal", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    order = {"bucket": "internal", "key": key}
    later, earlier = time.time() + 60, time.time() - 60
    assert watchdog_check.handler({**order, "deadline": later}, None) == {"done": False}
    assert watchdog_check.handler({**order, "deadline": earlier}, None) == {"done": True}
    body = s3.get_object(Bucket="internal", Key=key)["Body"].read()
    assert json.loads(body)["status"] == "timed_out"
    s3.put_object(Bucket="internal", Key=key, Body=b"{}")
    assert watchdog_check.handler({**order, "deadline": earlier}, None) == {"done": True}
    assert s3.get_object(Bucket="internal", Key=key)["Body"].read() == b"{}"


def test_a_bundle_is_for_who_has_the_key_and_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it can be read, and no byte be another, without it."""
    import sealed
    from ingest.trouble import Trouble

    monkeypatch.setenv(sealed.KEY, Fernet.generate_key().decode())
    bundle = sealed.seal({"API_KEY": "ck-0123456789"})
    assert b"0123456789" not in bundle
    assert sealed.unseal(bundle) == {"API_KEY": "ck-0123456789"}
    with pytest.raises(Trouble, match="changed"):
        sealed.unseal(bundle[:-8] + b"AAAAAAA=")
    monkeypatch.setenv(sealed.KEY, Fernet.generate_key().decode())
    with pytest.raises(Trouble, match="another key"):
        sealed.unseal(bundle)
    monkeypatch.delenv(sealed.KEY)
    with pytest.raises(Trouble, match="BUNDLE_KEY is no key"):
        sealed.unseal(bundle)
    assert "BUNDLE_KEY" not in os.environ
