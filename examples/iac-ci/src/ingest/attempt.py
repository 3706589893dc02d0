"""One attempt of one operation: in time, with one eventId, and what trouble means for its end."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from ingest import credentials, payload, service
from ingest.payload import Action, Payload
from ingest.trouble import Trouble

MOST_BYTES = 10 * 1024 * 1024
# Publishes under this eventId, and returns the hash of what was accepted.
Submit = Callable[[str], str]


@dataclass(frozen=True)
class Result:
    """``data`` is for the answer; a ``reason`` fails the deployment where it is ``strict``."""

    data: dict[str, Any]
    reason: str
    strict: bool

    @property
    def fails_the_deployment(self) -> bool:
        """H50, H51, H54."""
        return bool(self.reason) and self.strict


def attempt(operation_id: str, action: Action, submit: Submit, *, seconds: float) -> Result:
    """Runs ``submit``, for so long at most; raises nothing."""
    strict = _failure_mode() == "STRICT"
    event_id = event_id_of(operation_id)
    data = {"EventId": event_id, "Action": action, "Timestamp": payload.now()}  # H61
    reason = ""
    try:
        data |= {"ContentHash": _in_time(lambda: submit(event_id), seconds)}  # H12
    except Exception as error:
        # H70: texts of others may quote a credential, so of those only the kind is told.
        reason = str(error) if isinstance(error, Trouble) else f"unexpected {type(error).__name__}"
        log(f"ERROR {action} was not published: {reason}")  # H53
        data |= {"Error": reason}
    return Result(data | {"IngestStatus": "FAILED" if reason else "SUCCESS"}, reason, strict)


def straight(action: Action) -> Submit:
    """Presigns and uploads in this attempt, with credentials as they are now."""

    def submit(event_id: str) -> str:
        content = load_within_limit(action)
        service.upload(service.presign(content, event_id, credentials.find()), content.body)
        return content.content_hash

    return submit


def load_within_limit(action: Action) -> Payload:
    """The payload; too large is trouble before anything is sent (H91)."""
    content, limit = payload.load(action), _limit()
    if len(content.body) > limit:
        raise Trouble(f"the snapshot has {len(content.body)} bytes, {limit} are allowed")
    return content


def event_id_of(operation_id: str) -> str:
    """A function of the operation's id, so any attempt in any process has the same (H03, H04)."""
    digest = hashlib.sha256(f"iac-ci {operation_id}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def log(text: str) -> None:
    """On stderr, at once: stdout is an answer's in some entry points."""
    print(text, file=sys.stderr, flush=True)


def _in_time(work: Callable[[], str], seconds: float) -> str:
    """A socket's timeout begins anew with each byte that drips in; this one does not (H56)."""
    results: SimpleQueue[str | Exception] = SimpleQueue()

    def run() -> None:
        try:
            results.put(work())
        except Exception as error:
            results.put(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        result = results.get(timeout=max(0.001, seconds))
    except Empty:
        raise Trouble("no answer in time") from None
    if isinstance(result, Exception):
        raise result
    return result


def _failure_mode() -> str:
    mode = os.environ.get("FAILURE_MODE") or "BEST_EFFORT"  # H52
    if mode not in ("BEST_EFFORT", "STRICT"):
        log(f"FAILURE_MODE={mode:.40} is unknown, BEST_EFFORT is meant")  # H92
    return mode


def _limit() -> int:
    text = os.environ.get("CHAIM_MAX_SNAPSHOT_BYTES") or str(MOST_BYTES)
    if text.isascii() and text.isdecimal():
        return int(text)
    log(f"CHAIM_MAX_SNAPSHOT_BYTES={text:.40} is no number")  # H92
    return MOST_BYTES
