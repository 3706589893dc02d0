"""The plane and contract/openapi.yaml, held against each other by schemathesis."""

from __future__ import annotations

import hashlib
import hmac
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from hypothesis import settings
from requests.auth import AuthBase

from chaim_conformance.contract import contract_directory
from chaim_conformance.plane import Plane, PlaneServer, Policy, Tenant
from chaim_conformance.plane.presign import ERROR_CODES
from chaim_conformance.plane.s3_errors import S3_ERRORS
from chaim_conformance.scenario import Fault
from tests.plane.customer import CREDENTIALS, Customer

schemathesis = pytest.importorskip("schemathesis", reason="`tox -e strangers` has schemathesis")
from schemathesis import GenerationMode  # noqa: E402
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.specs.openapi import checks  # noqa: E402

TIMEOUT = 20
CONTRACT = contract_directory() / "openapi.yaml"
AS_DOCUMENTED = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]

# Coverage of every keyword of four snapshot schemas would be thousands of uploads, which S3 does
# not look into.
NO_COVERAGE = schemathesis.Config.from_dict({"phases": {"coverage": {"enabled": False}}})
WHOLE = schemathesis.openapi.from_path(CONTRACT)
PRESIGN = WHOLE.include(operation_id="presign")
UPLOAD = schemathesis.openapi.from_path(CONTRACT, config=NO_COVERAGE).include(operation_id="upload")
FUZZ = settings(max_examples=100, derandomize=True, database=None, deadline=None)
FUZZ_UPLOADS = settings(FUZZ, max_examples=50)


@schemathesis.deserializer("application/xml")
def elements(context: Any, response: Any) -> dict[str, str]:
    """S3's error document as the object that the schema describes."""
    return {element.tag: element.text or "" for element in ET.fromstring(response.content)}


class Signed(AuthBase):
    """Signs whatever body goes onto the wire, as a customer does."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        request.headers["x-chaim-key"] = CREDENTIALS.api_key
        secret = CREDENTIALS.api_secret.encode()
        request.headers["x-chaim-signature"] = hmac.new(secret, raw, hashlib.sha256).hexdigest()
        return request


class Granted(AuthBase):
    """Sends a request to an upload URL that was handed out, instead of where it would go."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.url = self._url
        return request


@pytest.fixture(scope="module")
def server() -> Iterator[PlaneServer]:
    with PlaneServer(Plane()) as server:
        yield server


@pytest.fixture(scope="module")
def tenant(server: PlaneServer) -> Iterator[Tenant]:
    tenant = server.plane.open_tenant(credentials=CREDENTIALS, app_ids=None, policy=Policy.STRICT)
    yield tenant
    assert tenant.ledger is not None  # what was uploaded can be processed
    tenant.end_attempt()  # raises where the plane failed


def is_positive(case: Any) -> bool:
    return bool(case.meta.generation.mode is GenerationMode.POSITIVE)


def make_current(case: Any) -> None:
    """What no schema can say: the moment is now, and the nonce a new one."""
    case.body["timestamp"] = datetime.now(UTC).isoformat()
    case.body["nonce"] = str(uuid.uuid4())


@PRESIGN.parametrize()
@FUZZ
def test_a_signed_presign_is_granted_or_refused_as_documented(
    case: Any, server: PlaneServer, tenant: Tenant
) -> None:
    if is_positive(case):
        make_current(case)
    response = case.call(base_url=server.api_url, auth=Signed(), timeout=TIMEOUT)
    assert response.status_code != 401
    if is_positive(case):
        assert response.status_code == 200
    # Whoever signs every request sees nothing of what happens without a signature.
    case.validate_response(response, excluded_checks=[checks.ignored_auth])


@PRESIGN.parametrize()
@FUZZ
def test_a_presign_without_a_right_signature_is_refused_as_documented(
    case: Any, server: PlaneServer, tenant: Tenant
) -> None:
    stored = tenant.objects
    if is_positive(case):
        make_current(case)
    response = case.call(base_url=server.api_url, timeout=TIMEOUT)
    assert response.status_code == (401 if case.method == "POST" else 405)
    case.validate_response(response)
    assert tenant.objects == stored


@UPLOAD.parametrize()
@FUZZ_UPLOADS
def test_an_upload_to_any_url_is_refused_as_documented(
    case: Any, server: PlaneServer, tenant: Tenant
) -> None:
    stored = tenant.objects
    # A wrong length is not about this operation, but about HTTP: test_strangers_sockets has it.
    case.headers.pop("Content-Length", None)
    response = case.call(base_url=server.bucket_url, timeout=TIMEOUT)
    assert response.status_code >= 400
    # A URL that presign did not make is wrong whatever its parameters are, and S3 has no 405
    # for a method that is signed wrong.
    case.validate_response(
        response, excluded_checks=[checks.positive_data_acceptance, checks.unsupported_method]
    )
    assert tenant.objects == stored


@UPLOAD.parametrize()
@FUZZ_UPLOADS
def test_an_upload_to_a_url_that_was_handed_out_is_taken_or_refused_as_documented(
    case: Any, server: PlaneServer, tenant: Tenant
) -> None:
    customer = Customer(plane=server.plane, tenant=tenant, now=server.clock())
    url = customer.upload_url(nonce=str(uuid.uuid4()))
    case.headers.pop("Content-Length", None)
    response = case.call(base_url=server.bucket_url, auth=Granted(url), timeout=TIMEOUT)
    if is_positive(case):
        assert response.status_code == 200
    # Any bytes are taken, and what was wrong with the URL is right now.
    case.validate_response(response, checks=[*AS_DOCUMENTED, not_a_server_error])


@pytest.mark.parametrize("status", sorted(set(ERROR_CODES) - {404, 405}))
def test_every_refusal_of_the_service_is_documented(
    server: PlaneServer, tenant: Tenant, status: int
) -> None:
    tenant.begin_attempt(presign=(Fault(kind="refuse", status=status),))
    case = WHOLE["/ingest/presign"]["POST"].Case(body={})
    response = case.call(base_url=server.api_url, auth=Signed(), timeout=TIMEOUT)
    assert response.status_code == status
    case.validate_response(response, checks=AS_DOCUMENTED)
    tenant.end_attempt()


@pytest.mark.parametrize("name", S3_ERRORS)
def test_every_refusal_of_the_bucket_is_documented(
    server: PlaneServer, tenant: Tenant, name: str
) -> None:
    error = S3_ERRORS[name]
    tenant.begin_attempt(bucket=(Fault(kind="refuse", status=error.status, code=error.code),))
    case = WHOLE["/{bucket}/{key}"]["PUT"].Case(
        path_parameters={"bucket": "chaim-ingest", "key": "k"}, body={}
    )
    response = case.call(base_url=server.bucket_url, timeout=TIMEOUT)
    assert response.status_code == error.status
    case.validate_response(response, checks=AS_DOCUMENTED)
    tenant.end_attempt()
