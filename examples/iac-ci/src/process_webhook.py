"""Entry point ``process_webhook.handler`` of the image: takes a job in, and queues its orders."""

from __future__ import annotations

import json
import os
import time
import uuid
from typing import Any

import boto3


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A POST with ``{"orders": [{"name": ..., "depends_on": [...]}]}``; 202 with the run's id."""
    try:
        job = json.loads(event.get("body") or "{}")
    except ValueError:
        job = None
    orders = job.get("orders") if isinstance(job, dict) else None
    if wrong := _wrong(orders):
        return {"statusCode": 400, "body": json.dumps({"error": wrong})}
    run_id, trace_id = str(uuid.uuid4()), str(uuid.uuid4())
    table = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])
    with table.batch_writer() as batch:
        for number, order in enumerate(orders, 1):
            batch.put_item(Item=_item(run_id, trace_id, number, order))
    return {"statusCode": 202, "body": json.dumps({"run_id": run_id})}


def _wrong(orders: Any) -> str:
    """What keeps the orders from being run; empty: nothing."""
    if not isinstance(orders, list) or not orders or not all(map(_is_order, orders)):
        return "orders: at least one, each with a name, and a list of names in depends_on"
    names = [order["name"] for order in orders]
    if len(set(names)) < len(names):
        return "orders: two have one name"
    for number, order in enumerate(orders):
        if unknown := set(order.get("depends_on", ())) - set(names[:number]):
            return f"order {order['name']} depends on {', '.join(sorted(unknown))}, not before it"
    return ""


def _is_order(order: Any) -> bool:
    if not isinstance(order, dict):
        return False
    name, before = order.get("name"), order.get("depends_on", [])
    named = isinstance(name, str) and bool(name)
    return named and isinstance(before, list) and all(isinstance(one, str) for one in before)


def _item(run_id: str, trace_id: str, number: int, order: dict[str, Any]) -> dict[str, Any]:
    """As ``schemas/Order.bprint`` has it."""
    return {
        "order_id": f"{run_id}:{number}",
        "run_id": run_id,
        "order_num": number,
        "order_name": order["name"],
        "status": "queued",
        "depends_on": list(order.get("depends_on", ())),
        "trace_id": trace_id,
        "expires_at": int(time.time()) + int(os.environ["ORDER_SECONDS"]),
    }
