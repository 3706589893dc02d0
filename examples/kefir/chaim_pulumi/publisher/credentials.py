"""Where the key and its secret come from."""

import json
import os
from typing import NamedTuple

from trouble import Trouble


class Pair(NamedTuple):
    """A key that is sent, and a secret that only signs."""

    key: str
    secret: str


def find() -> Pair:
    """From Secrets Manager where a secret is named (H80), else from the environment (H81)."""
    if name := os.environ.get("SECRET_NAME"):
        text = _secret(name)
        try:
            found = json.loads(text)
            pair = Pair(found["apiKey"], found["apiSecret"])
        except (ValueError, KeyError, TypeError):  # whose words would quote the secret (H70)
            raise Trouble("the secret is no JSON with apiKey and apiSecret") from None
    else:
        pair = Pair(os.environ.get("API_KEY", ""), os.environ.get("API_SECRET", ""))
    # H82: what cannot be right is not tried.
    if not all(isinstance(one, str) and one.strip() for one in pair):
        raise Trouble("credentials are missing, or empty")
    if not (pair.key.isascii() and pair.key.isprintable()):
        raise Trouble("the API key cannot stand in a header")
    return pair


def _secret(name: str) -> str:
    import boto3  # which takes a while to load, so only who names a secret does

    try:
        answer = boto3.client("secretsmanager").get_secret_value(SecretId=name)
        return str(answer["SecretString"])
    except Exception as error:
        raise Trouble(f"Secrets Manager: {type(error).__name__}") from None
