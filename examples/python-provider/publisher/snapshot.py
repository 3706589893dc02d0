"""Makes the bytes to publish from the snapshot that lies in the bundle."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

from trouble import Trouble

Action = Literal["UPSERT", "DELETE"]
BUNDLED = Path(__file__).with_name("snapshot.json")  # H01: not one from a cache


class Document(NamedTuple):
    """What is published, byte for byte, and the application that it belongs to."""

    body: bytes
    app_id: str


def document_for(action: Action) -> Document:
    """The bundled snapshot, or what becomes of it when its entity is deleted."""
    try:
        bundled = BUNDLED.read_bytes()
    except OSError as error:
        raise Trouble(f"snapshot.json cannot be read: {type(error).__name__}") from None
    snapshot = _parsed(bundled)
    app_id = _app_id_of(snapshot)
    if action == "UPSERT":
        # H11, H40, H41, H43: as bundled, so that the hash is the same in every operation.
        return Document(bundled, app_id)
    deleted = {**snapshot, "action": "DELETE", "schema": None, "capturedAt": now()}  # H42
    # Unescaped: as \uXXXX a large snapshot in another script would outgrow the limit (H90).
    text = json.dumps(deleted, ensure_ascii=False, separators=(",", ":"))
    return Document(text.encode(), app_id)


def now() -> str:
    """The time as ISO 8601, with its zone."""
    return datetime.now(UTC).isoformat()


def _parsed(bundled: bytes) -> dict[str, Any]:
    try:
        snapshot = json.loads(bundled.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):  # ValueError: not UTF-8, too
        raise Trouble("snapshot.json is not JSON") from None
    if not isinstance(snapshot, dict):
        raise Trouble("snapshot.json is no JSON object")
    return snapshot


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is Python's, not JSON's")


def _app_id_of(snapshot: dict[str, Any]) -> str:
    """H24: format 1.0 is flat, 3.0 keeps it with the identity."""
    match snapshot:
        case {"snapshotVersion": "3.0", "identity": {"appId": str(app_id)}}:
            return app_id
        case {"appId": str(app_id)}:
            return app_id
    raise Trouble("snapshot.json has no appId")
