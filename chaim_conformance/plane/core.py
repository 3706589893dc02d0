"""The plane itself: one request in, one answer out; no sockets, no clock, no chance."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import replace

from chaim_conformance.plane import presign, secrets_manager
from chaim_conformance.plane.bucket import Upload
from chaim_conformance.plane.grants import RESPONSE_BUCKET, Grant, Grants, object_name
from chaim_conformance.plane.handling import Handling, literal, record, spoilt, unanswered
from chaim_conformance.plane.s3_errors import S3_ERRORS, refusal, s3_headers, scripted_error
from chaim_conformance.plane.secrets_manager import SecretsManager
from chaim_conformance.plane.spoiling import SPOILT
from chaim_conformance.plane.tenant import Policy, Script, Tenant
from chaim_conformance.plane.wire import Listener, Request, Response, Tls
from chaim_conformance.scenario import Fault
from chaim_conformance.transcript import Credentials, Endpoint, Objection

# What a scripted answer writes where a real upload URL shall stand.
URL_PLACEHOLDER = "{uploadUrl}"
# Where a redirect to the same host leads: the same API below this path.
MOVED = "/moved"
ELSEWHERE: dict[tuple[Listener, Tls], str] = {
    ("bucket", "untrusted"): "https://untrusted.chaim.example",
    ("stranger", "usual"): "https://stranger.chaim.example",
}


class Plane:
    """Presign, bucket and registry for any number of tenants.

    Time is what :meth:`handle` is told. It may be called from any thread; requests are answered
    one after the other. A request with an unknown key belongs to the tenant opened last.
    A scripted fault stands in front of its endpoint: what it answers is not looked at, and leaves
    no trace but its record, unless it is the answer alone that it spoils. ``api_url`` and
    ``bucket_url`` are where clients find the plane; ``locate`` tells the URLs of further listeners;
    ``answer_url`` is the bucket's for answers to CloudFormation, where it has one of its own.
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
        self.answer_url: str | None = None
        self.locate: Callable[[Listener, Tls], str] = self._usual_place
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
            issue_response_url=lambda t, now: (
                t.grants.response(self.answer_url or self.bucket_url, now=now).url
            ),
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
        tenant.release()

    def _usual_place(self, listener: Listener, tls: Tls) -> str:
        usual = self.api_url if listener == "api" else self.bucket_url
        return ELSEWHERE.get((listener, tls), usual)

    @property
    def cuts_requests(self) -> bool:
        """Whether a script says so, and :meth:`cut_short` has to be asked."""
        with self._lock:
            return any(tenant.cuts_requests for tenant in self._tenants.values())

    def cut_short(self, request: Request, now: float) -> bool:
        """Whether the connection is to be reset now, with no more come than this of a request.

        To be asked when its head has come, and again with the first bytes of its body.
        """
        with self._lock:
            tenant, endpoint, script = self._scripted(request, now)
            step = None if script is None else script.peek()
            if tenant is None or script is None or step is None:
                return False
            if step.kind != "reset-before" and not (step.kind == "reset-during" and request.body):
                return False
            handling = Handling(response=None, fault=script.next(), whole=False)
            record(tenant, endpoint, request, now, handling)
            return True

    def _scripted(
        self, request: Request, now: float
    ) -> tuple[Tenant | None, Endpoint, Script | None]:
        """Whose request it is, to which endpoint, and the script that it uses a step of."""
        handle = self._endpoint(request)
        if handle == self._handle_presign:
            tenant = self._of_key(request)
            return tenant, "presign", tenant.presign_script if tenant else None
        if handle == self._handle_bucket:
            tenant, grant = self._recognise(Upload(request, now))
            if tenant is not None and not _is_an_answer(request, grant):
                return tenant, "bucket", tenant.bucket_script
        return None, "elsewhere", None

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
        if request.listener == "stranger":
            return self._handle_stranger
        if request.listener == "secrets":
            return self._handle_secrets
        if presign.PRESIGN_PATH.fullmatch(request.path) and request.method == "POST":
            return self._handle_presign
        return self._handle_elsewhere

    def _current(self) -> Tenant | None:
        return next(reversed(self._tenants.values()), None)

    def _handle_stranger(self, request: Request, now: float) -> Response:
        """Another host, to which a redirect led: it knows nothing."""
        response = Response(status=404, headers=(("Content-Type", "text/plain"),), body=b"what?\n")
        if tenant := self._of_key(request):
            record(tenant, "stranger", request, now, Handling(response=response))
        return response

    # Faults of any endpoint

    def _redirected(self, fault: Fault, request: Request, *, home: str) -> Handling:
        """An answer that leads to ``home``, or to a stranger's."""
        tls: Tls = "trusted" if request.tls == "untrusted" else request.tls
        stranger = f"{self.locate('stranger', tls)}{request.path}"
        location = home if fault.code == "same-host" else stranger
        headers = (("Location", location), ("Content-Type", "text/plain"))
        return Handling(response=Response(status=fault.status, headers=headers), fault=fault)

    # The API

    def _of_key(self, request: Request) -> Tenant | None:
        return self._tenants.get(request.header("x-chaim-key") or "") or self._current()

    def _handle_elsewhere(self, request: Request, now: float) -> Response:
        known = presign.PRESIGN_PATH.fullmatch(request.path) is not None
        response = presign.refusal(405 if known else 404)
        if tenant := self._of_key(request):
            record(tenant, "elsewhere", request, now, Handling(response=response))
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
        record(tenant, "presign", request, now, handling)
        return handling.response

    def _presign_fault(
        self, tenant: Tenant, fault: Fault, request: Request, now: float
    ) -> Handling:
        match fault.kind:
            case "refuse":
                response = presign.refusal(fault.status or 503, retry_after=fault.retry_after)
                return Handling(response=response, fault=fault)
            case "answer":
                return self._presign_answer(tenant, fault, request, now)
            case "redirect":
                api = self.locate("api", request.tls)
                return self._redirected(fault, request, home=f"{api}{MOVED}{request.target}")
            case "untrusted-url":
                elsewhere = replace(request, tls="untrusted")
                return replace(self._presign(tenant, elsewhere, now), fault=fault)
            case "held":
                handling = self._presign(tenant, request, now)
                assert handling.response is not None
                response = replace(handling.response, after=tenant.withhold())
                return replace(handling, response=response, fault=fault)
            case kind if kind in SPOILT:
                return spoilt(tenant, fault, self._presign(tenant, request, now))
            case _:
                return unanswered(tenant, fault)

    def _presign_answer(
        self, tenant: Tenant, fault: Fault, request: Request, now: float
    ) -> Handling:
        if URL_PLACEHOLDER not in fault.body:
            return Handling(response=literal(fault), fault=fault)
        handling = self._presign(tenant, request, now)
        grant = handling.grant or self._grant(tenant, request, now, objectionable=True)
        body = fault.body.replace(URL_PLACEHOLDER, grant.url)
        return replace(
            handling,
            response=literal(replace(fault, body=body)),
            fault=fault,
            grant=grant,
        )

    def _presign(self, tenant: Tenant, request: Request, now: float) -> Handling:
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
            return Handling(response=presign.refused(objections[0]), objections=objections)
        if not objections:
            tenant.nonces.add(presign.read(request.body).nonce.lower())
        grant = self._grant(tenant, request, now, objectionable=bool(objections))
        s3_key = grant.object_name.partition("/")[2]
        return Handling(
            response=presign.granted(grant.url, s3_key, grant.expires_at),
            objections=objections,
            grant=grant,
        )

    def _grant(self, tenant: Tenant, request: Request, now: float, *, objectionable: bool) -> Grant:
        demand = presign.read(request.body)
        return tenant.grants.upload(
            self.locate("bucket", request.tls),
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
            record(tenant, "secrets", request, now, Handling(response=response, fault=fault))
        return response

    # The bucket

    def _handle_bucket(self, request: Request, now: float) -> Response | None:
        upload = Upload(request, now)
        tenant, grant = self._recognise(upload)
        if tenant is None:
            return refusal(S3_ERRORS["access-key"], upload, self._request_id())
        if _is_an_answer(request, grant):
            handling = self._put(tenant, upload, None)
            record(tenant, "response-url", request, now, handling)
        else:
            fault = tenant.bucket_script.next()
            if fault is None:
                handling = self._put(tenant, upload, grant)
            else:
                handling = self._bucket_fault(tenant, fault, upload, grant)
            handling.upload_of = grant.origin if grant else tenant.latest_presign
            record(tenant, "bucket", request, now, handling)
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

    def _put(self, tenant: Tenant, upload: Upload, grant: Grant | None) -> Handling:
        if grant is not None and grant.late:
            return self._expired(upload, grant)
        name = object_name(upload.request.path)
        errors = [S3_ERRORS[case] for case in upload.refusals(exists=tenant.has_stored(name))]
        objections = tuple(
            Objection(status=e.status, code=e.code, message=e.message) for e in errors
        )
        if errors and tenant.policy is Policy.STRICT:
            response = refusal(errors[0], upload, self._request_id())
            return Handling(response=response, objections=objections)
        if grant is not None and (upload.request.body or upload.request.method == "PUT"):
            tenant.store(grant, upload.request.body, clean=not errors)
        headers = (*s3_headers(self._request_id()), ("ETag", upload.etag))
        return Handling(response=Response(status=200, headers=headers), objections=objections)

    def _bucket_fault(
        self, tenant: Tenant, fault: Fault, upload: Upload, grant: Grant | None
    ) -> Handling:
        match fault.kind:
            case "refuse":
                error = scripted_error(fault.code, fault.status)
                response = refusal(error, upload, self._request_id(), retry_after=fault.retry_after)
                return Handling(response=response, fault=fault)
            case "answer":
                return Handling(response=literal(fault), fault=fault)
            case "redirect":
                request = upload.request
                bucket = self.locate("bucket", request.tls)
                return self._redirected(fault, request, home=f"{bucket}{request.target}")
            case "late":
                if grant is not None:
                    grant.late = True
                return replace(self._expired(upload, grant), fault=fault)
            case kind if kind in SPOILT:
                return spoilt(tenant, fault, self._put(tenant, upload, grant))
            case _:
                return unanswered(tenant, fault)

    def _expired(self, upload: Upload, grant: Grant | None) -> Handling:
        """S3's refusal of a URL that was good a moment ago."""
        if grant is not None:
            upload.now = max(upload.now, grant.expires_at + 1)
        error = S3_ERRORS["expired"]
        said = Objection(status=error.status, code=error.code, message=error.message)
        response = refusal(error, upload, self._request_id())
        return Handling(response=response, objections=(said,))

    def _request_id(self) -> str:
        text = f"{self._seed}:{self._requests}"
        return hashlib.sha256(text.encode()).hexdigest()[:16].upper()


def _is_an_answer(request: Request, grant: Grant | None) -> bool:
    """Whether it is CloudFormation's answer that is PUT, and no snapshot."""
    name = grant.object_name if grant else object_name(request.path)
    return name.startswith(f"{RESPONSE_BUCKET}/")
