"""What becomes of one request: what is answered, and what is put on record about it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chaim_conformance.plane.grants import Grant
from chaim_conformance.plane.spoiling import CUTS_REQUEST, SPOILT, UNANSWERED
from chaim_conformance.plane.tenant import Tenant
from chaim_conformance.plane.wire import NO_STATUS, Request, Response
from chaim_conformance.scenario import Fault
from chaim_conformance.transcript import Endpoint, Exchange, Objection


@dataclass(kw_only=True)
class Handling:
    """What becomes known about a request on the way to its answer."""

    response: Response | None
    fault: Fault | None = None
    objections: tuple[Objection, ...] = ()
    grant: Grant | None = None
    upload_of: tuple[int, int] | None = None
    whole: bool = True


def unanswered(tenant: Tenant, fault: Fault) -> Handling:
    """Nothing was done, and the client hears of nothing."""
    response = UNANSWERED[fault.kind]
    if response is not None and response.then == "hang":
        response = replace(response, held=tenant.hold())
    whole = fault.kind not in CUTS_REQUEST
    return Handling(response=response, fault=fault, whole=whole)


def spoilt(tenant: Tenant, fault: Fault, handling: Handling) -> Handling:
    """All was done, and the answer suffers."""
    assert handling.response is not None
    response = SPOILT[fault.kind](handling.response)
    if response is not None and response.then == "drip":
        response = replace(response, held=tenant.hold())
    return replace(handling, response=response, fault=fault)


def literal(fault: Fault) -> Response:
    """Exactly the answer that a fault spells out."""
    headers = (("Content-Type", fault.content_type),)
    return Response(status=fault.status, headers=headers, body=fault.body.encode())


def record(
    tenant: Tenant,
    endpoint: Endpoint,
    request: Request,
    now: float,
    handling: Handling,
) -> None:
    """Puts a request and its answer on the tenant's record."""
    response = handling.response
    tenant.record(
        Exchange(
            endpoint=endpoint,
            method=request.method,
            target=request.target,
            headers=request.headers,
            body=request.body,
            received_at=now,
            status=None if response is None or response.status == NO_STATUS else response.status,
            answer=b"" if response is None else response.body,
            fault=handling.fault,
            objections=handling.objections,
            upload_url=None
            if handling.grant is None or endpoint != "presign"
            else handling.grant.url,
            upload_of=handling.upload_of,
            whole=handling.whole,
            trusted=request.tls != "untrusted",
        )
    )
