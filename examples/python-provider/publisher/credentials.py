"""Where the API key and secret come from."""

import json
import os
from dataclasses import dataclass, field
from typing import Any

from deadline import Deadline
from trouble import Trouble


@dataclass(frozen=True)
class Credentials:
    """A pair that can be used; neither is shown when this is printed (H70)."""

    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)


def find(deadline: Deadline) -> Credentials:
    """From Secrets Manager where a secret is named (H80), else from the environment (H81)."""
    if name := os.environ.get("SECRET_NAME"):
        secret = _parsed(deadline.bound("Secrets Manager", lambda: _read(name)))
        return _checked(secret.get("apiKey"), secret.get("apiSecret"))
    return _checked(os.environ.get("API_KEY"), os.environ.get("API_SECRET"))


def _checked(api_key: Any, api_secret: Any) -> Credentials:
    """H82: credentials that cannot be right are not tried."""
    for name, value in (("apiKey", api_key), ("apiSecret", api_secret)):
        if not isinstance(value, str) or not value.strip():
            raise Trouble(f"credentials: no {name}")
    if not (api_key.isascii() and api_key.isprintable()):
        raise Trouble("credentials: the apiKey cannot stand in a header")
    return Credentials(api_key, api_secret)


def _read(name: str) -> str | None:
    """The secret's text, by name or ARN; read in every invocation, because secrets are rotated."""
    import boto3  # takes a while, so only who names a secret pays

    # A session of its own: boto3's default one keeps the credentials that it saw first.
    client = boto3.session.Session().client("secretsmanager")
    try:
        return client.get_secret_value(SecretId=name).get("SecretString")
    except Exception as error:
        raise Trouble(f"Secrets Manager: {type(error).__name__}") from None


def _parsed(text: str | None) -> dict[str, Any]:
    try:
        secret = json.loads(text or "")
    except ValueError:
        raise Trouble("the secret is not JSON") from None  # the parser's error holds the text
    return secret if isinstance(secret, dict) else {}
