"""The API key and secret: out of Secrets Manager, or out of the environment."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from ingest.trouble import Trouble


@dataclass(frozen=True)
class Credentials:
    """A pair fit to be sent; printing it shows neither (H70)."""

    key: str = field(repr=False)
    secret: str = field(repr=False)


def find() -> Credentials:
    """Asked for in each operation, so that a rotated secret is the one that is used (H80, H81)."""
    if name := os.environ.get("SECRET_NAME"):
        kept = _secret(name)
        return checked(kept.get("apiKey"), kept.get("apiSecret"))
    return checked(os.environ.get("API_KEY"), os.environ.get("API_SECRET"))


def checked(key: Any, secret: Any) -> Credentials:
    """What cannot be right is not tried (H82)."""
    if not all(isinstance(one, str) and one.strip() for one in (key, secret)):
        raise Trouble("credentials: the API key or its secret is missing")
    if not (key.isascii() and key.isprintable()):
        raise Trouble("credentials: the API key does not fit into a header")
    return Credentials(key, secret)


def _secret(name: str) -> dict[str, Any]:
    import boto3  # takes half a second: only who names a secret pays

    # Not boto3's own session, which keeps the first role that it saw.
    client = boto3.session.Session().client("secretsmanager")
    try:
        text = client.get_secret_value(SecretId=name)["SecretString"]
    except Exception as error:
        raise Trouble(f"Secrets Manager: {type(error).__name__}") from None
    try:
        kept = json.loads(text)
    except ValueError:
        raise Trouble("the secret is not JSON") from None  # the parser would quote it
    return kept if isinstance(kept, dict) else {}
