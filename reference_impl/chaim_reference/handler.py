"""The reference publisher: announces one entity's snapshot to the ingest service at deploy time.

A Lambda function behind CDK's provider framework runs :func:`handler` for every Create, Update
and Delete of the entity's custom resource. It reads the snapshot that synth put beside this file,
asks the service where to upload it (*presign*), uploads, and answers CloudFormation.
``H..`` names the clause of the contract that a line is there for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DEFAULT_BASE_URL = "https://ingest.chaim.co"
DEFAULT_MAX_BYTES = 10 * 1024 * 1024
LONGEST_INGESTION = 60.0  # seconds; nobody should watch a stack hang for longer
JSON_CONTENT = {"Content-Type": "application/json"}


class IngestError(Exception):
    """Why the snapshot was not published, in words that hold no secret, no URL and no answer."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Publishes the bundle's snapshot and answers the provider framework."""
    mode = _failure_mode()
    seconds = context.get_remaining_time_in_millis() / 1000 * 0.8  # H56: the rest is to answer in
    deadline = time.monotonic() + min(LONGEST_INGESTION, seconds)
    event_id = _event_id(event["RequestId"])
    action = "DELETE" if event["RequestType"] == "Delete" else "UPSERT"
    answer = {"EventId": event_id, "Action": action, "Timestamp": _now()}  # H61
    try:
        answer["ContentHash"] = _publish(event_id, action, deadline)  # H12
        answer["IngestStatus"] = "SUCCESS"
    except IngestError as error:
        print(f"ERROR chaim: {action} was not published: {error}")  # H53
        if mode == "STRICT":
            raise IngestError(str(error)) from None  # H51
        answer["IngestStatus"] = "FAILED"  # H50, H53
        answer["Error"] = str(error)  # H60: never the service's own words, so always short
    # H05: Create's id is the eventId. H06, H07: afterwards the id never changes, because
    # CloudFormation would delete the entity under the old one.
    physical_id = event.get("PhysicalResourceId") or event_id
    return {"PhysicalResourceId": physical_id, "Data": answer}


def _event_id(request_id: str) -> str:
    """The operation's id: a pure function of RequestId, so that every retry has it (H03, H04)."""
    digest = hashlib.sha256(b"chaim:eventId:" + request_id.encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))  # H02


def _publish(event_id: str, action: str, deadline: float) -> str:
    """Presigns and uploads; returns the content hash of what was accepted."""
    with _step("reading snapshot.json"):
        body, app_id = _document(action)
    if len(body) > (limit := _max_bytes()):  # H91: as uploaded, and before anything is sent
        raise IngestError(f"the snapshot has {len(body)} bytes, the limit is {limit}")
    with _step("reading credentials"):
        api_key, api_secret = _credentials(deadline)
    content_hash = "sha256:" + hashlib.sha256(body).hexdigest()  # H10
    with _step("presign"):
        request = {  # H21; of the snapshot nothing but its hash (H25)
            "appId": app_id,
            "eventId": event_id,
            "contentHash": content_hash,
            "timestamp": _now(),
            "nonce": str(uuid.uuid4()),  # H23
        }
        upload_url = _presign(request, api_key, api_secret, deadline)
    with _step("upload"):
        # H31: urllib counts bytes, so no chunks. H32: no other header. H30: the URL as it came.
        _send("PUT", upload_url, body, JSON_CONTENT, deadline)
    return content_hash


def _document(action: str) -> tuple[bytes, str]:
    """The exact bytes to publish, and the application that they belong to."""
    bundled = Path("snapshot.json").read_bytes()  # H01: at each invocation, from the bundle only
    snapshot = json.loads(bundled.decode("utf-8"), parse_constant=_refuse_constant)
    app_id = snapshot["appId"] if "appId" in snapshot else snapshot["identity"]["appId"]  # H24
    if action == "UPSERT":
        return bundled, app_id  # H11, H40, H41, H43: untouched, whatever is in it
    deletion = {**snapshot, "action": "DELETE", "schema": None, "capturedAt": _now()}  # H42
    return json.dumps(deletion).encode(), app_id


def _credentials(deadline: float) -> tuple[str, str]:
    """The API key and secret: from Secrets Manager where a secret is named (H80, H81)."""
    if secret_name := os.environ.get("SECRET_NAME"):
        secret = json.loads(_in_time(lambda: _secret_text(secret_name), deadline))
        key, api_secret = secret.get("apiKey"), secret.get("apiSecret")
    else:
        key, api_secret = os.environ.get("API_KEY"), os.environ.get("API_SECRET")
    for name, value in (("API key", key), ("API secret", api_secret)):  # H82
        if not isinstance(value, str) or not value.strip():
            raise IngestError(f"the {name} is missing or empty")
    if not (key.isascii() and key.isprintable()):
        raise IngestError("the API key cannot stand in a header")
    return key, api_secret


def _secret_text(secret_name: str) -> str:
    import boto3  # type: ignore[import-untyped]  # Lambda has it; not needed without a secret

    client = boto3.session.Session().client("secretsmanager")
    return str(client.get_secret_value(SecretId=secret_name)["SecretString"])


def _presign(request: dict[str, str], key: str, secret: str, deadline: float) -> str:
    """Asks, once, for an upload URL (H20)."""
    body = json.dumps(request, ensure_ascii=False).encode("utf-8")
    signature = hmac.new(secret.encode("utf-8"), body, hashlib.sha256).hexdigest()
    headers = {**JSON_CONTENT, "x-chaim-key": key, "x-chaim-signature": signature}  # H22
    base = (os.environ.get("CHAIM_API_BASE_URL") or DEFAULT_BASE_URL).rstrip("/")  # H26
    answer = _send("POST", base + "/ingest/presign", body, headers, deadline)
    upload_url = json.loads(answer)["uploadUrl"]  # H55: whatever goes wrong here is an error
    if not isinstance(upload_url, str) or not upload_url.startswith(("https://", "http://")):
        raise IngestError("presign: the answer has no upload URL")
    return upload_url


def _send(method: str, url: str, body: bytes, headers: dict[str, str], deadline: float) -> bytes:
    """One request; the body of a 2xx answer. Redirects are not followed (H74)."""
    opener = urllib.request.OpenerDirector()  # bare: it knows one scheme, and nothing else
    secure = url.startswith("https://")  # H73: HTTPSHandler verifies; making one reads the CAs
    opener.add_handler((urllib.request.HTTPSHandler if secure else urllib.request.HTTPHandler)())
    request = urllib.request.Request(url, data=body, headers=headers, method=method)

    def exchange() -> bytes:
        with opener.open(request, timeout=max(0.001, deadline - time.monotonic())) as answer:
            if not 200 <= answer.status < 300:  # H34, H51
                raise IngestError(f"{method} was refused with status {answer.status}")
            # A PUT is accepted once its status says so, whatever follows.
            return bytes(answer.read()) if method == "POST" else b""

    return bytes(_in_time(exchange, deadline))


def _in_time(work: Callable[[], bytes | str], deadline: float) -> Any:
    """What ``work`` returns, unless the deadline comes first (H56).

    A socket's timeout alone is no deadline: an answer that drips resets it with every byte.
    """
    future: Future[bytes | str] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as trouble:
            future.set_exception(trouble)

    threading.Thread(target=run, daemon=True).start()
    return future.result(timeout=max(0.0, deadline - time.monotonic()))


@contextmanager
def _step(name: str) -> Iterator[None]:
    """Makes any trouble an IngestError that tells its kind only: messages may quote (H50, H70)."""
    try:
        yield
    except IngestError:
        raise
    except Exception as trouble:
        raise IngestError(f"{name}: {type(trouble).__name__}") from None


def _failure_mode() -> str:
    mode = os.environ.get("FAILURE_MODE") or "BEST_EFFORT"  # H52
    if mode not in ("BEST_EFFORT", "STRICT"):
        print(f"WARNING chaim: FAILURE_MODE={mode[:40]!r} is unknown: BEST_EFFORT is used")  # H92
    return mode


def _max_bytes() -> int:
    limit = os.environ.get("CHAIM_MAX_SNAPSHOT_BYTES") or str(DEFAULT_MAX_BYTES)
    if limit.isascii() and limit.isdecimal():
        return int(limit)
    print(f"WARNING chaim: CHAIM_MAX_SNAPSHOT_BYTES={limit[:40]!r} is no number")  # H92
    return DEFAULT_MAX_BYTES


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
