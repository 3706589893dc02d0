"""A publisher that is no Lambda: one request on stdin, one answer on stdout, the log on stderr."""

import hashlib
import http.client
import json
import os
import pathlib
import sys
import time
import uuid
from datetime import UTC, datetime
from hmac import digest
from urllib.parse import urlsplit


class Refused(Exception):
    """Why nothing was published, in words that hold no secret."""


def main():
    request = json.load(sys.stdin)
    mode = os.environ.get("FAILURE_MODE") or "BEST_EFFORT"
    if mode not in ("BEST_EFFORT", "STRICT"):
        log(f"FAILURE_MODE {mode} is unknown: BEST_EFFORT is used")
    delete = request["operation"] == "delete"
    data = {
        "EventId": event_id(request["operationId"]),
        "IngestStatus": "SUCCESS",
        "Action": "DELETE" if delete else "UPSERT",
        "Timestamp": now(),
    }
    answer = {"status": "SUCCESS", "data": data}
    deadline = time.monotonic() + request["deadlineMs"] / 1000 - time.time()
    try:
        data["ContentHash"] = publish(data["EventId"], delete, deadline)
    except Exception as error:  # what a library says may hold a secret
        reason = str(error) if isinstance(error, Refused) else type(error).__name__
        log(f"ERROR not published: {reason}")
        data |= {"IngestStatus": "FAILED", "Error": reason}
        if mode == "STRICT":
            answer |= {"status": "FAILED", "reason": reason}
    json.dump(answer, sys.stdout)


def event_id(operation_id):
    hashed = hashlib.sha256(operation_id.encode()).digest()
    return str(uuid.UUID(bytes=hashed[:16], version=4))


def publish(event, delete, deadline):
    body = pathlib.Path("snapshot.json").read_bytes()
    snapshot = json.loads(body)
    identity = snapshot["identity"] if "snapshotVersion" in snapshot else snapshot
    if delete:
        deleted = {"action": "DELETE", "schema": None, "capturedAt": now()}
        body = json.dumps(snapshot | deleted).encode()
    if len(body) > limit():
        raise Refused("the snapshot is too large")
    key, secret = credentials()
    if not key.strip() or not secret.strip():
        raise Refused("credentials are missing")
    content_hash = "sha256:" + hashlib.sha256(body).hexdigest()
    presign = {
        "appId": identity["appId"],
        "eventId": event,
        "contentHash": content_hash,
        "timestamp": now(),
        "nonce": str(uuid.uuid4()),
    }
    asked = json.dumps(presign).encode()
    signature = digest(secret.encode(), asked, "sha256").hex()
    headers = {"x-chaim-key": key, "x-chaim-signature": signature}
    base = os.environ.get("CHAIM_API_BASE_URL") or "https://ingest.chaim.co"
    answered = send("POST", f"{base.rstrip('/')}/ingest/presign", asked, headers, deadline)
    url = json.loads(answered)["uploadUrl"]
    if not url:
        raise Refused("presign gave no URL")
    send("PUT", url, body, {}, deadline)
    return content_hash


def send(method, url, body, headers, deadline):
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = connect(parts.netloc, timeout=max(1, (deadline - time.monotonic()) / 4))
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    connection.request(method, target, body, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    if answer.status // 100 != 2:
        raise Refused(f"{method} was refused with status {answer.status}")
    return answer.read() if method == "POST" else b""


def credentials():
    name = os.environ.get("SECRET_NAME")
    if not name:
        return os.environ.get("API_KEY", ""), os.environ.get("API_SECRET", "")
    import boto3

    answer = boto3.client("secretsmanager").get_secret_value(SecretId=name)
    kept = json.loads(answer["SecretString"])
    return kept["apiKey"], kept["apiSecret"]


def limit():
    text = os.environ.get("CHAIM_MAX_SNAPSHOT_BYTES") or "10485760"
    if text.isdecimal():
        return int(text)
    log(f"CHAIM_MAX_SNAPSHOT_BYTES {text} is no number")
    return 10485760


def log(message):
    print(message, file=sys.stderr)


def now():
    return datetime.now(UTC).isoformat()


main()
