"""The two requests of a publication: presign at the service, PUT to the bucket."""

from __future__ import annotations

import hmac
import http.client
import json
import os
import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from ingest.credentials import Credentials
from ingest.payload import Payload, now
from ingest.trouble import Trouble

DEFAULT_BASE = "https://ingest.chaim.co"
SOCKET_SECONDS = 30.0


def presign(payload: Payload, event_id: str, credentials: Credentials) -> str:
    """The upload URL; of the snapshot the service hears the hash (H25)."""
    body = json.dumps(
        {
            "appId": payload.app_id,
            "eventId": event_id,
            "contentHash": payload.content_hash,
            "timestamp": now(),
            "nonce": str(uuid.uuid4()),  # H23: another one each time
        }
    ).encode()
    base = (os.environ.get("CHAIM_API_BASE_URL") or DEFAULT_BASE).rstrip("/")  # H26
    signature = hmac.digest(credentials.secret.encode(), body, "sha256").hex()  # H22
    headers = {"x-chaim-key": credentials.key, "x-chaim-signature": signature}
    answer = _exchange("presign", "POST", f"{base}/ingest/presign", body, headers)
    try:
        url = json.loads(answer)["uploadUrl"]
    except (ValueError, KeyError, TypeError, RecursionError):
        url = None
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise Trouble("presign: an answer without an upload URL")  # H55
    return url


def upload(url: str, body: bytes) -> None:
    """Returns when the bucket has accepted it."""
    _exchange("upload", "PUT", url, body, {})


def _exchange(step: str, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """One request, and what a POST was answered; http.client follows no redirect (H74)."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")  # H30
    connection = connect(parts.netloc, timeout=SOCKET_SECONDS)
    try:
        connection.request(method, target, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        if not 200 <= answer.status < 300:
            raise Trouble(f"{step}: status {answer.status}")
        # H33: by its status an upload is accepted, whatever becomes of the rest of the answer.
        return answer.read() if method == "POST" else b""
    except (OSError, http.client.HTTPException) as error:
        raise Trouble(f"{step}: {type(error).__name__}") from None
    finally:
        connection.close()
