"""A well-behaved customer of the plane, whose requests the tests spoil one detail at a time."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from chaim_conformance.plane import Plane, Policy, Request, Response, Tenant
from chaim_conformance.plane.sigv4 import host_header
from chaim_conformance.strategies.bundles import flat_snapshot, nested_snapshot
from chaim_conformance.transcript import Credentials

NOW = 1_768_487_400.0  # 2026-01-15T14:30:00Z
APP = "café-app"
CREDENTIALS = Credentials(api_key="ck-tests", api_secret="cs-sécret")
SCHEMA = {"entityName": "Payment", "fields": []}


def content_hash(body: bytes) -> str:
    """The hash as the contract writes it."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def snapshot(form: str = "1.0", **changes: Any) -> bytes:
    """A snapshot; a change to ``None`` drops the field."""
    make = {"1.0": flat_snapshot, "3.0": nested_snapshot}[form]
    document = make(SCHEMA, app_id=APP, captured_at="2026-01-15T14:30:00Z") | changes
    return json.dumps({k: v for k, v in document.items() if v is not None}).encode()


@dataclass(kw_only=True)
class Customer:
    """Presigns and uploads in-process, at a time that the test decides."""

    plane: Plane
    tenant: Tenant
    now: float = NOW
    credentials: Credentials = CREDENTIALS
    _serial: int = field(default=0)

    def uuid(self) -> str:
        """The next of a fixed row of v4 UUIDs."""
        self._serial += 1
        return str(uuid.UUID(bytes=hashlib.md5(str(self._serial).encode()).digest(), version=4))

    def fields(self, **changes: Any) -> dict[str, Any]:
        """A presign body's fields; a change to ``None`` drops the field."""
        fields = {
            "appId": APP,
            "eventId": self.uuid(),
            "contentHash": content_hash(snapshot()),
            "timestamp": datetime.fromtimestamp(self.now, UTC).isoformat(),
            "nonce": self.uuid(),
        } | changes
        return {name: value for name, value in fields.items() if value is not None}

    def presign_request(
        self, body: bytes, *, target: str = "/ingest/presign", method: str = "POST"
    ) -> Request:
        """A presign request with the right headers for these bytes."""
        secret = self.credentials.api_secret.encode()
        return Request(
            listener="api",
            method=method,
            target=target,
            headers=(
                ("Content-Type", "application/json"),
                ("X-Chaim-Key", self.credentials.api_key),
                ("X-Chaim-Signature", hmac.new(secret, body, hashlib.sha256).hexdigest()),
            ),
            body=body,
        )

    def presign(self, **changes: Any) -> Response:
        """Presigns with these fields."""
        response = self.send(self.presign_request(json.dumps(self.fields(**changes)).encode()))
        assert response is not None
        return response

    def upload_url(self, **changes: Any) -> str:
        """Presigns, and returns the URL handed out."""
        response = self.presign(**changes)
        assert response.status == 200, response.body
        return str(json.loads(response.body)["uploadUrl"])

    def put_request(
        self, url: str, body: bytes = b"", *, method: str = "PUT", **headers: str | None
    ) -> Request:
        """An upload with the right headers; a keyword changes one, ``None`` drops it."""
        usual: dict[str, str | None] = {
            "Host": host_header(url),
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
        }
        usual |= {name.replace("_", "-"): value for name, value in headers.items()}
        return Request(
            listener="bucket",
            method=method,
            target=target(url),
            headers=tuple((name, value) for name, value in usual.items() if value is not None),
            body=body,
        )

    def put(self, url: str, body: bytes = b"", **changes: Any) -> Response:
        """Uploads."""
        response = self.send(self.put_request(url, body, **changes))
        assert response is not None
        return response

    def publish(self, body: bytes, **changes: Any) -> str:
        """Presigns and uploads as a handler does; returns the eventId."""
        event_id = str(changes.pop("eventId", None) or self.uuid())
        announced = {"contentHash": content_hash(body), "eventId": event_id} | changes
        response = self.put(self.upload_url(**announced), body)
        assert response.status == 200, response.body
        return event_id

    def send(self, request: Request) -> Response | None:
        """Hands a request to the plane."""
        return self.plane.handle(request, self.now)


def target(url: str) -> str:
    """What of a URL stands in the request line."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def customer(policy: Policy = Policy.STRICT, **options: Any) -> Customer:
    """A customer of a plane of its own."""
    plane = Plane()
    tenant = plane.open_tenant(
        credentials=CREDENTIALS, app_ids=frozenset({APP}), policy=policy, **options
    )
    tenant.begin_attempt()
    return Customer(plane=plane, tenant=tenant)
