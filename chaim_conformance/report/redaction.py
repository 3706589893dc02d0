"""Takes secrets out of whatever the kit prints or writes: by value, in every common encoding."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from urllib.parse import quote

from chaim_conformance.transcript import Transcript

REDACTED = "[redacted]"
# The parts of a presigned URL that are as good as a password while it lives.
URL_SECRETS = re.compile(r"(X-Amz-(?:Signature|Security-Token|Credential)(?:=|%3D))[^&\s\"'<>\\]+")
S3_SECRETS = re.compile(
    r"(<(?:SignatureProvided|StringToSign|StringToSignBytes|CanonicalRequest|CanonicalRequestBytes)>)"
    r"[^<]*"
)
SHORTEST_FRAGMENT = 8


class Redactor:
    """Replaces secret values, and what an upload URL is signed with."""

    def __init__(self, *values: str) -> None:
        forms = {form for value in values if value for form in _forms(value)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    @classmethod
    def of(cls, transcript: Transcript) -> Redactor:
        """A redactor for everything secret in a transcript."""
        signatures = {
            exchange.header("x-chaim-signature") or ""
            for record in transcript.attempts
            for exchange in record.exchanges
        }
        keys = transcript.credentials
        return cls(keys.api_key, keys.api_secret, *signatures)

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        if self._secrets is not None:
            text = self._secrets.sub(REDACTED, text)
        return S3_SECRETS.sub(rf"\1{REDACTED}", URL_SECRETS.sub(rf"\1{REDACTED}", text))


def _forms(value: str) -> Iterator[str]:
    """The ways in which a value appears in texts; base64 at each of its three offsets."""
    yield value
    yield quote(value, safe="")
    yield json.dumps(value)[1:-1]
    data = value.encode()
    yield data.hex()
    yield data.hex().upper()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
        # The characters at both ends mix with the neighbours' bits; the rest is the value's own.
        inner = encoded[(offset * 8 + 5) // 6 : len(encoded) - 1]
        if len(inner) >= SHORTEST_FRAGMENT:
            yield inner
            yield inner.replace("+", "-").replace("/", "_")
