"""Entry point ``orchestrator.handler`` of the image: wakes for each result, alone on its run."""

from __future__ import annotations

import os
import time
import uuid
from typing import Any
from urllib.parse import unquote_plus

import boto3
from botocore.exceptions import ClientError

# tmp/callbacks/runs/<run_id>/<order_num>/result.json
RUN, ORDER = 3, 4
LOCK_SECONDS = 900


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """An S3 event; which runs were worked on, and which somebody else has."""
    keys = [unquote_plus(one["s3"]["object"]["key"]).split("/") for one in event["Records"]]
    done = {key[RUN]: _work(key[RUN], key[ORDER]) for key in keys}
    return {
        "worked": sorted(run for run, mine in done.items() if mine),
        "held": sorted(run for run, mine in done.items() if not mine),
    }


def _work(run_id: str, order_num: str) -> bool:
    """Records the result while the run's lock is held; false where somebody else holds it."""
    dynamodb = boto3.resource("dynamodb")
    locks = dynamodb.Table(os.environ["LOCKS_TABLE"])
    lock_id, now = f"lock:{run_id}", int(time.time())
    # One invocation's: a log stream is that of many.
    mine = f"{os.environ.get('AWS_LAMBDA_LOG_STREAM_NAME', 'local')}:{uuid.uuid4()}"
    try:
        locks.put_item(
            Item={
                "lock_id": lock_id,
                "orchestrator_id": mine,
                "acquired_at": now,
                "expires_at": now + LOCK_SECONDS,
            },
            # DynamoDB removes what expired within days: until then it lies there.
            ConditionExpression="attribute_not_exists(lock_id) OR expires_at < :now",
            ExpressionAttributeValues={":now": now},
        )
    except ClientError as error:
        _require_that_it_is_anothers(error)
        return False
    try:
        orders = dynamodb.Table(os.environ["ORDERS_TABLE"])
        order = orders.get_item(Key={"order_id": f"{run_id}:{order_num}"})["Item"]
        dynamodb.Table(os.environ["EVENTS_TABLE"]).put_item(Item=_event(order, now))
    finally:
        _release(locks, lock_id, mine)
    return True


def _release(locks: Any, lock_id: str, mine: str) -> None:
    """Gives the lock back, unless it expired and somebody else took it over."""
    try:
        locks.delete_item(
            Key={"lock_id": lock_id},
            ConditionExpression="orchestrator_id = :mine",
            ExpressionAttributeValues={":mine": mine},
        )
    except ClientError as error:
        _require_that_it_is_anothers(error)


def _require_that_it_is_anothers(error: ClientError) -> None:
    """Raises the error again where it is another one than that the lock is somebody else's."""
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error


def _event(order: dict[str, Any], now: int) -> dict[str, Any]:
    """As ``schemas/OrderEvent.bprint`` has it."""
    return {
        "trace_id": order["trace_id"],
        "event_key": f"{order['order_name']}:{now}",
        "order_name": order["order_name"],
        "epoch": now,
        "event_type": "result",
        "expires_at": now + int(os.environ["EVENT_SECONDS"]),
    }
