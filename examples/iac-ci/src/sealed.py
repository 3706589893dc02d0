"""The encrypted bundle: environment variables that only who has the key can read.

iac-ci has SOPS for this, with a key of KMS; Fernet of ``cryptography`` is as good for one key.
"""

from __future__ import annotations

import json
import os

from cryptography.fernet import Fernet, InvalidToken
from ingest.trouble import Trouble

KEY = "BUNDLE_KEY"


def seal(variables: dict[str, str]) -> bytes:
    """To be kept in a file, or in a bucket."""
    return _cipher().encrypt(json.dumps(variables).encode())


def unseal(sealed: bytes) -> dict[str, str]:
    """What was sealed, unless somebody changed it since."""
    try:
        variables: dict[str, str] = json.loads(_cipher().decrypt(sealed))
    except InvalidToken:
        raise Trouble("the encrypted bundle: changed, or sealed with another key") from None
    return variables


def _cipher() -> Fernet:
    try:
        return Fernet(os.environ.get(KEY, ""))
    except ValueError:
        raise Trouble(f"{KEY} is no key: 32 bytes in URL-safe base64") from None
