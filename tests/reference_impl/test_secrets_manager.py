"""The reference handler takes its credentials from Secrets Manager where a secret is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chaim_conformance.fixtures import *  # noqa: F403 - the kit's fixtures, as its users have them
from chaim_conformance.fixtures.ingest import IngestPlane
from reference_impl.chaim_reference.handler import handler

NAME = "chaim/credentials"
EVENT = {"RequestType": "Create", "RequestId": "6ff1fc38-94ae-4c1a-8b7d-2cbd1f0e6f2d"}
CONTEXT = SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
SNAPSHOT = {"schemaVersion": "1.0", "appId": "orders", "resourceId": "aws:orders", "schema": {}}

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")


@pytest.fixture
def secrets(
    ingest_plane: IngestPlane, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Any]:
    """An account with Secrets Manager; the handler's surroundings name a secret in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "snapshot.json").write_text(json.dumps(SNAPSHOT), encoding="utf-8")
    surroundings = {
        "CHAIM_API_BASE_URL": ingest_plane.base_url,
        "SECRET_NAME": NAME,
        "FAILURE_MODE": "STRICT",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield boto3.client("secretsmanager")


def keep(secrets: Any, text: str) -> None:
    secrets.create_secret(Name=NAME, SecretString=text)


def test_the_secret_signs(secrets: Any, ingest_plane: IngestPlane) -> None:
    keys = ingest_plane.credentials
    keep(secrets, json.dumps({"apiKey": keys.api_key, "apiSecret": keys.api_secret}))
    assert handler(EVENT, CONTEXT)["Data"]["IngestStatus"] == "SUCCESS"
    assert [exchange.status for exchange in ingest_plane.uploads] == [200]


def test_the_secret_wins_over_the_environment(
    secrets: Any, ingest_plane: IngestPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_KEY", ingest_plane.credentials.api_key)
    monkeypatch.setenv("API_SECRET", ingest_plane.credentials.api_secret)
    keep(secrets, '{"apiKey": "another", "apiSecret": "another"}')
    with pytest.raises(Exception, match="refused with status 401"):
        handler(EVENT, CONTEXT)


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}", '{"apiKey": "k", "apiSecret": " "}'])
def test_a_secret_that_holds_no_credentials(
    secrets: Any, ingest_plane: IngestPlane, text: str
) -> None:
    keep(secrets, text)
    with pytest.raises(Exception, match=r"credentials|missing or empty"):
        handler(EVENT, CONTEXT)
    assert ingest_plane.exchanges == ()


def test_no_such_secret(secrets: Any, ingest_plane: IngestPlane) -> None:
    with pytest.raises(Exception, match="reading credentials: ResourceNotFoundException"):
        handler(EVENT, CONTEXT)
    assert ingest_plane.exchanges == ()
