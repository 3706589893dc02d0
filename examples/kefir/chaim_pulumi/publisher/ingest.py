"""Speaks with the ingest service: asks for an upload URL, and uploads there."""

import hashlib
import hmac
import http.client
import json
import os
import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from credentials import Pair
from moments import Deadline, now
from trouble import Trouble

DEFAULT_BASE_URL = "https://ingest.chaim.co"
JSON = {"Content-Type": "application/json"}


def publish(body: bytes, app_id: str, event_id: str, pair: Pair, deadline: Deadline) -> str:
    """Presigns and uploads; the hash of what was accepted (H10, H12)."""
    content_hash = f"sha256:{hashlib.sha256(body).hexdigest()}"
    asked = json.dumps(  # H21; of the snapshot nothing but its hash (H25)
        {
            "appId": app_id,
            "eventId": event_id,
            "contentHash": content_hash,
            "timestamp": now(),
            "nonce": str(uuid.uuid4()),  # H23
        }
    ).encode()
    signature = hmac.digest(pair.secret.encode(), asked, "sha256").hex()  # H22
    base = (os.environ.get("CHAIM_API_BASE_URL") or DEFAULT_BASE_URL).rstrip("/")  # H26
    answer = deadline.keep(
        "presign",
        lambda: _send(
            "POST",
            f"{base}/ingest/presign",
            asked,
            {"x-chaim-key": pair.key, "x-chaim-signature": signature},
            deadline,
        ),
    )
    url = _upload_url(answer)
    # H32: with no credentials. H33: once; of the answer nothing but its status is read.
    deadline.keep("upload", lambda: _send("PUT", url, body, {}, deadline))
    return content_hash


def _upload_url(answer: bytes) -> str:
    try:
        url = json.loads(answer)["uploadUrl"]
    except (ValueError, KeyError, TypeError, RecursionError):
        url = None
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise Trouble("presign: the answer has no upload URL")  # H55
    return url


def _send(
    method: str, url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline
) -> bytes:
    """One request, not chunked (H31), to the URL as it is (H30); it follows no redirect (H74)."""
    parts = urlsplit(url)
    # H73: HTTPSConnection verifies certificates.
    kinds = {"https": http.client.HTTPSConnection, "http": http.client.HTTPConnection}
    try:
        connection = kinds[parts.scheme](parts.netloc, timeout=deadline.left)
        try:
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            connection.request(method, target, body, {**JSON, **headers})
            answer = connection.getresponse()
            if not 200 <= answer.status < 300:  # H34, H51
                raise Trouble(f"{method} was refused with status {answer.status}")
            return answer.read() if method == "POST" else b""
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        raise Trouble(f"{method}: {type(error).__name__}") from None
