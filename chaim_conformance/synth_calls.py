"""What a synth finds of the outside world: AWS and a proxy that are the kit's, and a real secret.

Whatever it asks for there is recorded; and should it read the secret, its value is a canary.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from urllib.parse import parse_qs

from chaim_conformance import secrets
from chaim_conformance.plane import PlaneServer, Tenant
from chaim_conformance.play import LETTERS
from chaim_conformance.synth_scenario import Synth, SynthScenario
from chaim_conformance.transcript import Credentials, Exchange

# What Secrets Manager appends to a secret's name in its ARN.
_SUFFIX = re.compile(r"-[A-Za-z0-9]{6}$")
_SERVICES = {"secretsmanager": "Secrets Manager"}


def secret_name(reference: str) -> str:
    """The name of a secret, from its name or its ARN in any partition and region."""
    if not reference.startswith("arn:"):
        return reference
    return _SUFFIX.sub("", reference.partition(":secret:")[2])


def canary(digest: str) -> Credentials:
    """What the secrets of a scenario hold; letters, so that it stands nowhere by chance."""
    letters = hashlib.sha256(f"{digest}:synth".encode()).hexdigest().translate(LETTERS)
    return Credentials(api_key=f"ck-{letters[:24]}", api_secret=f"cs-{letters[24:]}")


@contextmanager
def secrets_kept(
    server: PlaneServer, scenario: SynthScenario, keys: Credentials
) -> Iterator[Tenant]:
    """Secrets Manager has what the scenario's apps name; the tenant records what is asked."""
    plane = server.plane
    named = {
        secret_name(config.credentials.secret)
        for app in scenario.apps
        for config in app.configs
        if config.credentials.kind == "secret"
    }
    text = json.dumps({"apiKey": keys.api_key, "apiSecret": keys.api_secret})
    tenant = plane.open_tenant(credentials=keys, app_ids=None)
    try:
        for name in named - {""}:
            plane.secrets.keep_at_need(name, text)
        yield tenant
    finally:
        plane.close_tenant(tenant)
        for name in named - {""}:
            plane.secrets.remove(name)


def environment(server: PlaneServer, synth: Synth) -> dict[str, str]:
    """What is added to the environment of a synth's process.

    A developer's shell has region and credentials; what they are good for leads to the kit.
    """
    aws, proxy = server.url("secrets", "none"), server.url("stranger", "none")
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), proxy) | {"NO_PROXY": "127.0.0.1"}
    found = {
        **secrets.ENVIRONMENT,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": aws,
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": aws,
        **proxies,
        **{name.lower(): value for name, value in proxies.items()},
    }
    if synth.base_url is not None:
        found["CHAIM_API_BASE_URL"] = synth.base_url
    return found


def call(exchange: Exchange) -> str:
    """A request in words: ``GetSecretValue to Secrets Manager``, ``CONNECT example.com:443``."""
    if exchange.endpoint == "secrets":
        service, _, action = (exchange.header("x-amz-target") or "").rpartition(".")
        if action:
            return f"{action} to {_SERVICES.get(service, service)}"
        body = exchange.body.decode("latin-1")
        if action := next(iter(_form(body).get("Action", ())), ""):
            return f"{action} to AWS"
        return f"{exchange.method} {exchange.target.partition('?')[0]} to AWS"
    return f"{exchange.method} {exchange.target.partition('?')[0]}"


def _form(body: str) -> Mapping[str, list[str]]:
    with suppress(ValueError):  # too many fields
        return parse_qs(body)
    return {}
