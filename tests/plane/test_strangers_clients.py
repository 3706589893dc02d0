"""Clients that know nothing of the kit use the plane as if it were the service and S3."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import boto3
import pytest
import requests
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

from chaim_conformance.plane import Plane, PlaneServer, Policy, sigv4
from tests.plane.customer import APP, CREDENTIALS, Customer, content_hash, snapshot

TIMEOUT = 20
JSON = "Content-Type: application/json"
BODY = snapshot()
CURL = shutil.which("curl")
needs_curl = pytest.mark.skipif(CURL is None, reason="curl is not on PATH")


@dataclass(frozen=True, kw_only=True)
class Service:
    """A running plane and its one customer."""

    server: PlaneServer
    customer: Customer

    @property
    def ca_file(self) -> str | None:
        return str(self.server.ca_file) if self.server.ca_file else None

    def upload_url(self) -> str:
        return self.customer.upload_url(contentHash=content_hash(BODY))

    @property
    def verdicts(self) -> list[str]:
        return [entry.verdict for entry in self.customer.tenant.ledger]


@pytest.fixture(params=["http", "https"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with PlaneServer(Plane(), scheme=request.param) as server:
        yield serve(server)


@pytest.fixture
def plain() -> Iterator[Service]:
    with PlaneServer(Plane()) as server:
        yield serve(server)


def serve(server: PlaneServer) -> Service:
    tenant = server.plane.open_tenant(
        credentials=CREDENTIALS,
        app_ids=frozenset({APP}),
        policy=Policy.STRICT,
        object_key="a b+c/ü.json",
        security_token="t+o/k=",
    )
    tenant.begin_attempt()
    return Service(
        server=server, customer=Customer(plane=server.plane, tenant=tenant, now=server.clock())
    )


# curl


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    body: bytes

    @property
    def code(self) -> str | None:
        return ET.fromstring(self.body).findtext("Code")


def curl(service: Service, *arguments: str | Path, data: bytes = b"") -> Answer:
    assert CURL is not None
    trust = ["--cacert", service.ca_file] if service.ca_file else []
    done = subprocess.run(
        [
            *(CURL, "--disable", "--silent", "--show-error", "--noproxy", "*"),
            *("--max-time", str(TIMEOUT), "--write-out", "\n%{http_code}"),
            *trust,
            *arguments,
        ],
        input=data,
        capture_output=True,
        timeout=2 * TIMEOUT,
        check=True,
    )
    body, _, status = done.stdout.rpartition(b"\n")
    return Answer(status=int(status), body=body)


@needs_curl
def test_curl_presigns_and_uploads(service: Service, tmp_path: Path) -> None:
    presign = json.dumps(service.customer.fields(contentHash=content_hash(BODY))).encode()
    secret = CREDENTIALS.api_secret.encode()
    answer = curl(
        service,
        *("-H", JSON, "-H", f"x-chaim-key: {CREDENTIALS.api_key}"),
        *("-H", f"x-chaim-signature: {hmac.new(secret, presign, hashlib.sha256).hexdigest()}"),
        *("--data-binary", "@-", f"{service.server.api_url}/ingest/presign"),
        data=presign,
    )
    assert answer.status == 200
    url = json.loads(answer.body)["uploadUrl"]
    file = tmp_path / "snapshot.json"
    file.write_bytes(BODY)
    assert curl(service, "--upload-file", file, "-H", JSON, url) == Answer(status=200, body=b"")
    assert service.verdicts == ["effective"]


@needs_curl
def test_curl_uploads_more_than_it_sends_unasked(plain: Service, tmp_path: Path) -> None:
    """Above a mebibyte it waits for "100 Continue" first."""
    file = tmp_path / "large.json"
    file.write_bytes(snapshot(schema={"fields": "x" * (2 * 1024 * 1024)}))
    assert curl(plain, "--upload-file", file, "-H", JSON, plain.upload_url()).status == 200
    assert list(plain.customer.tenant.objects.values()) == [file.read_bytes()]


@needs_curl
def test_curl_without_the_signed_content_type_is_refused(plain: Service, tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    file.write_bytes(BODY)
    answer = curl(plain, "--upload-file", file, plain.upload_url())
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")
    assert plain.customer.tenant.objects == {}


@needs_curl
@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("--data-binary", "@-"), 405, "MethodNotAllowed"),
        (("--upload-file", "-"), 501, "NotImplemented"),  # it cannot know the length
        (("-X", "PUT"), 411, "MissingContentLength"),  # no body at all, and no header about one
        (("-X", "PUT", "-F", "file=@-"), 403, "SignatureDoesNotMatch"),
        (("-X", "DELETE"), 403, "SignatureDoesNotMatch"),
        (("--get",), 403, "SignatureDoesNotMatch"),
        (("-X", "PUT", "--data-binary", "@-", "-u", "user:password"), 400, "InvalidArgument"),
    ],
)
def test_curl_is_refused_as_s3_refuses(
    plain: Service, arguments: tuple[str, ...], status: int, code: str
) -> None:
    header = () if "-F" in arguments else ("-H", JSON)
    answer = curl(plain, *arguments, *header, plain.upload_url(), data=BODY)
    assert (answer.status, answer.code) == (status, code)
    assert plain.customer.tenant.objects == {}


@needs_curl
def test_curl_gets_the_head_alone(plain: Service) -> None:
    for url in (plain.server.api_url, plain.upload_url()):
        answer = curl(plain, "--head", url)
        assert answer.status in (403, 404)
        assert b"<Error>" not in answer.body


@needs_curl
def test_curl_may_speak_http_1_0_and_keep_the_connection(plain: Service, tmp_path: Path) -> None:
    file = tmp_path / "snapshot.json"
    file.write_bytes(BODY)
    url = plain.upload_url()
    assert curl(plain, "--http1.0", "--upload-file", file, "-H", JSON, url).status == 200
    # Twice over one connection; what was written out first is part of the body then.
    twice = curl(plain, "--upload-file", f"{{{file},{file}}}", "-H", JSON, url)
    assert (twice.status, twice.body) == (200, b"\n200")


# boto3 and botocore


@pytest.mark.parametrize("spoil", [False, True])
def test_botocores_own_session_uploads(service: Service, spoil: bool) -> None:
    url = service.upload_url()
    request = AWSRequest(
        method="PUT",
        url=url.replace("X-Amz-Expires=300", "X-Amz-Expires=301") if spoil else url,
        data=BODY,
        headers={"Content-Type": "application/json"},
    )
    session = URLLib3Session(verify=service.ca_file or True, timeout=TIMEOUT, proxies={})
    try:
        response = session.send(request.prepare())
        assert response.status_code == (403 if spoil else 200)
        assert (b"SignatureDoesNotMatch" in response.content) == spoil
    finally:
        session.close()
    assert service.verdicts == ([] if spoil else ["effective"])


def s3_client(service: Service, keys: sigv4.KeyPair) -> boto3.client:
    return boto3.client(
        "s3",
        region_name=sigv4.REGION,
        endpoint_url=service.server.bucket_url,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=keys.token,
        verify=service.ca_file,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": 1},
            proxies={},
        ),
    )


def keys_of(service: Service, url: str) -> sigv4.KeyPair:
    """What a grant was signed with; the service itself would never tell."""
    access_key = url.partition("X-Amz-Credential=")[2].partition("%2F")[0]
    grant = service.customer.tenant.grants.of_access_key(access_key)
    assert grant is not None
    return grant.keys


def place_of(url: str) -> dict[str, str]:
    bucket, _, key = unquote(urlsplit(url).path).lstrip("/").partition("/")
    return {"Bucket": bucket, "Key": key}


def test_what_boto3_presigns_with_the_grants_keys_is_taken(service: Service) -> None:
    """Shorter-lived, and with a header more than the plane's own URL signs."""
    url = service.upload_url()
    client = s3_client(service, keys_of(service, url))
    theirs = client.generate_presigned_url(
        "put_object",
        Params={**place_of(url), "ContentType": "application/json", "IfNoneMatch": "*"},
        ExpiresIn=60,
    )
    headers = {"Content-Type": "application/json", "If-None-Match": "*"}
    verify = service.ca_file or True
    seen = [
        requests.put(theirs, BODY, headers=headers, verify=verify, timeout=TIMEOUT).status_code
        for _ in range(2)
    ]
    client.close()
    assert seen == [200, 412]
    assert service.verdicts == ["effective"]


def test_boto3_understands_the_refusals(service: Service) -> None:
    """The bucket takes presigned URLs alone; what it answers to others is an error of S3's."""
    url = service.upload_url()
    client = s3_client(service, keys_of(service, url))
    with pytest.raises(ClientError) as refused:
        client.put_object(**place_of(url), Body=BODY, ContentType="application/json")
    client.close()
    error = refused.value.response
    assert error["Error"]["Code"] == "AccessDenied"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert error["ResponseMetadata"]["RequestId"]
    assert service.customer.tenant.objects == {}


# urllib and requests


def test_urllib_uploads_and_reads_the_refusal(service: Service) -> None:
    context = ssl.create_default_context(cafile=service.ca_file) if service.ca_file else None
    url = service.upload_url()
    headers = {"Content-Type": "application/json"}
    put = urllib.request.Request(url, BODY, headers, method="PUT")
    with urllib.request.urlopen(put, timeout=TIMEOUT, context=context) as answer:
        assert (answer.status, answer.headers["Server"]) == (200, "AmazonS3")
    bare = urllib.request.Request(url, BODY, method="PUT")  # urllib calls any body a form
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(bare, timeout=TIMEOUT, context=context)
    with refused.value as answer:
        assert answer.code == 403
        assert ET.fromstring(answer.read()).findtext("Code") == "SignatureDoesNotMatch"


def test_requests_may_send_a_form_instead(plain: Service) -> None:
    url = plain.upload_url()
    answer = requests.post(url, files={"file": BODY}, timeout=TIMEOUT)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "HEAD, DELETE, GET, PUT")
    answer = requests.put(url, files={"file": BODY}, timeout=TIMEOUT)
    assert answer.status_code == 403


@pytest.mark.parametrize("kind", [None, "text/plain", "application/xml", "multipart/form-data"])
def test_the_body_of_a_presign_is_json_whatever_its_content_type(
    plain: Service, kind: str | None
) -> None:
    c = plain.customer
    request = c.presign_request(json.dumps(c.fields()).encode())
    headers = {**dict(request.headers), "Content-Type": kind}
    url = f"{plain.server.api_url}/ingest/presign"
    answer = requests.post(url, request.body, headers=headers, timeout=TIMEOUT)
    assert (answer.status_code, set(answer.json())) == (200, {"uploadUrl", "s3Key", "expiresAt"})
