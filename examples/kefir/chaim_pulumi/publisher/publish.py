"""Publishes the snapshot beside it, or that its entity is gone: JSON on stdin, JSON on stdout.

``H..`` names the clause of the contract that a line is there for.
"""

import hashlib
import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

import credentials
import ingest
from moments import Deadline, now
from trouble import Trouble

DEFAULT_LIMIT = 10 * 1024 * 1024
SNAPSHOT = Path(__file__).with_name("snapshot.json")  # H01: the bundle's own


def main() -> None:
    """One attempt of one operation."""
    request = json.load(sys.stdin)
    gone = request["operation"] == "delete"
    mode = _mode()
    data = {  # H61
        "EventId": _event_id(request["operationId"]),
        "Action": "DELETE" if gone else "UPSERT",
        "Timestamp": now(),
        "IngestStatus": "SUCCESS",
    }
    answer: dict[str, Any] = {"status": "SUCCESS", "data": data}
    try:
        data["ContentHash"] = _publish(data["EventId"], gone, Deadline(request["deadlineMs"]))
    except Exception as error:
        # H70: our own words; those of a library may quote a secret or a URL.
        reason = str(error) if isinstance(error, Trouble) else type(error).__name__
        log(f"error: {data['Action']} was not published: {reason}")  # H53
        data |= {"IngestStatus": "FAILED", "Error": reason}
        if mode == "STRICT":  # H51; otherwise the update goes on (H50)
            answer |= {"status": "FAILED", "reason": reason}
    print(json.dumps(answer))


def _event_id(operation_id: str) -> str:
    """H03, H04: as lasting as the operation's id, and a UUID of version 4 (H02)."""
    digest = hashlib.sha256(b"chaim event " + operation_id.encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def _publish(event_id: str, gone: bool, deadline: Deadline) -> str:
    body, app_id = _document(gone)
    limit = _limit()
    if len(body) > limit:  # H91: as uploaded, and before anything is sent
        raise Trouble(f"the snapshot has {len(body)} bytes, {limit} are allowed")
    return ingest.publish(body, app_id, event_id, credentials.find(), deadline)


def _document(gone: bool) -> tuple[bytes, str]:
    """The bytes to publish, and the application that they are of (H24)."""
    try:
        bundled = SNAPSHOT.read_bytes()
        snapshot = json.loads(bundled.decode("utf-8"))
        flat = "snapshotVersion" not in snapshot
        app_id: str = (snapshot if flat else snapshot["identity"])["appId"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Trouble(f"snapshot.json cannot be read: {type(error).__name__}") from None
    if not gone:
        return bundled, app_id  # H11, H40, H41: as it was bundled
    # H42: for an entity that is gone nothing but its schema goes.
    deleted = {**snapshot, "action": "DELETE", "schema": None, "capturedAt": now()}
    return json.dumps(deleted, ensure_ascii=False).encode(), app_id  # H43, H90


def _mode() -> str:
    mode = os.environ.get("FAILURE_MODE") or "BEST_EFFORT"  # H52
    if mode not in ("BEST_EFFORT", "STRICT"):
        log(f"warning: FAILURE_MODE {mode[:40]!r} is unknown, BEST_EFFORT is used")  # H92
    return mode


def _limit() -> int:
    text = os.environ.get("CHAIM_MAX_SNAPSHOT_BYTES") or str(DEFAULT_LIMIT)
    if text.isascii() and text.isdecimal():
        return int(text)
    log(f"warning: CHAIM_MAX_SNAPSHOT_BYTES {text[:40]!r} is no number")  # H92
    return DEFAULT_LIMIT


def log(line: str) -> None:
    """Pulumi shows what stands on stderr; stdout is the answer's."""
    print(line, file=sys.stderr)


if __name__ == "__main__":
    main()
