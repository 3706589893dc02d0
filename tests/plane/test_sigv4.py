"""The presigner and the verification against botocore's, byte for byte."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from chaim_conformance.plane import sigv4
from chaim_conformance.plane.grants import Grants, escape
from chaim_conformance.strategies.pools import OBJECT_KEYS, SECURITY_TOKENS

KEYS = sigv4.KeyPair(access_key="AKIAIOSFODNN7EXAMPLE", secret_key="wJalrXUtnFEMI/K7MDENG/bPxRfi")


def boto3_url(endpoint: str, keys: sigv4.KeyPair, bucket: str, key: str) -> str:
    client = boto3.client(
        "s3",
        region_name=sigv4.REGION,
        endpoint_url=endpoint,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=keys.token,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    parameters = {"Bucket": bucket, "Key": key, "ContentType": "application/json"}
    return str(client.generate_presigned_url("put_object", Params=parameters, ExpiresIn=300))


def moment_of(url: str) -> float:
    text = parse_qs(urlsplit(url).query)["X-Amz-Date"][0]
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("endpoint", "key", "token"),
    [
        *(("http://127.0.0.1:4566", key, None) for key in (*OBJECT_KEYS, "a~b-c_d.e", "%%41")),
        *(("https://127.0.0.1:4566", "snapshot.json", token) for token in SECURITY_TOKENS),
        ("https://s3.us-east-1.amazonaws.com", "snapshot.json", None),
        ("https://localhost:443", "snapshot.json", None),
        ("http://localhost:80", "snapshot.json", None),
    ],
)
def test_presigned_urls_are_those_of_boto3(endpoint: str, key: str, token: str | None) -> None:
    keys = sigv4.KeyPair(access_key=KEYS.access_key, secret_key=KEYS.secret_key, token=token)
    theirs = boto3_url(endpoint, keys, "chaim-ingest", key)
    ours = sigv4.presign(
        f"{endpoint}/{escape(f'chaim-ingest/{key}')}",
        keys,
        now=moment_of(theirs),
        expires=300,
        headers={"content-type": "application/json"},
    )
    assert ours == theirs


def test_grants_are_urls_of_boto3() -> None:
    """Also what the plane hands out as a whole, under credentials of its own."""
    grants = Grants(seed=1, owner="t-0123456789ab")
    grant = grants.upload(
        "http://127.0.0.1:9", now=1.0, event_id="e", object_key="a b", token="t+o/k"
    )
    bucket, _, key = grant.object_name.partition("/")
    theirs = boto3_url("http://127.0.0.1:9", grant.keys, bucket, key)
    again = sigv4.presign(
        theirs.partition("?")[0],
        grant.keys,
        now=moment_of(theirs),
        expires=300,
        headers={"content-type": "application/json"},
    )
    assert again == theirs
    assert urlsplit(grant.url).path == urlsplit(theirs).path


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@settings(deadline=None, max_examples=200, derandomize=True, database=None)
@given(key=TEXTS, token=st.none() | TEXTS, method=st.sampled_from(("PUT", "GET", "DELETE")))
def test_canonical_requests_are_those_of_botocore(key: str, token: str | None, method: str) -> None:
    headers = {"content-type": "application/json;  charset=utf-8 ", "x-amz-meta-a": "é  b"}
    url = sigv4.presign(
        f"http://127.0.0.1:9/b/{escape(key)}",
        sigv4.KeyPair(access_key="AKIA", secret_key="s", token=token),
        now=0.0,
        expires=300,
        method=method,
        headers=headers,
    )
    unsigned = url.partition("&X-Amz-Signature=")[0]
    request = botocore.awsrequest.AWSRequest(method=method, url=unsigned, headers=headers)
    auth = botocore.auth.S3SigV4QueryAuth(
        botocore.credentials.Credentials("AKIA", "s", token), "s3", sigv4.REGION
    )
    parts = urlsplit(url)
    ours = sigv4.canonical_request(
        method,
        parts.path,
        sigv4.parameters(parts.query),
        [("Host", "127.0.0.1:9"), *headers.items()],
        ["content-type", "host", "x-amz-meta-a"],
    )
    assert ours == auth.canonical_request(request)


@pytest.mark.parametrize(
    "spelling",
    [
        "/a/%C3%BC%20~b%2B?y=%2F&x=1&x=%2B",
        "/a/%c3%bc%20%7eb%2b?y=%2f&x=1&x=%2b",
        "/%61/%C3%BC+~b%2B?x=1&x=%2B&y=/",
        "/a/\xc3\xbc%20~b%2B?x=%2B&y=%2F&x=1",
    ],
)
def test_spelling_makes_no_difference(spelling: str) -> None:
    path, _, query = spelling.partition("?")
    assert sigv4.canonical_path(path) == "/a/%C3%BC%20~b%2B"
    assert sigv4.canonical_query(sigv4.parameters(query)) == "x=%2B&x=1&y=%2F"
