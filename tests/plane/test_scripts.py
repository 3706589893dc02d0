"""Scripted faults, and the record of what was sent."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from chaim_conformance.errors import HarnessError
from chaim_conformance.plane import Plane, Policy, Request
from chaim_conformance.plane.tenant import Tenant
from chaim_conformance.scenario import OK, RESET, Fault
from chaim_conformance.strategies.faults import (
    BUCKET_REFUSALS,
    MALFORMED_PRESIGNS,
    PRESIGN_REFUSALS,
    REFUSAL_WITH_URL,
)
from tests.plane.customer import Customer, customer, snapshot

BOTH = pytest.mark.parametrize("policy", list(Policy))


def presign_request(c: Customer) -> Request:
    return c.presign_request(json.dumps(c.fields()).encode())


@BOTH
@pytest.mark.parametrize("fault", PRESIGN_REFUSALS, ids=str)
def test_presign_refuses_with_the_services_own_document(fault: Fault, policy: Policy) -> None:
    c = customer(policy)
    c.tenant.begin_attempt(presign=(fault,))
    response = c.presign()
    assert response.status == fault.status
    assert set(json.loads(response.body)) == {"errorCode", "errorMessage"}
    assert ("Retry-After" in dict(response.headers)) == (fault.status == 429)
    (exchange,) = c.tenant.end_attempt()
    assert (exchange.fault, exchange.status, exchange.upload_url) == (fault, fault.status, None)


@BOTH
@pytest.mark.parametrize("fault", MALFORMED_PRESIGNS, ids=str)
def test_an_answer_is_given_literally(fault: Fault, policy: Policy) -> None:
    c = customer(policy)
    c.tenant.begin_attempt(presign=(fault,), bucket=(replace(fault, status=201),))
    url = "https://s3.us-east-1.amazonaws.com/chaim-ingest/x"
    for response, status in ((c.presign(), 200), (c.put(url), 201)):
        assert (response.status, response.body) == (status, fault.body.encode())
        assert response.headers == (("Content-Type", fault.content_type),)
    assert [e.upload_url for e in c.tenant.exchanges] == [None, None]
    assert c.tenant.tolerant_ledger == ()


@BOTH
def test_an_answer_may_hold_a_url_that_works(policy: Policy) -> None:
    """Only its status says that it is a refusal: who does not look at it is caught uploading."""
    c = customer(policy)
    c.tenant.begin_attempt(presign=(REFUSAL_WITH_URL,))
    response = c.presign()
    url = json.loads(response.body)["uploadUrl"]
    assert response.status == 403
    assert c.put(url, snapshot()).status == 200
    presign, upload = c.tenant.end_attempt()
    assert (presign.upload_url, upload.upload_of, upload.objections) == (url, (0, 0), ())


@BOTH
@pytest.mark.parametrize(
    "fault", [*BUCKET_REFUSALS, Fault(kind="refuse", code="NoSuchBucket")], ids=str
)
def test_the_bucket_refuses_with_s3s_own_document(fault: Fault, policy: Policy) -> None:
    c = customer(policy)
    url = c.upload_url()
    c.tenant.begin_attempt(bucket=(fault,))
    response = c.put(url, snapshot())
    elements = {e.tag: e.text for e in ET.fromstring(response.body)}
    assert elements["Code"] == fault.code
    assert elements["Message"]
    closes = ("Connection", "close") in response.headers
    assert closes == (fault.code in ("InternalError", "SlowDown"))
    assert (len(response.body) > 1024) == (fault.code == "SignatureDoesNotMatch")
    assert c.tenant.exchanges[-1].fault == fault
    assert c.tenant.tolerant_ledger == ()


def test_the_bucket_refuses_by_status_alone_and_by_codes_of_ones_own() -> None:
    c = customer()
    c.tenant.begin_attempt(
        bucket=(
            Fault(kind="refuse", status=503),
            Fault(kind="refuse", status=507),
            Fault(kind="refuse", status=418, code="Teapot"),
        )
    )
    seen = [c.put("https://s3.us-east-1.amazonaws.com/chaim-ingest/x") for _ in range(3)]
    codes = [ET.fromstring(r.body).findtext("Code") for r in seen]
    assert [r.status for r in seen] == [503, 507, 418]
    assert codes == ["SlowDown", "InternalError", "Teapot"]


@BOTH
def test_a_reset_is_no_answer(policy: Policy) -> None:
    c = customer(policy)
    url = c.upload_url()
    c.tenant.begin_attempt(presign=(RESET,), bucket=(RESET,))
    assert c.send(presign_request(c)) is None
    assert c.send(c.put_request(url, snapshot())) is None
    exchanges = c.tenant.end_attempt()
    assert [(e.status, e.answer, e.fault) for e in exchanges] == [(None, b"", RESET)] * 2
    assert c.tenant.tolerant_ledger == ()


def test_a_script_is_used_up_one_request_at_a_time_and_its_last_step_repeats() -> None:
    c = customer()
    refuse = Fault(kind="refuse", status=503)
    c.tenant.begin_attempt(presign=(refuse, OK, replace(refuse, status=429)))
    statuses = [c.presign().status for _ in range(5)]
    assert statuses == [503, 200, 429, 429, 429]
    c.tenant.begin_attempt(presign=(refuse, OK))
    assert [c.presign().status for _ in range(3)] == [503, 200, 200]


def test_a_script_ends_with_its_attempt_and_elsewhere_takes_no_step() -> None:
    c = customer()
    c.tenant.begin_attempt(presign=(Fault(kind="refuse", status=503), OK))
    c.send(replace(presign_request(c), target="/elsewhere"))
    c.put(c.tenant.response_url(c.now), b"{}")
    assert [c.presign().status, c.presign().status] == [503, 200]
    c.tenant.begin_attempt(presign=(Fault(kind="refuse", status=503),))
    c.tenant.end_attempt()
    assert c.presign().status == 200


def test_a_nonce_of_a_request_that_a_fault_swallowed_is_still_fresh() -> None:
    c = customer()
    request = presign_request(c)
    c.tenant.begin_attempt(presign=(RESET, OK))
    assert c.send(request) is None
    response = c.send(request)
    assert response is not None
    assert response.status == 200


def test_everything_is_recorded_byte_for_byte() -> None:
    c = customer(Policy.TOLERANT)
    request = Request(
        listener="bucket",
        method="PUT",
        target="/chaim-ingest/\xff%zz?x",
        headers=(("hOST", "a"), ("X-Twice", "1"), ("x-twice", "\xe9"), ("Empty", "")),
        body=bytes(range(256)),
    )
    c.send(request)
    (exchange,) = c.tenant.end_attempt()
    assert (exchange.method, exchange.target) == (request.method, request.target)
    assert (exchange.headers, exchange.body) == (request.headers, request.body)
    assert (exchange.endpoint, exchange.received_at) == ("bucket", c.now)


def test_uploads_name_their_presign_over_attempts() -> None:
    c = customer(Policy.TOLERANT)
    url = c.upload_url()
    c.tenant.end_attempt()
    c.tenant.begin_attempt()
    c.presign_request(b"")
    c.send(Request(listener="api", method="GET", target="/"))
    second = c.upload_url()
    c.put(url, snapshot())
    c.put(second, snapshot())
    c.put("https://s3.us-east-1.amazonaws.com/nowhere", snapshot())
    assert [e.upload_of for e in c.tenant.end_attempt()] == [None, None, (0, 0), (1, 1), (1, 1)]


def test_what_comes_between_attempts_stands_in_none() -> None:
    c = customer(Policy.TOLERANT)
    c.tenant.end_attempt()
    url = c.upload_url()
    c.tenant.begin_attempt()
    c.put(url, snapshot())
    (exchange,) = c.tenant.end_attempt()
    assert (exchange.upload_of, exchange.objections) == (None, ())


def test_unknown_keys_belong_to_the_tenant_opened_last() -> None:
    plane = Plane()
    body = b"{}"
    request = Request(
        listener="api", method="POST", target="/ingest/presign", headers=(("x-chaim-key", "?"),)
    )
    response = plane.handle(request, 0.0)
    assert response is not None
    assert response.status == 401
    c = customer()
    credentials = c.credentials
    first = plane.open_tenant(credentials=credentials, app_ids=None)
    second = plane.open_tenant(credentials=replace(credentials, api_key="k"), app_ids=None)
    plane.handle(replace(request, body=body), 0.0)
    assert (len(first.exchanges), len(second.exchanges)) == (0, 1)
    plane.close_tenant(second)
    plane.close_tenant(second)
    plane.handle(request, 0.0)
    assert len(first.exchanges) == 1
    again = plane.open_tenant(credentials=credentials, app_ids=None)
    plane.close_tenant(first)
    plane.handle(request, 0.0)
    assert len(again.exchanges) == 1


def test_the_same_requests_get_the_same_answers() -> None:
    def life() -> list[object]:
        c = customer()
        url = c.upload_url()
        return [c.put(url, snapshot()), c.put(url, b"", method="GET"), c.tenant.end_attempt()]

    assert life() == life()


def test_trouble_of_the_planes_own_is_a_harness_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Tenant, *arguments: object, **options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Tenant, "store", broken)
    c = customer()
    url = c.upload_url()
    with pytest.raises(ZeroDivisionError):
        c.put(url, snapshot())
    with pytest.raises(HarnessError, match="ZeroDivisionError"):
        c.tenant.end_attempt()
    c.tenant.begin_attempt()
    assert c.tenant.end_attempt() == ()
