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


# What a terminal would obey instead of showing it.
CONTROLS = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"
}


def printable(text: str) -> str:
    """The text with its control characters escaped."""
    return text.translate(CONTROLS)


class Redactor:
    """Replaces secret values, and what an upload URL is signed with.

    Of a value that was cut short, as lines of logs are, the beginning is replaced too if it has
    :data:`SHORTEST_FRAGMENT` characters.
    """

    def __init__(self, *values: str) -> None:
        self._forms: dict[str, set[str]] = {}
        for form in {form for value in values if value for form in _forms(value)}:
            self._forms.setdefault(form[:SHORTEST_FRAGMENT], set()).add(form)
        self._beginnings = re.compile("|".join(map(re.escape, self._forms)) or "(?!)")

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
        text = "".join(self._parts(text))
        return S3_SECRETS.sub(rf"\1{REDACTED}", URL_SECRETS.sub(rf"\1{REDACTED}", text))

    def _parts(self, text: str) -> Iterator[str]:
        end = 0
        for found in self._beginnings.finditer(text):
            if found.start() < end:
                continue
            yield text[end : found.start()]
            yield REDACTED
            end = max(_end(form, text, found.start()) for form in self._forms[found[0]])
        yield text[end:]


def _end(form: str, text: str, start: int) -> int:
    """Where the text that begins at ``start`` ceases to be this form."""
    there = text[start : start + len(form)]
    pairs = zip(form, there, strict=False)
    same = next((i for i, (one, other) in enumerate(pairs) if one != other), len(there))
    return start + same


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
