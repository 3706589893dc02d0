"""The in-process transport: a Python client on `requests` needs no socket."""

from __future__ import annotations

import io
import json

import pytest
import requests

from chaim_conformance.plane import Policy
from chaim_conformance.plane.responses_transport import ResponsesTransport
from chaim_conformance.scenario import OK, RESET, Fault, FaultKind
from tests.plane.customer import NOW, Customer, customer, snapshot

JSON = {"Content-Type": "application/json"}


def presign(c: Customer) -> requests.Response:
    body = json.dumps(c.fields()).encode()
    headers = dict(c.presign_request(body).headers)
    base = c.plane.api_url
    return requests.post(f"{base}/ingest/presign", data=body, headers=headers, timeout=1)


@pytest.mark.parametrize("key", ["snapshot.json", "a b+c%/ü.json"])
def test_a_client_reaches_presign_and_bucket(key: str) -> None:
    c = customer(object_key=key, security_token="t+o/k=")
    with ResponsesTransport(c.plane, clock=lambda: NOW):
        url = presign(c).json()["uploadUrl"]
        for body in (snapshot(), snapshot().decode(), io.BytesIO(snapshot())):
            response = requests.put(url, data=body, headers=JSON, timeout=1)
            assert (response.status_code, response.content) == (200, b"")
            assert response.headers["ETag"]
        refused = requests.put(url, data=b"{}", timeout=1)
        assert (refused.status_code, refused.headers["Content-Type"]) == (403, "application/xml")
    uploads = c.tenant.end_attempt()[1:]
    assert [u.status for u in uploads] == [200, 200, 200, 403]
    assert {u.body for u in uploads[:3]} == {snapshot()}


def test_chunks_are_seen_as_chunks() -> None:
    c = customer(Policy.TOLERANT)
    with ResponsesTransport(c.plane, clock=lambda: NOW):
        requests.put(c.upload_url(), data=iter([b"a", b"b"]), headers=JSON, timeout=1)
    upload = c.tenant.end_attempt()[-1]
    assert (upload.body, [o.code for o in upload.objections]) == (b"ab", ["NotImplemented"])


def test_a_reset_is_a_connection_error() -> None:
    c = customer()
    c.tenant.begin_attempt(presign=(RESET,))
    with ResponsesTransport(c.plane, clock=lambda: NOW), pytest.raises(requests.ConnectionError):
        presign(c)


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        ("reset-before", requests.ConnectionError),
        ("reset-during", requests.ConnectionError),
        ("lost", requests.ConnectionError),
        ("cut-after-head", requests.ConnectionError),
        ("truncated", requests.ConnectionError),
        ("garbage", requests.ConnectionError),
        ("stall", requests.ReadTimeout),
        ("drip", requests.ReadTimeout),
    ],
)
def test_what_the_wire_does_is_an_error_of_requests(
    kind: FaultKind, raised: type[requests.RequestException]
) -> None:
    c = customer(Policy.TOLERANT)
    url = c.upload_url()
    fault = Fault(kind=kind)
    c.tenant.begin_attempt(presign=(fault,), bucket=(fault,))
    with ResponsesTransport(c.plane, clock=lambda: NOW):
        with pytest.raises(raised):
            presign(c)
        with pytest.raises(raised):
            requests.put(url, data=snapshot(), headers=JSON, timeout=1)
    assert [e.fault for e in c.tenant.end_attempt()] == [fault, fault]


@pytest.mark.parametrize("kind", ["continue", "closed", "overlong"])
def test_what_does_a_client_no_harm(kind: FaultKind) -> None:
    c = customer()
    c.tenant.begin_attempt(presign=(Fault(kind=kind),))
    with ResponsesTransport(c.plane, clock=lambda: NOW):
        assert presign(c).json()["uploadUrl"]


def test_redirects_are_followed_and_an_impostor_is_not_believed() -> None:
    c = customer(Policy.TOLERANT)
    moved = Fault(kind="redirect", status=307, code="same-host")
    away = Fault(kind="redirect", status=307, code="other-host")
    c.tenant.begin_attempt(presign=(moved, OK, away, Fault(kind="untrusted-url")))
    with ResponsesTransport(c.plane, clock=lambda: NOW):
        assert presign(c).json()["uploadUrl"]
        assert presign(c).status_code == 404
        with pytest.raises(requests.exceptions.SSLError):
            requests.put(presign(c).json()["uploadUrl"], data=snapshot(), headers=JSON, timeout=1)
    endpoints = [e.endpoint for e in c.tenant.end_attempt()]
    assert endpoints == ["presign", "presign", "presign", "stranger", "presign"]


def test_other_urls_are_not_reached_and_other_paths_are_elsewhere() -> None:
    c = customer()
    with ResponsesTransport(c.plane, clock=lambda: NOW):
        with pytest.raises(requests.ConnectionError):
            requests.get("https://example.org/", timeout=1)
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{c.plane.api_url}.example.org/", timeout=1)
        assert requests.get(c.plane.api_url, timeout=1).status_code == 404
        assert requests.head(f"{c.plane.api_url}/x", timeout=1).content == b""
    assert [e.target for e in c.tenant.end_attempt()] == ["/", "/x"]


def test_it_ends_with_its_block() -> None:
    c = customer()
    original = requests.adapters.HTTPAdapter.send
    with ResponsesTransport(c.plane):
        assert requests.adapters.HTTPAdapter.send is not original
    assert requests.adapters.HTTPAdapter.send is original
