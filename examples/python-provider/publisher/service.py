"""Speaks with the ingest service: presign, upload."""

import hashlib
import hmac
import json
import logging
import os
import uuid
from collections.abc import Mapping

import urllib3
from credentials import Credentials
from deadline import Deadline
from snapshot import Document, now
from trouble import Trouble

DEFAULT_BASE_URL = "https://ingest.chaim.co"

logging.getLogger("urllib3").setLevel(logging.ERROR)  # H72: its warnings quote URLs


def publish(
    document: Document, *, event_id: str, credentials: Credentials, deadline: Deadline
) -> str:
    """Presigns and uploads; returns the hash of what was accepted."""
    content_hash = "sha256:" + hashlib.sha256(document.body).hexdigest()  # H10
    request = {  # H21, H25: of the snapshot nothing but its hash
        "appId": document.app_id,
        "eventId": event_id,
        "contentHash": content_hash,
        "timestamp": now(),
        "nonce": str(uuid.uuid4()),  # H23
    }
    upload_url = _presign(json.dumps(request).encode(), credentials, deadline)
    # H30: to the URL as it came. H31: bytes are not chunked. H32: with no credentials.
    _send("upload", "PUT", upload_url, document.body, {}, deadline)
    return content_hash


def _presign(body: bytes, credentials: Credentials, deadline: Deadline) -> str:
    base = (os.environ.get("CHAIM_API_BASE_URL") or DEFAULT_BASE_URL).rstrip("/")  # H26
    headers = {  # H22: signed are the very bytes that are sent
        "x-chaim-key": credentials.api_key,
        "x-chaim-signature": hmac.digest(credentials.api_secret.encode(), body, "sha256").hex(),
    }
    answer = _send("presign", "POST", base + "/ingest/presign", body, headers, deadline)
    try:
        upload_url = json.loads(answer)["uploadUrl"]
    except (ValueError, KeyError, TypeError, RecursionError):
        upload_url = None
    if not isinstance(upload_url, str) or not upload_url.startswith(("https://", "http://")):
        raise Trouble("presign: the answer has no upload URL")  # H55
    return upload_url


def _send(
    step: str, method: str, url: str, body: bytes, headers: Mapping[str, str], deadline: Deadline
) -> bytes:
    """One request; what a POST was answered with, if its status is 2xx (H34, H51)."""

    def exchange() -> tuple[int, bytes]:
        # A pool for one request: connections kept while Lambda freezes the function are dead
        # afterwards. It verifies certificates (H73).
        with urllib3.PoolManager(retries=False, timeout=deadline.left) as pool:
            # No retries of urllib3's own: they would send a nonce again (H23) and log the URL
            # (H72). No redirects: they would take the key along (H74).
            answer = pool.request(
                method,
                url,
                body=body,
                headers={"Content-Type": "application/json", **headers},
                redirect=False,
                preload_content=False,
            )
            try:
                # H33: an upload is accepted once its status says so, whatever follows.
                return answer.status, answer.read() if method == "POST" else b""
            finally:
                answer.close()

    try:
        status, content = deadline.bound(step, exchange)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        # Its kind and not its words: they hold the URL.
        raise Trouble(f"{step}: {type(error).__name__}") from None
    if not 200 <= status < 300:
        raise Trouble(f"{step}: refused with status {status}")
    return content
