"""Entry point ``chaim_publisher.handler`` of the image: publishes when a stack's resource changes.

It stands behind a provider framework: to return is SUCCESS, to raise is FAILED.
"""

from __future__ import annotations

from typing import Any

from ingest.attempt import attempt, straight
from ingest.payload import Action
from ingest.trouble import Trouble

LONGEST_SECONDS = 60.0


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One attempt; see :mod:`ingest.attempt`."""
    action: Action = "DELETE" if event["RequestType"] == "Delete" else "UPSERT"
    left = context.get_remaining_time_in_millis() / 1000
    seconds = min(LONGEST_SECONDS, left * 0.8)  # H56: the rest is for the answer
    result = attempt(event["RequestId"], action, straight(action), seconds=seconds)
    if result.fails_the_deployment:
        raise Trouble(result.reason)
    # H05: of the first eventId. H06, H07: then it stays, or CloudFormation deletes the entity.
    own_id = event.get("PhysicalResourceId") or f"chaim-{result.data['EventId']}"
    return {"PhysicalResourceId": own_id, "Data": result.data}
