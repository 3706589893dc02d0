"""What a deployment finds in Secrets Manager and in its environment: credentials, good and bad."""

from __future__ import annotations

import json

from chaim_conformance.drivers.lambda_environment import SDK_ENVIRONMENT
from chaim_conformance.scenario import CredentialsKind, Fault
from chaim_conformance.transcript import Credentials

DENIED = Fault(kind="refuse", code="AccessDeniedException")
# A Lambda has region and credentials anyway; a publisher of another kind has them somehow.
ENVIRONMENT = {
    **SDK_ENVIRONMENT,
    # SDKs wait for seconds before they try again; whoever tries again meets the same.
    "AWS_MAX_ATTEMPTS": "1",
    # What the SDK says of Node's age is no line in the log that tells of trouble (H53).
    "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
}


def secret_text(kind: CredentialsKind, keys: Credentials) -> str | None:
    """What the secret holds; ``None`` where there is none.

    In those that hold no credentials for a handler, they stand all the same: so that whatever
    repeats the secret gives them away.
    """
    key, secret = keys.api_key, keys.api_secret
    match kind:
        case "secret-not-found":
            return None
        case "secret-not-json":  # a quotation mark is missing
            return f'{{"apiKey": "{key}", "apiSecret": {secret}"}}'
        case "secret-without-keys":
            return json.dumps({"username": key, "password": secret})
        case "secret-empty":
            return json.dumps({"apiKey": "", "apiSecret": ""})
        case _:
            return json.dumps({"apiKey": key, "apiSecret": secret})


def in_environment(
    kind: CredentialsKind, keys: Credentials, beside: Credentials | None
) -> tuple[str | None, str | None]:
    """The values of API_KEY and API_SECRET; ``None`` leaves the variable unset."""
    match kind:
        case "environment":
            return keys.api_key, keys.api_secret
        case "empty":
            return "", ""
        case "no-key":
            return None, keys.api_secret
        case "no-secret":
            return keys.api_key, None
        case "malformed":
            return _broken(keys.api_key), keys.api_secret
        case "secret-beside-environment" if beside is not None:
            return beside.api_key, beside.api_secret
    return None, None


def _broken(key: str) -> str:
    """A key that was pasted with a line break; it fits no header, and no trimming mends it."""
    middle = len(key) // 2
    return f"{key[:middle]}\n{key[middle:]}"
