"""The fixtures as the author of a provider uses them."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

AUTHORS_TEST = """
import hashlib, hmac, json, os, urllib.error, urllib.request, uuid
from datetime import datetime, timezone

import pytest
from chaim_conformance.scenario import Fault

SNAPSHOT = json.dumps({
    "schemaVersion": "1.0", "provider": "aws", "accountId": "123456789012",
    "region": "us-east-1", "stackName": "s", "appId": "any-app", "datastoreType": "dynamodb",
    "resourceId": "t__E", "schema": {}, "dataStore": {}, "capturedAt": "2026-01-15T14:30:00Z",
}).encode()


def publish(environment):
    body = json.dumps({
        "appId": "any-app", "eventId": str(uuid.uuid4()), "nonce": str(uuid.uuid4()),
        "contentHash": "sha256:" + hashlib.sha256(SNAPSHOT).hexdigest(),
        "timestamp": datetime.now(timezone.utc).isoformat(),
    }).encode()
    secret = environment["API_SECRET"].encode()
    presign = urllib.request.Request(
        environment["CHAIM_API_BASE_URL"] + "/ingest/presign", body, method="POST",
        headers={"x-chaim-key": environment["API_KEY"],
                 "x-chaim-signature": hmac.new(secret, body, "sha256").hexdigest()})
    with urllib.request.urlopen(presign, timeout=60) as answer:
        url = json.load(answer)["uploadUrl"]
    put = urllib.request.Request(
        url, SNAPSHOT, method="PUT", headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(put, timeout=60):
        pass


def test_publishes(ingest_plane, bucket):
    publish(ingest_plane.environment)
    assert [e.state for e in ingest_plane.entities] == ["active"]
    assert [e.verdict for e in ingest_plane.ledger] == ["effective"]
    (presign,), (upload,) = ingest_plane.presigns, ingest_plane.uploads
    assert upload.body == SNAPSHOT and presign.status == upload.status == 200
    assert list(bucket.objects.values()) == [SNAPSHOT]
    assert presign.upload_url.startswith(bucket.url)
    assert bucket.uploads == ingest_plane.uploads


def test_is_strict(ingest_plane):
    wrong = ingest_plane.environment | {"API_SECRET": "wrong"}
    with pytest.raises(urllib.error.HTTPError, match="401"):
        publish(wrong)
    assert ingest_plane.ledger == () and ingest_plane.entities == ()
    assert ingest_plane.credentials.api_secret != "wrong"


def test_misbehaves(ingest_plane):
    ingest_plane.misbehave(presign=(Fault(kind="refuse", status=503), Fault(kind="ok")))
    with pytest.raises(urllib.error.HTTPError, match="503"):
        publish(ingest_plane.environment)
    publish(ingest_plane.environment)
    assert [e.status for e in ingest_plane.presigns] == [503, 200]
    assert ingest_plane.base_url == ingest_plane.environment["CHAIM_API_BASE_URL"]
"""


def test_an_authors_test_uses_them(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(AUTHORS_TEST)
    result = pytester.runpytest_inprocess("-p", "chaim_conformance.fixtures")
    result.assert_outcomes(passed=3)


def test_they_explain_themselves(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("-p", "chaim_conformance.fixtures", "--fixtures")
    text = result.stdout.str()
    for words in ("A fresh ingest service for this test", "The bucket of `ingest_plane`"):
        assert words in text


def test_importing_them_imports_no_plane() -> None:
    code = (
        "import sys, chaim_conformance.fixtures\n"
        "heavy = {'chaim_conformance.plane', 'h11', 'asyncio', 'trustme', 'responses'}\n"
        "print(*(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert set(done.stdout.split()) <= {"asyncio"}
