"""The bytes to publish, out of the ``snapshot.json`` in the working directory."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NoReturn

from ingest.trouble import Trouble

Action = Literal["UPSERT", "DELETE"]
# Relative on purpose: of one image each function has a working directory of its own (H01).
BUNDLED = Path("snapshot.json")


@dataclass(frozen=True)
class Payload:
    """What is uploaded, byte for byte, and the application that it is of."""

    body: bytes
    app_id: str

    @property
    def content_hash(self) -> str:
        """Over exactly the bytes that are sent (H10)."""
        return f"sha256:{hashlib.sha256(self.body).hexdigest()}"


def load(action: Action) -> Payload:
    """An UPSERT as it was bundled (H11, H40), a DELETE made of it (H42)."""
    try:
        bundled = BUNDLED.read_bytes()
    except OSError as error:
        raise Trouble(f"snapshot.json: {type(error).__name__}") from None
    try:
        snapshot = json.loads(bundled.decode(), parse_constant=_no_json)
    except (ValueError, RecursionError):
        raise Trouble("snapshot.json: no JSON in UTF-8") from None
    app_id = _app_id(snapshot)
    if action == "UPSERT":
        return Payload(bundled, app_id)
    gone = {**snapshot, "action": "DELETE", "schema": None, "capturedAt": now()}
    # Not escaped: other scripts would grow threefold, beyond the limit (H90).
    text = json.dumps(gone, ensure_ascii=False, separators=(",", ":"))
    return Payload(text.encode(), app_id)


def now() -> str:
    """ISO 8601 with an offset."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _app_id(snapshot: Any) -> str:
    """Format 1.0 has it at the top, 3.0 with the identity (H24)."""
    nested = isinstance(snapshot, dict) and "snapshotVersion" in snapshot
    owner = snapshot.get("identity") if nested else snapshot
    app_id = owner.get("appId") if isinstance(owner, dict) else None
    if not isinstance(app_id, str):
        raise Trouble("snapshot.json: no appId")
    return app_id


def _no_json(constant: str) -> NoReturn:
    raise ValueError(constant)
