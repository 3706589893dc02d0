"""Publishes one entity's snapshot when CloudFormation creates, updates or deletes its resource.

CDK's Provider framework calls :func:`handler`: to return is SUCCESS, to raise is FAILED.
``H..`` names the clause of the contract that a line is there for.
"""

import hashlib
import logging
import os
import uuid
from typing import Any

import credentials
import service
from deadline import Deadline
from snapshot import Action, document_for, now
from trouble import Trouble

LONGEST_SECONDS = 60.0  # nobody should watch a stack hang for longer
DEFAULT_MAX_BYTES = 10 * 1024 * 1024

log = logging.getLogger("chaim")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One attempt of one operation."""
    # H56: a fifth of the function's time is left to answer in.
    seconds = context.get_remaining_time_in_millis() / 1000 * 0.8
    deadline = Deadline(min(LONGEST_SECONDS, seconds))
    mode = _failure_mode()
    action: Action = "DELETE" if event["RequestType"] == "Delete" else "UPSERT"
    event_id = _event_id(event["RequestId"])
    data = {"EventId": event_id, "Action": action, "Timestamp": now()}  # H61
    try:
        data["ContentHash"] = _ingest(action, event_id, deadline)  # H12
        data["IngestStatus"] = "SUCCESS"
    except Exception as error:
        # H70: our own words only; those of others may quote a secret.
        known = isinstance(error, Trouble)
        reason = str(error) if known else f"unexpected {type(error).__name__}"
        log.error("%s was not published: %s", action, reason)  # H53
        if mode == "STRICT":
            raise Trouble(reason) from None  # H51
        data |= {"IngestStatus": "FAILED", "Error": reason}  # H50, H53
    # H05: Create's id holds the eventId. H06, H07: then it stays, because CloudFormation would
    # delete the entity under the id that it no longer hears.
    physical_id = event.get("PhysicalResourceId") or f"chaim-{event_id}"
    return {"PhysicalResourceId": physical_id, "Data": data}


def _ingest(action: Action, event_id: str, deadline: Deadline) -> str:
    document = document_for(action)
    limit = _max_bytes()
    if len(document.body) > limit:  # H91: as uploaded, and before anything is sent
        raise Trouble(f"snapshot: {len(document.body)} bytes, {limit} are allowed")
    return service.publish(
        document, event_id=event_id, credentials=credentials.find(deadline), deadline=deadline
    )


def _event_id(request_id: str) -> str:
    """H03, H04: derived from what all attempts of one operation share; H02: of version 4."""
    digest = hashlib.sha256(b"event " + request_id.encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def _failure_mode() -> str:
    mode = os.environ.get("FAILURE_MODE") or "BEST_EFFORT"  # H52
    if mode not in ("BEST_EFFORT", "STRICT"):
        log.warning("FAILURE_MODE=%.40s is unknown; BEST_EFFORT is used", mode)  # H92
    return mode


def _max_bytes() -> int:
    text = os.environ.get("CHAIM_MAX_SNAPSHOT_BYTES") or str(DEFAULT_MAX_BYTES)
    if text.isascii() and text.isdecimal():
        return int(text)
    log.warning("CHAIM_MAX_SNAPSHOT_BYTES=%.40s is no number", text)  # H92
    return DEFAULT_MAX_BYTES
