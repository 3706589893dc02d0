"""The in-process transport: a Python client on `requests` needs no socket."""

from __future__ import annotations

import io
import json

import pytest
import requests

from chaim_conformance.plane import Policy
from chaim_conformance.plane.responses_transport import ResponsesTransport
from chaim_conformance.scenario import RESET
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
