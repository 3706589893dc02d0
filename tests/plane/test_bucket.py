"""P04: the bucket takes what S3 takes, and refuses as S3 refuses."""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, unquote

import pytest

from chaim_conformance.plane import Policy, Request, Response, sigv4
from chaim_conformance.plane.s3_errors import S3_ERRORS
from chaim_conformance.strategies.pools import OBJECT_KEYS, SECURITY_TOKENS
from tests.plane.customer import Customer, customer, snapshot

BODY = snapshot()
MD5 = base64.b64encode(hashlib.md5(BODY).digest()).decode()
SHA256 = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
# Long enough and base64, but of another body.
OTHER_MD5 = base64.b64encode(bytes(16)).decode()
OTHER_SHA256 = base64.b64encode(bytes(32)).decode()


def error(response: Response | None) -> dict[str, str]:
    """The elements of an error document, in order."""
    assert response is not None
    assert dict(response.headers)["Content-Type"] == "application/xml"
    assert response.body.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>')
    elements = {e.tag: e.text or "" for e in ET.fromstring(response.body)}
    assert list(elements)[:2] == ["Code", "Message"]
    assert list(elements)[-2:] == ["RequestId", "HostId"]
    assert dict(response.headers)["x-amz-request-id"] == elements["RequestId"]
    return elements


def change_query(url: str, name: str, value: str | None) -> str:
    """The URL with one parameter replaced, or dropped."""
    new = "" if value is None else f"{name}={quote(value, safe='')}"
    base, _, query = url.partition("?")
    items = [new if item.startswith(f"{name}=") else item for item in query.split("&")]
    return f"{base}?{'&'.join(item for item in items if item)}"


Spoil = Callable[[Customer, str], Request]


def query(name: str, value: str | None) -> Spoil:
    return lambda c, url: c.put_request(change_query(url, name, value), BODY)


def headers(**changes: str | None) -> Spoil:
    return lambda c, url: c.put_request(url, BODY, **changes)


def method(name: str) -> Spoil:
    return lambda c, url: c.put_request(url, BODY, method=name)


def signed(**changes: str) -> Spoil:
    """A URL of the grant's own keys that signs these headers, too, and a request that has them."""

    def spoil(c: Customer, url: str) -> Request:
        names = {"content-type": "application/json"}
        names |= {name.replace("_", "-"): value for name, value in changes.items()}
        access_key = url.partition("X-Amz-Credential=")[2].partition("%2F")[0]
        grant = c.tenant.grants.of_access_key(access_key)
        assert grant is not None
        base = url.partition("?")[0]
        again = sigv4.presign(base, grant.keys, now=c.now, expires=300, headers=names)
        return c.put_request(again, BODY, **changes)

    return spoil


def late(c: Customer, url: str) -> Request:
    c.now += 301
    return c.put_request(url, BODY)


def stored_before(c: Customer, url: str) -> Request:
    assert c.put(url, BODY).status == 200
    return c.put_request(url, BODY, if_none_match="*")


def anonymous(c: Customer, url: str) -> Request:
    return c.put_request(url.partition("?")[0], BODY)


QUERY_ERROR = "AuthorizationQueryParametersError"
MISMATCH = (
    403,
    "SignatureDoesNotMatch",
    "AWSAccessKeyId StringToSign SignatureProvided StringToSignBytes CanonicalRequest "
    "CanonicalRequestBytes",
)
TOKEN = "token+/="

REFUSALS: dict[str, tuple[Spoil, int, str, str]] = {
    "expired": (late, 403, "AccessDenied", "X-Amz-Expires Expires ServerTime"),
    "signature altered": (query("X-Amz-Signature", "0" * 64), *MISMATCH),
    "longer life": (query("X-Amz-Expires", "301"), *MISMATCH),
    "another token": (query("X-Amz-Security-Token", "token /="), *MISMATCH),
    "no token": (query("X-Amz-Security-Token", None), *MISMATCH),
    "a further parameter": (lambda c, u: c.put_request(f"{u}&x-id=PutObject", BODY), *MISMATCH),
    "another key": (lambda c, u: c.put_request(u.replace("snap", "Snap"), BODY), *MISMATCH),
    "another content type": (headers(Content_Type="application/json; charset=utf-8"), *MISMATCH),
    "no content type": (headers(Content_Type=None), *MISMATCH),
    "another host": (headers(Host="localhost"), *MISMATCH),
    "GET": (method("GET"), *MISMATCH),
    "HEAD": (method("HEAD"), *MISMATCH),
    "DELETE": (method("DELETE"), *MISMATCH),
    "PATCH": (method("PATCH"), *MISMATCH),
    **{
        f"no {name}": (query(f"X-Amz-{name}", None), 400, QUERY_ERROR, "")
        for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature")
    },
    "an algorithm": (query("X-Amz-Algorithm", "AWS4-HMAC-SHA1"), 400, QUERY_ERROR, ""),
    "a malformed credential": (query("X-Amz-Credential", "AKIA"), 400, QUERY_ERROR, ""),
    "a malformed date": (query("X-Amz-Date", "2026-01-15"), 400, QUERY_ERROR, ""),
    "an impossible date": (query("X-Amz-Date", "20261315T143000Z"), 400, QUERY_ERROR, ""),
    "Expires no number": (query("X-Amz-Expires", "soon"), 400, QUERY_ERROR, ""),
    "Expires negative": (query("X-Amz-Expires", "-1"), 400, QUERY_ERROR, ""),
    "Expires too long": (query("X-Amz-Expires", "604801"), 400, QUERY_ERROR, ""),
    "an unknown access key": (
        query("X-Amz-Credential", "AKIAUNKNOWN/20260115/us-east-1/s3/aws4_request"),
        403,
        "InvalidAccessKeyId",
        "AWSAccessKeyId",
    ),
    "no signature at all": (anonymous, 403, "AccessDenied", ""),
    "an unsigned x-amz header": (
        headers(X_Amz_Meta_B="b", x_amz_acl="private"),
        403,
        "AccessDenied",
        "HeadersNotSigned",
    ),
    "POST": (method("POST"), 405, "MethodNotAllowed", "Method ResourceType"),
    "Authorization": (
        headers(Authorization="Bearer x"),
        400,
        "InvalidArgument",
        "ArgumentName ArgumentValue",
    ),
    "chunked": (
        headers(Content_Length=None, Transfer_Encoding="chunked"),
        501,
        "NotImplemented",
        "Header",
    ),
    "no length": (headers(Content_Length=None), 411, "MissingContentLength", ""),
    "too large": (
        headers(Content_Length=str(5 * 1024**3 + 1)),
        400,
        "EntityTooLarge",
        "ProposedSize MaxSizeAllowed",
    ),
    "another MD5": (
        headers(Content_MD5=OTHER_MD5),
        400,
        "BadDigest",
        "ExpectedDigest CalculatedDigest",
    ),
    "no MD5": (headers(Content_MD5="abc"), 400, "InvalidDigest", "Content-MD5"),
    "another checksum": (signed(x_amz_checksum_sha256=OTHER_SHA256), 400, "BadDigest", ""),
    "no checksum": (signed(x_amz_checksum_sha256="!"), 400, "InvalidRequest", ""),
    "there already": (stored_before, 412, "PreconditionFailed", "Condition"),
    "an ETag in If-None-Match": (
        headers(If_None_Match='"abc"'),
        501,
        "NotImplemented",
        "Header additionalMessage",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals_of_s3(case: str) -> None:
    """Status, Code and further elements of each, as an XML document; nothing is stored."""
    spoil, status, code, elements = REFUSALS[case]
    c = customer(security_token=TOKEN)
    request = spoil(c, c.upload_url())
    before = c.tenant.objects
    response = c.send(request)
    assert response is not None
    document = error(response)
    assert (response.status, document["Code"]) == (status, code)
    assert list(document)[2:-2] == elements.split()
    assert all(document[name] for name in elements.split())
    assert c.tenant.objects == before
    assert c.tenant.exchanges[-1].objections[0].code == code


@pytest.mark.parametrize("case", REFUSALS)
def test_tolerant_takes_it_and_keeps_the_objection(case: str) -> None:
    spoil, status, code, _ = REFUSALS[case]
    c = customer(Policy.TOLERANT, security_token=TOKEN)
    request = spoil(c, c.upload_url())
    seen = len(c.tenant.ledger)
    response = c.send(request)
    assert response is not None
    assert response.status == 200
    exchange = c.tenant.exchanges[-1]
    assert (exchange.objections[0].status, exchange.objections[0].code) == (status, code)
    assert exchange.upload_of == (0, 0)
    assert len(c.tenant.ledger) == seen
    assert len(c.tenant.tolerant_ledger) == seen + 1


def test_every_case_of_the_table_that_a_request_can_cause_is_tested() -> None:
    caused = {S3_ERRORS[name].message for name in S3_ERRORS} - {
        S3_ERRORS[name].message for name in ("throttled", "unavailable", "internal", "no-bucket")
    }
    seen = set()
    for spoil, *_ in REFUSALS.values():
        c = customer(security_token=TOKEN)
        seen.add(error(c.send(spoil(c, c.upload_url())))["Message"])
    assert seen == caused


@pytest.mark.parametrize("key", OBJECT_KEYS)
@pytest.mark.parametrize("token", [None, *SECURITY_TOKENS])
def test_urls_as_given_are_taken(key: str, token: str | None) -> None:
    c = customer(object_key=key, security_token=token)
    event = c.uuid()
    url = c.upload_url(eventId=event)
    assert url.isascii()
    response = c.put(url, BODY)
    assert response.status == 200
    headers = dict(response.headers)
    assert headers["ETag"] == f'"{hashlib.md5(BODY).hexdigest()}"'
    (name,) = c.tenant.objects
    assert re.fullmatch(rf"chaim-ingest/t-\w+/{event}/{re.escape(key)}", name)


def lower_case_escapes(target: str) -> str:
    return re.sub(r"%[0-9A-F]{2}", lambda m: m[0].lower(), target)


def reordered(target: str) -> str:
    path, _, items = target.partition("?")
    return f"{path}?{'&'.join(reversed(items.split('&')))}"


def escaped_unreserved(target: str) -> str:
    return target.replace(".json", "%2ejson").replace("X-Amz-Date", "X%2DAmz%2DDate")


def slashes_bare(target: str) -> str:
    path, _, items = target.partition("?")
    return f"{path}?{items.replace('%2F', '/')}"


@pytest.mark.parametrize(
    "respell", [lower_case_escapes, reordered, escaped_unreserved, slashes_bare]
)
def test_another_spelling_of_the_same_url_is_taken(respell: Callable[[str], str]) -> None:
    c = customer(object_key="a b+c/ü.json", security_token="a+b/c=")
    request = c.put_request(c.upload_url(), BODY)
    response = c.send(replace(request, target=respell(request.target)))
    assert response is not None
    assert response.status == 200


def decoded(target: str) -> str:
    return unquote(target, "latin-1")


def plus_decoded(target: str) -> str:
    return target.replace("%2B", "+")


def escaped_twice(target: str) -> str:
    return target.replace("%2", "%252")


@pytest.mark.parametrize("mangle", [decoded, plus_decoded, escaped_twice])
def test_a_mangled_url_is_refused_and_still_recognised(mangle: Callable[[str], str]) -> None:
    c = customer(Policy.TOLERANT, object_key="a b+c%.json", security_token="a+b/c=")
    request = c.put_request(c.upload_url(), BODY)
    c.send(replace(request, target=mangle(request.target)))
    exchange = c.tenant.exchanges[-1]
    assert exchange.objections
    assert exchange.upload_of == (0, 0)
    assert [entry.verdict for entry in c.tenant.tolerant_ledger] == ["effective"]


def test_p04_a_url_lives_for_300_seconds_and_takes_more_than_one_upload() -> None:
    c = customer()
    url = c.upload_url()
    c.now += 300
    assert c.put(url, BODY).status == c.put(url, BODY).status == 200
    c.now += 1
    assert error(c.put(url, BODY))["Message"] == "Request has expired"


def test_right_digests_are_taken() -> None:
    c = customer()
    assert c.put(c.upload_url(), BODY, Content_MD5=MD5).status == 200
    response = c.send(signed(x_amz_checksum_sha256=SHA256)(c, c.upload_url()))
    assert response is not None
    assert response.status == 200
    assert c.put(c.upload_url(), BODY, If_None_Match="*").status == 200


def test_two_urls_for_one_event_differ_and_the_upload_names_its_own() -> None:
    c = customer()
    event = c.uuid()
    first, second = c.upload_url(eventId=event), c.upload_url(eventId=event)
    assert first != second
    c.put(first, BODY)
    c.put(second, BODY)
    assert [e.upload_of for e in c.tenant.end_attempt()] == [None, None, (0, 0), (0, 1)]


def test_a_signature_document_is_well_over_a_kilobyte_and_repeats_the_request() -> None:
    c = customer()
    response = c.put(c.upload_url(), BODY, Content_Type="text/<&>\x01\xe9")
    document = error(response)
    assert len(response.body) > 1500
    assert "content-type:text/<&>\ufffd\xe9" in document["CanonicalRequest"]


def test_an_upload_after_no_presign_at_all() -> None:
    c = customer(Policy.TOLERANT)
    assert c.put("https://s3.us-east-1.amazonaws.com/chaim-ingest/made/up", BODY).status == 200
    (exchange,) = c.tenant.end_attempt()
    assert (exchange.endpoint, exchange.upload_of) == ("bucket", None)
    assert exchange.objections
    assert c.tenant.tolerant_ledger == ()


def test_the_url_of_a_tenant_who_is_gone_is_nobody_elses() -> None:
    c = customer(Policy.TOLERANT)
    url = c.upload_url()
    c.plane.close_tenant(c.tenant)
    assert error(c.put(url, BODY))["Code"] == "InvalidAccessKeyId"
    other = replace(c.credentials, api_key="ck-other")
    tenant = c.plane.open_tenant(credentials=other, app_ids=None)
    assert error(c.put(url, BODY))["Code"] == "InvalidAccessKeyId"
    assert tenant.exchanges == ()


def test_response_url_signs_only_the_host() -> None:
    c = customer()
    url = c.tenant.response_url(c.now)
    assert "X-Amz-SignedHeaders=host&" in url
    for content_type in (None, "", "application/json"):
        assert c.put(url, b"{}", Content_Type=content_type).status == 200
    assert error(c.put(url, b"{}", x_amz_acl="private"))["Code"] == "AccessDenied"
    assert error(c.put(url, b"{}", method="GET"))["Code"] == "SignatureDoesNotMatch"
    exchanges = c.tenant.end_attempt()
    assert [e.endpoint for e in exchanges] == ["response-url"] * 5
    assert [e.status for e in exchanges] == [200, 200, 200, 403, 403]
    assert (c.tenant.ledger, c.tenant.tolerant_ledger) == ((), ())
