"""Judging one presign request as the service does, and the documents that it answers with."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chaim_conformance.plane.wire import Request, Response
from chaim_conformance.transcript import Credentials, Objection

# Any prefix, but no empty segment: `{base}//ingest/presign` is another resource.
PRESIGN_PATH = re.compile(r"(?:/[^/]+)*/ingest/presign")
# The contract fixes no size for 413. This is far above what H25 allows a handler (8 KiB), so that
# a snapshot put inline is refused and a merely talkative body is left to H25.
MAX_BODY = 256 * 1024
CLOCK_SKEW = 300.0
RETRY_AFTER = "1"

UUID4 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
CONTENT_HASH = re.compile(r"sha256:[0-9a-f]{64}")
MOMENT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d(?::?\d\d)?)",
    re.IGNORECASE,
)

ERROR_CODES = {
    400: "INVALID_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "NONCE_REPLAYED",
    413: "PAYLOAD_TOO_LARGE",
    429: "THROTTLED",
    500: "INTERNAL_ERROR",
    502: "BAD_GATEWAY",
    503: "SERVICE_UNAVAILABLE",
    504: "GATEWAY_TIMEOUT",
}
MESSAGES = {
    400: "the request is malformed",
    401: "the API key is unknown or the signature is wrong",
    403: "the API key may not write this application",
    404: "no such resource",
    405: "the resource does not know this method",
    409: "the nonce was used before",
    413: "the request body is too large",
    429: "too many requests",
    500: "the service failed",
    502: "the service failed behind its gateway",
    503: "the service is unavailable",
    504: "the service did not answer in time",
}


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a presign request asks for, as far as it can be read; empty where it cannot."""

    app_id: str = ""
    event_id: str = ""
    content_hash: str = ""
    nonce: str = ""


def read(body: bytes) -> Demand:
    """Makes the best of a body."""
    fields = _fields(body) or {}

    def text(name: str) -> str:
        value = fields.get(name)
        return value if isinstance(value, str) else ""

    return Demand(
        app_id=text("appId"),
        event_id=text("eventId"),
        content_hash=text("contentHash"),
        nonce=text("nonce"),
    )


def objections(
    request: Request,
    now: float,
    *,
    credentials: Credentials,
    app_ids: Container[str] | None,
    nonces: Container[str],
) -> Iterator[Objection]:
    """Why the service refuses this request, in its order; strict, it answers the first.

    ``app_ids`` are the applications that the key may write, ``None`` for any; ``nonces`` are
    those seen before, in lower case.
    """
    if len(request.body) > MAX_BODY:
        yield _objection(413, f"{len(request.body)} bytes, at most {MAX_BODY} are read")
    yield from _authentication_objections(request, credentials)
    fields = _fields(request.body)
    if fields is None:
        yield _objection(400, "the body is not a JSON object in UTF-8")
        return
    yield from _field_objections(fields, now)
    app_id = fields.get("appId")
    if isinstance(app_id, str) and app_id and app_ids is not None and app_id not in app_ids:
        yield _objection(403, "the key may not write this appId")
    nonce = fields.get("nonce")
    if isinstance(nonce, str) and nonce.lower() in nonces:
        yield _objection(409, "the nonce was used before")


def _authentication_objections(request: Request, credentials: Credentials) -> Iterator[Objection]:
    key = (request.header("x-chaim-key") or "").encode("latin-1", "replace")
    if not hmac.compare_digest(key, credentials.api_key.encode()):
        yield _objection(401, "x-chaim-key is missing or unknown")
    given = (request.header("x-chaim-signature") or "").lower().encode("latin-1", "replace")
    right = hmac.digest(credentials.api_secret.encode(), request.body, "sha256").hex()
    if not hmac.compare_digest(given, right.encode()):
        yield _objection(401, "x-chaim-signature is missing or wrong for these body bytes")


def _field_objections(fields: dict[str, Any], now: float) -> Iterator[Objection]:
    app_id = fields.get("appId")
    if not isinstance(app_id, str) or not app_id:
        yield _objection(400, "appId: a non-empty string is required")
    for name, pattern, wanted in (
        ("eventId", UUID4, "a UUID v4"),
        ("contentHash", CONTENT_HASH, "sha256: and 64 lowercase hex digits"),
        ("timestamp", MOMENT, "ISO 8601 with Z or an offset"),
        ("nonce", UUID4, "a UUID v4"),
    ):
        value = fields.get(name)
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            yield _objection(400, f"{name}: {wanted} is required")
        elif name == "timestamp":
            yield from _clock_objections(value, now)


def _clock_objections(timestamp: str, now: float) -> Iterator[Objection]:
    try:
        moment = datetime.fromisoformat(timestamp.upper())
    except ValueError:
        yield _objection(400, "timestamp: no such date or time")
        return
    # Subtracting dates instead of taking .timestamp() is safe for the year 1 as well.
    if abs((moment - datetime.fromtimestamp(now, UTC)).total_seconds()) > CLOCK_SKEW:
        yield _objection(400, "timestamp: more than 5 minutes off the service's clock")


def _fields(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _objection(status: int, message: str) -> Objection:
    return Objection(status=status, code=ERROR_CODES[status], message=message)


def granted(upload_url: str, s3_key: str, expires_at: float) -> Response:
    """The answer to a presign request that the service follows."""
    moment = datetime.fromtimestamp(expires_at, UTC).isoformat(timespec="milliseconds")
    document = {
        "uploadUrl": upload_url,
        "s3Key": s3_key,
        "expiresAt": moment.replace("+00:00", "Z"),
    }
    return _json(200, document)


def refused(objection: Objection, *, retry_after: int | None = None) -> Response:
    """The service's own error document for an objection."""
    document = {"errorCode": objection.code, "errorMessage": objection.message}
    headers = {429: (("Retry-After", RETRY_AFTER),), 405: (("Allow", "POST"),)}
    further = headers.get(objection.status, ())
    if retry_after is not None:
        further = (("Retry-After", str(retry_after)),)
    return _json(objection.status, document, further)


def refusal(status: int, *, retry_after: int | None = None) -> Response:
    """The service's error document for a status, whatever was asked."""
    code = ERROR_CODES.get(status, "INTERNAL_ERROR" if status >= 500 else "INVALID_REQUEST")
    message = MESSAGES.get(status, "the request was refused")
    objection = Objection(status=status, code=code, message=message)
    return refused(objection, retry_after=retry_after)


def _json(
    status: int, document: dict[str, str], headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return Response(
        status=status,
        headers=(("Content-Type", "application/json"), *headers),
        body=body,
    )
