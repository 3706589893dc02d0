"""Secrets Manager as handlers find it: asked by both SDKs, scripted, recorded."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chaim_conformance.plane import Plane, PlaneServer, Tenant
from chaim_conformance.scenario import OK, RESET, Fault
from chaim_conformance.transcript import Credentials
from tests.node_sdk import NODE_MODULES, needs_node_sdk
from tests.plane.customer import CREDENTIALS

NAME = "chaim/tests"
DENIED = Fault(kind="refuse", code="AccessDeniedException")

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")


@pytest.fixture
def server() -> Iterator[PlaneServer]:
    with PlaneServer(Plane()) as server:
        yield server
        server.plane.secrets.remove(NAME)


@pytest.fixture
def tenant(server: PlaneServer) -> Tenant:
    return server.plane.open_tenant(credentials=CREDENTIALS, app_ids=None)


def client(server: PlaneServer) -> Any:
    return boto3.session.Session().client(
        "secretsmanager",
        endpoint_url=server.url("secrets", "none"),
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}),
    )


def test_a_secret_by_its_name_and_by_its_arn(server: PlaneServer, tenant: Tenant) -> None:
    arn = server.plane.secrets.keep(NAME, "first")
    for secret_id in (NAME, arn):
        assert client(server).get_secret_value(SecretId=secret_id)["SecretString"] == "first"
    exchanges = tenant.end_attempt()
    assert [(e.endpoint, e.method, e.status) for e in exchanges] == [("secrets", "POST", 200)] * 2
    assert exchanges[0].header("x-amz-target") == "secretsmanager.GetSecretValue"
    assert b'"first"' in exchanges[0].answer


def test_another_text_is_another_version(server: PlaneServer) -> None:
    arn = server.plane.secrets.keep(NAME, "first")
    assert server.plane.secrets.keep(NAME, "second") == arn
    asked = client(server)
    assert asked.get_secret_value(SecretId=NAME)["SecretString"] == "second"
    previous = asked.get_secret_value(SecretId=NAME, VersionStage="AWSPREVIOUS")
    assert previous["SecretString"] == "first"


def test_what_is_not_there_is_a_400_as_aws_says_it(server: PlaneServer) -> None:
    server.plane.secrets.keep(NAME, "text")
    server.plane.secrets.remove(NAME)
    server.plane.secrets.remove(NAME)
    for ask in ("get_secret_value", "describe_secret", "list_secret_version_ids"):
        with pytest.raises(ClientError, match="ResourceNotFoundException") as raised:
            getattr(client(server), ask)(SecretId=NAME)
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        (DENIED, "AccessDeniedException", 400),
        (Fault(kind="refuse", code="ThrottlingException"), "ThrottlingException", 400),
        (Fault(kind="refuse", code="InternalServiceError"), "InternalServiceError", 500),
    ],
)
def test_refusals(
    server: PlaneServer, tenant: Tenant, fault: Fault, code: str, status: int
) -> None:
    server.plane.secrets.keep(NAME, "text")
    tenant.begin_attempt(secrets=(fault, OK))
    with pytest.raises(ClientError) as raised:
        client(server).get_secret_value(SecretId=NAME)
    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert client(server).get_secret_value(SecretId=NAME)["SecretString"] == "text"
    assert [(e.fault, e.status) for e in tenant.end_attempt()] == [(fault, status), (None, 200)]


def test_a_reset(server: PlaneServer, tenant: Tenant) -> None:
    tenant.begin_attempt(secrets=(RESET,))
    with pytest.raises(BotoCoreError):
        client(server).get_secret_value(SecretId=NAME)
    assert [e.status for e in tenant.end_attempt()] == [None]


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "secretsmanager.GetSecretValue", ""),
        ("POST", "secretsmanager.GetSecretValue", "no JSON"),
        ("POST", "secretsmanager.GetSecretValue", "[]"),
        ("POST", "secretsmanager.GetSecretValue", "{}"),
        ("POST", "secretsmanager.Unheard", json.dumps({"SecretId": NAME})),
        ("POST", "", json.dumps({"SecretId": NAME})),
    ],
)
def test_what_cannot_be_read(
    server: PlaneServer, tenant: Tenant, method: str, target: str, body: str
) -> None:
    answer = requests.request(
        method,
        server.url("secrets", "none"),
        data=body,
        headers={"X-Amz-Target": target},
        timeout=60,
    )
    assert answer.status_code == 400
    assert answer.json()["__type"] in ("ValidationException", "UnknownOperationException")
    assert len(tenant.end_attempt()) == 1  # and the plane did not fail


def test_its_listener_is_one_of_its_own(server: PlaneServer) -> None:
    assert len({server.url("secrets", "none"), server.api_url, server.bucket_url}) == 3


def test_a_tenant_with_new_credentials(server: PlaneServer, tenant: Tenant) -> None:
    new = Credentials(api_key="ck-new", api_secret="cs-new")
    server.plane.rotate(tenant, new)
    headers = {"x-chaim-key": CREDENTIALS.api_key}
    requests.post(f"{server.api_url}/ingest/presign", data="{}", headers=headers, timeout=60)
    (exchange,) = tenant.end_attempt()
    assert "x-chaim-key is missing or unknown" in {o.message for o in exchange.objections}
    server.plane.close_tenant(tenant)
    answer = requests.post(f"{server.api_url}/ingest/presign", data="{}", timeout=60)
    assert answer.status_code == 401  # nobody is there any more


@needs_node_sdk
def test_the_sdk_for_javascript(server: PlaneServer, tenant: Tenant) -> None:
    server.plane.secrets.keep(NAME, "text")
    program = """
      const { SecretsManager } = require('@aws-sdk/client-secrets-manager')
      const client = new SecretsManager({ maxAttempts: 1 })
      const ask = (SecretId) => client.getSecretValue({ SecretId }).then(
        (found) => console.log(found.SecretString),
        (error) => console.log(error.name, error.$metadata.httpStatusCode))
      ask(process.argv[1]).then(() => ask('another'))
    """
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": server.url("secrets", "none"),
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    run = subprocess.run(
        ["node", "-e", program, NAME],
        cwd=NODE_MODULES.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.stdout.split() == ["text", "ResourceNotFoundException", "400"], run.stderr
