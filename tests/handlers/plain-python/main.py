"""A publisher on http.client, behind CDK's provider framework: another hand than the reference."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import logging
import os
import pathlib
import time
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

Document = dict[str, Any]

logging.basicConfig(format="%(levelname)s %(message)s")
log = logging.getLogger("publisher")


class Refused(Exception):
    pass


def lambda_handler(event: Document, context: Any) -> Document:
    request_type = event["RequestType"]
    data = {
        "EventId": event["RequestId"],  # a UUID v4 already
        "IngestStatus": "SUCCESS",
        "Action": "DELETE" if request_type == "Delete" else "UPSERT",
        "Timestamp": now(),
    }
    trouble = None
    try:
        data["ContentHash"] = Publication(event, context).publish()
    except Refused as error:
        trouble = str(error)
    except Exception as error:  # whatever it says may hold a secret
        trouble = type(error).__name__
    if trouble is not None:
        log.error("publishing failed: %s", trouble)
        if os.environ.get("FAILURE_MODE") == "STRICT":
            raise Refused(trouble)
        data.update(IngestStatus="FAILED", Error=trouble)
    if request_type == "Create":
        return {"PhysicalResourceId": f"chaim:{data['EventId']}", "Data": data}
    return {"Data": data}  # the framework keeps the id


class Publication:
    def __init__(self, event: Document, context: Any) -> None:
        self.event = event
        self.timeout = min(20.0, context.get_remaining_time_in_millis() / 6000)
        keys = kept_in(name) if (name := os.environ.get("SECRET_NAME")) else os.environ
        self.key = keys.get("apiKey", keys.get("API_KEY", "")).strip()
        self.secret = keys.get("apiSecret", keys.get("API_SECRET", "")).strip()
        if not self.key or not self.secret:
            raise Refused("credentials are missing")
        if (mode := os.environ.get("FAILURE_MODE", "")) not in ("", "STRICT", "BEST_EFFORT"):
            log.warning("FAILURE_MODE %s is unknown", mode)

    def publish(self) -> str:
        text = pathlib.Path("snapshot.json").read_text(encoding="utf-8")
        snapshot = json.loads(text)
        identity = snapshot["identity"] if "snapshotVersion" in snapshot else snapshot
        document = self.deletion_of(snapshot) if self.event["RequestType"] == "Delete" else snapshot
        escaped = len(text) < 1_000_000  # a large text would grow beyond the limit
        body = json.dumps(document, indent=1, ensure_ascii=escaped).encode()
        if len(body) > limit():
            raise Refused("too large")
        content_hash = "sha256:" + hashlib.sha256(body).hexdigest()
        status, _ = self.send("PUT", self.upload_url(identity, content_hash), body, {})
        if status // 100 != 2:
            raise Refused(f"the upload was answered with {status}")
        return content_hash

    @staticmethod
    def deletion_of(snapshot: Document) -> Document:
        return {**snapshot, "capturedAt": now(), "schema": None, "action": "DELETE"}

    def upload_url(self, identity: Document, content_hash: str) -> str:
        request = {
            "resourceId": identity["resourceId"],
            "appId": identity["appId"],
            "eventId": self.event["RequestId"],
            "contentHash": content_hash,
            "timestamp": now(),
            "nonce": str(uuid.uuid4()),
        }
        body = json.dumps(request).encode()
        signature = hmac.digest(self.secret.encode(), body, "sha256").hex()
        base = os.environ.get("CHAIM_API_BASE_URL") or "https://ingest.chaim.co"
        url = base.rstrip("/") + "/ingest/presign"
        headers = {"x-chaim-key": self.key, "x-chaim-signature": signature}
        status, answer = self.send("POST", url, body, headers)
        if status // 100 != 2:
            raise Refused(f"presign was answered with {status}")
        upload_url = json.loads(answer)["uploadUrl"]
        if not upload_url:
            raise Refused("presign gave no URL")
        return str(upload_url)

    def send(
        self, method: str, url: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(parts.netloc, timeout=self.timeout)
        target = parts.path + ("?" + parts.query if parts.query else "")
        headers = {"Content-Type": "application/json", "Connection": "close", **headers}
        try:
            connection.request(method, target, body=body, headers=headers)
            answer = connection.getresponse()
            return answer.status, self.read(answer)
        finally:
            connection.close()

    def read(self, answer: http.client.HTTPResponse) -> bytes:
        chunks = []
        deadline = time.monotonic() + self.timeout  # the socket's begins anew with every byte
        while chunk := answer.read1(65536):
            chunks.append(chunk)
            if time.monotonic() > deadline:
                raise Refused("the answer has no end")
        return b"".join(chunks)


def kept_in(secret: str) -> Document:
    import boto3

    answer = boto3.client("secretsmanager").get_secret_value(SecretId=secret)
    return dict(json.loads(answer["SecretString"]))


def limit() -> int:
    text = os.environ.get("CHAIM_MAX_SNAPSHOT_BYTES") or "10485760"
    if not text.isdecimal():
        log.warning("CHAIM_MAX_SNAPSHOT_BYTES %s is no number", text)
        return 10485760
    return int(text)


def now() -> str:
    return datetime.now(UTC).isoformat()
