"""P01 to P03: who may presign, and with what."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from chaim_conformance.plane import Policy, Response
from chaim_conformance.plane.presign import MAX_BODY
from chaim_conformance.transcript import Credentials
from tests.plane.customer import NOW, Customer, customer, snapshot


def error(response: Response | None) -> tuple[int, str, str]:
    assert response is not None
    document = json.loads(response.body)
    assert set(document) == {"errorCode", "errorMessage"}
    return response.status, document["errorCode"], document["errorMessage"]


def test_a_right_request_gets_a_url_for_its_event() -> None:
    c = customer(object_key="a b+c/ü.json")
    event = c.uuid()
    response = c.presign(eventId=event)
    document = json.loads(response.body)
    assert response.status == 200
    assert ("Content-Type", "application/json") in response.headers
    assert set(document) == {"uploadUrl", "s3Key", "expiresAt"}
    assert document["s3Key"].endswith(f"/{event}/a b+c/ü.json")
    assert f"/{event}/a%20b%2Bc/%C3%BC.json?" in document["uploadUrl"]
    assert document["expiresAt"] == "2026-01-15T14:35:00.000Z"


def test_p01_unknown_key_is_401_and_nothing_is_stored() -> None:
    c = customer()
    c.credentials = Credentials(api_key="ck-other", api_secret=c.credentials.api_secret)
    assert error(c.presign())[:2] == (401, "UNAUTHORIZED")
    assert (c.tenant.ledger, c.tenant.strict_entities, c.tenant.objects) == ((), (), {})


@pytest.mark.parametrize("signature", [None, "", "0" * 64, "é" * 64])
def test_p01_wrong_signature_is_401(signature: str | None) -> None:
    c = customer()
    right = c.presign_request(json.dumps(c.fields()).encode())
    headers = tuple(h for h in right.headers if h[0] != "X-Chaim-Signature")
    if signature is not None:
        headers += (("x-chaim-signature", signature),)
    assert error(c.send(replace(right, headers=headers)))[0] == 401


def test_p01_the_signature_covers_the_exact_bytes() -> None:
    c = customer()
    right = c.presign_request(json.dumps(c.fields(), ensure_ascii=False).encode())
    assert error(c.send(replace(right, body=right.body + b" ")))[0] == 401
    granted = c.send(right)
    assert granted is not None
    assert granted.status == 200


@pytest.mark.parametrize(
    ("offset", "status"), [(-301, 400), (-300, 200), (0, 200), (300, 200), (301, 400)]
)
def test_p02_the_clock_may_be_five_minutes_off(offset: int, status: int) -> None:
    moment = datetime.fromtimestamp(NOW + offset, UTC).isoformat()
    assert customer().presign(timestamp=moment).status == status


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-01-15T14:30:00Z",
        "2026-01-15t14:30:00z",
        "2026-01-15T14:30:00.123Z",
        "2026-01-15T14:30:00.123456789Z",
        "2026-01-15T14:30Z",
        "2026-01-15T16:30:00+02:00",
        "2026-01-15T16:30:00+0200",
        datetime.fromtimestamp(NOW, timezone(timedelta(hours=-9, minutes=-30))).isoformat(),
    ],
)
def test_p02_any_spelling_of_iso_8601_with_an_offset(timestamp: str) -> None:
    assert customer().presign(timestamp=timestamp).status == 200


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-01-15T14:30:00",
        "2026-01-15",
        "2026-13-15T14:30:00Z",
        "0001-01-01T00:00:00+14:00",
        "Thu, 15 Jan 2026 14:30:00 GMT",
        NOW,
        "",
    ],
)
def test_p02_anything_else_is_400_and_names_the_field(timestamp: object) -> None:
    status, _, message = error(customer().presign(timestamp=timestamp))
    assert (status, message.partition(":")[0]) == (400, "timestamp")


def test_p02_a_nonce_seen_before_is_409() -> None:
    c = customer()
    nonce = c.uuid()
    assert c.presign(nonce=nonce).status == 200
    assert error(c.presign(nonce=nonce.upper()))[:2] == (409, "NONCE_REPLAYED")


def test_p02_a_nonce_of_a_refused_request_is_still_fresh() -> None:
    c = customer()
    nonce = c.uuid()
    assert c.presign(nonce=nonce, appId="another").status == 403
    assert c.presign(nonce=nonce).status == 200


def test_p02_nonces_of_two_tenants_have_nothing_to_do_with_each_other() -> None:
    c = customer()
    nonce = c.uuid()
    other = Credentials(api_key="ck-other", api_secret="cs-other")
    tenant = c.plane.open_tenant(credentials=other, app_ids=None, policy=Policy.STRICT)
    assert c.presign(nonce=nonce).status == 200
    second = Customer(plane=c.plane, tenant=tenant, credentials=other)
    assert second.presign(nonce=nonce).status == 200


MALFORMED: list[tuple[str, Any]] = [
    *((name, None) for name in ("appId", "eventId", "contentHash", "timestamp", "nonce")),
    *((name, 7) for name in ("appId", "eventId", "contentHash", "timestamp", "nonce")),
    ("appId", ""),
    ("eventId", "0b9f0959-4291-118f-9b5f-007250ce8f92"),  # version 1
    ("eventId", "0b9f0959-4291-498f-7b5f-007250ce8f92"),  # the variant of something else
    ("eventId", "0b9f09594291498f9b5f007250ce8f92"),
    ("eventId", "0b9f0959-4291-498f-9b5f-007250ce8f92\n"),
    ("contentHash", "a" * 64),
    ("contentHash", f"sha256:{'A' * 64}"),
    ("contentHash", f"sha256:{'a' * 63}"),
    ("nonce", "not-a-uuid"),
    ("nonce", ["a"]),
]


@pytest.mark.parametrize(("name", "value"), MALFORMED)
def test_p03_a_missing_or_malformed_field_is_400_and_named(name: str, value: object) -> None:
    status, code, message = error(customer().presign(**{name: value}))
    assert (status, code, message.partition(":")[0]) == (400, "INVALID_REQUEST", name)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'{"appId": ', b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 100_000]
)
def test_p03_a_body_that_is_no_json_object_is_400(body: bytes) -> None:
    c = customer()
    assert error(c.send(c.presign_request(body)))[0] == 400


def test_uuids_may_be_in_upper_case_and_further_fields_are_ignored() -> None:
    c = customer()
    assert c.presign(eventId=c.uuid().upper(), resourceId="r", action="UPSERT").status == 200


def test_another_application_is_403() -> None:
    assert error(customer().presign(appId="another"))[:2] == (403, "FORBIDDEN")


def test_a_body_that_is_too_large_is_413() -> None:
    c = customer()
    fits = json.dumps(c.fields()).encode()
    fits += b" " * (MAX_BODY - len(fits))
    granted = c.send(c.presign_request(fits))
    assert granted is not None
    assert granted.status == 200
    assert error(c.send(c.presign_request(fits + b" ")))[:2] == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("POST", "/ingest/presign", 200),
        ("POST", "/v1/chaim/ingest/presign", 200),
        ("POST", "/ingest/presign?trace=1", 200),
        ("POST", "https://ingest.chaim.co/ingest/presign", 200),
        ("POST", "//ingest/presign", 404),
        ("POST", "/v1//ingest/presign", 404),
        ("POST", "/ingest/presign/", 404),
        ("POST", "/ingestpresign", 404),
        ("POST", "/", 404),
        ("GET", "/ingest/presign", 405),
        ("PUT", "/v1/chaim/ingest/presign", 405),
        ("GET", "/health", 404),
    ],
)
def test_where_presign_is(method: str, target: str, status: int) -> None:
    c = customer()
    body = json.dumps(c.fields()).encode()
    response = c.send(c.presign_request(body, target=target, method=method))
    assert response is not None
    assert response.status == status
    (exchange,) = c.tenant.end_attempt()
    assert exchange.endpoint == ("presign" if status == 200 else "elsewhere")
    if status != 200:
        error(response)
    assert (("Allow", "POST") in response.headers) == (status == 405)


@pytest.mark.parametrize(("name", "value"), MALFORMED)
def test_tolerant_records_the_objection_and_hands_out_a_url(name: str, value: object) -> None:
    c = customer(Policy.TOLERANT)
    url = c.upload_url(**{name: value})
    (exchange,) = c.tenant.exchanges
    assert [(o.status, o.message.partition(":")[0]) for o in exchange.objections] == [(400, name)]
    assert exchange.upload_url == url


def test_tolerant_keeps_every_objection_in_the_order_of_the_service() -> None:
    c = customer(Policy.TOLERANT)
    c.credentials = Credentials(api_key="ck-other", api_secret="cs-other")
    assert c.presign(appId="another", nonce="x").status == 200
    (exchange,) = c.tenant.end_attempt()
    assert [o.status for o in exchange.objections] == [401, 401, 400, 403]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"eventId": "\\ud800/../x", "appId": 1}'])
def test_tolerant_hands_out_a_url_that_works_whatever_the_body(body: bytes) -> None:
    c = customer(Policy.TOLERANT)
    response = c.send(c.presign_request(body))
    assert response is not None
    c.put(json.loads(response.body)["uploadUrl"], snapshot())
    presign, upload = c.tenant.end_attempt()
    assert presign.objections
    assert (upload.objections, upload.upload_of) == ((), (0, 0))
