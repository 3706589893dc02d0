"""The plane itself: one request in, one answer out; no sockets, no clock, no chance."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from chaim_conformance.plane import presign, secrets_manager
from chaim_conformance.plane.bucket import Upload
from chaim_conformance.plane.grants import RESPONSE_BUCKET, Grant, Grants, object_name
from chaim_conformance.plane.s3_errors import (
    S3_ERRORS,
    refusal,
    s3_headers,
    scripted_error,
)
from chaim_conformance.plane.secrets_manager import SecretsManager
from chaim_conformance.plane.tenant import Policy, Tenant
from chaim_conformance.plane.wire import Request, Response
from chaim_conformance.scenario import Fault
from chaim_conformance.transcript import Credentials, Exchange, Objection

# What a scripted answer writes where a real upload URL shall stand.
URL_PLACEHOLDER = "{uploadUrl}"


@dataclass(kw_only=True)
class _Handling:
    """What becomes known about a request on the way to its answer."""

    response: Response | None
    fault: Fault | None = None
    objections: tuple[Objection, ...] = ()
    grant: Grant | None = None
    upload_of: tuple[int, int] | None = None


class Plane:
    """Presign, bucket and registry for any number of tenants.

    Time is what :meth:`handle` is told. It may be called from any thread; requests are answered
    one after the other. A request with an unknown key belongs to the tenant opened last.
    A scripted fault stands in front of its endpoint: what it answers is not looked at, and leaves
    no trace but its record. ``api_url`` and ``bucket_url`` are where clients find the plane.
    """

    def __init__(
        self,
        *,
        api_url: str = "https://ingest.chaim.co",
        bucket_url: str = "https://s3.us-east-1.amazonaws.com",
        seed: int = 0,
    ) -> None:
        self.api_url = api_url
        self.bucket_url = bucket_url
        self.secrets = SecretsManager()
        self._seed = seed
        self._tenants: dict[str, Tenant] = {}
        self._requests = 0
        self._lock = threading.RLock()

    def open_tenant(
        self,
        *,
        credentials: Credentials,
        app_ids: frozenset[str] | None,
        policy: Policy = Policy.TOLERANT,
        object_key: str = "snapshot.json",
        security_token: str | None = None,
    ) -> Tenant:
        """A tenant with nothing stored; one with the same key is replaced.

        ``app_ids`` are what the key may write, ``None`` anything. ``object_key`` and
        ``security_token`` stand in every upload URL.
        """
        text = f"{self._seed}:{credentials.api_key}"
        owner = f"t-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
        tenant = Tenant(
            credentials=credentials,
            app_ids=app_ids,
            policy=policy,
            object_key=object_key,
            security_token=security_token,
            grants=Grants(seed=self._seed, owner=owner),
            lock=self._lock,
            issue_response_url=lambda t, now: t.grants.response(self.bucket_url, now=now).url,
        )
        with self._lock:
            self._tenants.pop(credentials.api_key, None)
            self._tenants[credentials.api_key] = tenant
        return tenant

    def close_tenant(self, tenant: Tenant) -> None:
        """Forgets the tenant; its URLs are worthless from here on."""
        with self._lock:
            if self._tenants.get(tenant.credentials.api_key) is tenant:
                del self._tenants[tenant.credentials.api_key]

    def rotate(self, tenant: Tenant, credentials: Credentials) -> None:
        """Gives the tenant new credentials; the old ones are unknown from here on."""
        with self._lock:
            self._tenants.pop(tenant.credentials.api_key, None)
            tenant.credentials = credentials
            self._tenants[credentials.api_key] = tenant

    def handle(self, request: Request, now: float) -> Response | None:
        """The answer; ``None`` where the connection is to be reset instead."""
        with self._lock:
            self._requests += 1
            try:
                return self._endpoint(request)(request, now)
            except Exception as error:
                for tenant in self._tenants.values():
                    tenant.record_failure(error)
                raise

    def _endpoint(self, request: Request) -> Callable[[Request, float], Response | None]:
        if request.listener == "bucket":
            return self._handle_bucket
        if request.listener == "secrets":
            return self._handle_secrets
        if presign.PRESIGN_PATH.fullmatch(request.path) and request.method == "POST":
            return self._handle_presign
        return self._handle_elsewhere

    def _current(self) -> Tenant | None:
        return next(reversed(self._tenants.values()), None)

    # The API

    def _of_key(self, request: Request) -> Tenant | None:
        return self._tenants.get(request.header("x-chaim-key") or "") or self._current()

    def _handle_elsewhere(self, request: Request, now: float) -> Response:
        known = presign.PRESIGN_PATH.fullmatch(request.path) is not None
        response = presign.refusal(405 if known else 404)
        if tenant := self._of_key(request):
            _record(tenant, "elsewhere", request, now, _Handling(response=response))
        return response

    def _handle_presign(self, request: Request, now: float) -> Response | None:
        tenant = self._of_key(request)
        if tenant is None:
            return presign.refusal(401)
        fault = tenant.presign_script.next()
        if fault is None:
            handling = self._presign(tenant, request, now)
        else:
            handling = self._presign_fault(tenant, fault, request, now)
        if handling.grant is not None:
            handling.grant.origin = tenant.next_place
        _record(tenant, "presign", request, now, handling)
        return handling.response

    def _presign_fault(
        self, tenant: Tenant, fault: Fault, request: Request, now: float
    ) -> _Handling:
        if fault.kind == "reset":
            return _Handling(response=None, fault=fault)
        if fault.kind == "refuse":
            return _Handling(response=presign.refusal(fault.status or 503), fault=fault)
        if URL_PLACEHOLDER not in fault.body:
            return _Handling(response=_literal(fault), fault=fault)
        handling = self._presign(tenant, request, now)
        grant = handling.grant or self._grant(tenant, request, now, objectionable=True)
        body = fault.body.replace(URL_PLACEHOLDER, grant.url)
        return replace(
            handling,
            response=_literal(replace(fault, body=body)),
            fault=fault,
            grant=grant,
        )

    def _presign(self, tenant: Tenant, request: Request, now: float) -> _Handling:
        objections = tuple(
            presign.objections(
                request,
                now,
                credentials=tenant.credentials,
                app_ids=tenant.app_ids,
                nonces=tenant.nonces,
            )
        )
        if objections and tenant.policy is Policy.STRICT:
            return _Handling(response=presign.refused(objections[0]), objections=objections)
        if not objections:
            tenant.nonces.add(presign.read(request.body).nonce.lower())
        grant = self._grant(tenant, request, now, objectionable=bool(objections))
        s3_key = grant.object_name.partition("/")[2]
        return _Handling(
            response=presign.granted(grant.url, s3_key, grant.expires_at),
            objections=objections,
            grant=grant,
        )

    def _grant(self, tenant: Tenant, request: Request, now: float, *, objectionable: bool) -> Grant:
        demand = presign.read(request.body)
        return tenant.grants.upload(
            self.bucket_url,
            now=now,
            app_id=demand.app_id,
            event_id=demand.event_id,
            content_hash=demand.content_hash,
            object_key=tenant.object_key,
            token=tenant.security_token,
            objectionable=objectionable,
        )

    # Secrets Manager

    def _handle_secrets(self, request: Request, now: float) -> Response | None:
        tenant = self._current()
        fault = None if tenant is None else tenant.secrets_script.next()
        if fault is None:
            response: Response | None = self.secrets.answer(request)
        else:
            response = secrets_manager.scripted(fault)
        if tenant is not None:
            _record(tenant, "secrets", request, now, _Handling(response=response, fault=fault))
        return response

    # The bucket

    def _handle_bucket(self, request: Request, now: float) -> Response | None:
        upload = Upload(request, now)
        tenant, grant = self._recognise(upload)
        if tenant is None:
            return refusal(S3_ERRORS["access-key"], upload, self._request_id())
        name = grant.object_name if grant else object_name(request.path)
        if name.startswith(f"{RESPONSE_BUCKET}/"):
            handling = self._put(tenant, upload, None)
            _record(tenant, "response-url", request, now, handling)
        else:
            fault = tenant.bucket_script.next()
            if fault is None:
                handling = self._put(tenant, upload, grant)
            else:
                handling = self._bucket_fault(fault, upload)
            handling.upload_of = grant.origin if grant else tenant.latest_presign
            _record(tenant, "bucket", request, now, handling)
        return handling.response

    def _recognise(self, upload: Upload) -> tuple[Tenant | None, Grant | None]:
        """Whose upload it is, and which URL it uses; the URL's keys are given to it.

        A URL too mangled to be recognised is taken for the latest of the attempt under way,
        unless it is that of a tenant who is gone.
        """
        for tenant in self._tenants.values():
            if grant := tenant.grants.of_access_key(upload.access_key):
                upload.keys = grant.keys
                return tenant, grant
        path = upload.request.path
        for tenant in self._tenants.values():
            if grant := tenant.grants.of_path(path):
                return tenant, grant
        current = self._current()
        if current is None or current.grants.are_foreign_to(path):
            return None, None
        return current, current.grants.of_origin(current.latest_presign)

    def _put(self, tenant: Tenant, upload: Upload, grant: Grant | None) -> _Handling:
        name = object_name(upload.request.path)
        errors = [S3_ERRORS[case] for case in upload.refusals(exists=tenant.has_stored(name))]
        objections = tuple(
            Objection(status=e.status, code=e.code, message=e.message) for e in errors
        )
        if errors and tenant.policy is Policy.STRICT:
            response = refusal(errors[0], upload, self._request_id())
            return _Handling(response=response, objections=objections)
        if grant is not None and (upload.request.body or upload.request.method == "PUT"):
            tenant.store(grant, upload.request.body, clean=not errors)
        headers = (*s3_headers(self._request_id()), ("ETag", upload.etag))
        return _Handling(response=Response(status=200, headers=headers), objections=objections)

    def _bucket_fault(self, fault: Fault, upload: Upload) -> _Handling:
        response: Response | None = None
        if fault.kind == "refuse":
            error = scripted_error(fault.code, fault.status)
            response = refusal(error, upload, self._request_id())
        elif fault.kind == "answer":
            response = _literal(fault)
        return _Handling(response=response, fault=fault)

    def _request_id(self) -> str:
        text = f"{self._seed}:{self._requests}"
        return hashlib.sha256(text.encode()).hexdigest()[:16].upper()


def _literal(fault: Fault) -> Response:
    headers = (("Content-Type", fault.content_type),)
    return Response(status=fault.status, headers=headers, body=fault.body.encode())


def _record(
    tenant: Tenant,
    endpoint: Literal["presign", "bucket", "secrets", "response-url", "elsewhere"],
    request: Request,
    now: float,
    handling: _Handling,
) -> None:
    response = handling.response
    tenant.record(
        Exchange(
            endpoint=endpoint,
            method=request.method,
            target=request.target,
            headers=request.headers,
            body=request.body,
            received_at=now,
            status=None if response is None else response.status,
            answer=b"" if response is None else response.body,
            fault=handling.fault,
            objections=handling.objections,
            upload_url=None
            if handling.grant is None or endpoint != "presign"
            else handling.grant.url,
            upload_of=handling.upload_of,
        )
    )
