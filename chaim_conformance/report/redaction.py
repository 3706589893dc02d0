"""Takes secrets out of whatever the kit prints or writes: by value, in every common encoding."""

from __future__ import annotations

import re

from chaim_conformance.checks.evidence import url_secrets
from chaim_conformance.fragments import Fragments
from chaim_conformance.json_form import REDACTED
from chaim_conformance.synth_transcript import SynthTranscript
from chaim_conformance.transcript import Transcript

__all__ = ["REDACTED", "Redactor", "printable"]

# The parts of a presigned URL that are as good as a password while it lives.
URL_SECRETS = re.compile(r"(X-Amz-(?:Signature|Security-Token|Credential)(?:=|%3D))[^&\s\"'<>\\]+")
S3_SECRETS = re.compile(
    r"(<(?:SignatureProvided|StringToSign|StringToSignBytes|CanonicalRequest|CanonicalRequestBytes)>)"
    r"[^<]*"
)


# What a terminal would obey instead of showing it.
CONTROLS = {
    code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"
}
# Halves of characters, which JSON can hold and no file in UTF-8, and what XML forbids.
NO_CHARACTERS = {code: f"\\u{code:04x}" for code in (*range(0xD800, 0xE000), 0xFFFE, 0xFFFF)}
ESCAPES = CONTROLS | NO_CHARACTERS


def printable(text: str) -> str:
    """The text with what cannot be shown escaped, so that it is fit for any report."""
    return text.translate(ESCAPES)


class Redactor:
    """Replaces secret values, pieces of them too, and what an upload URL is signed with."""

    def __init__(self, *values: str, urls: Fragments | None = None) -> None:
        # Of a transcript that was redacted the values are gone.
        known = (value for value in values if REDACTED not in value)
        self._secrets = [Fragments(known)] + ([] if urls is None else [urls])

    @classmethod
    def of(cls, transcript: Transcript | SynthTranscript) -> Redactor:
        """A redactor for everything secret in a transcript."""
        if isinstance(transcript, SynthTranscript):
            secret = transcript.secret
            deployed = transcript.deployment
            keys = () if deployed is None else deployed.secrets
            values = (v for k in (secret, *keys) for v in (k.api_key, k.api_secret))
            urls = None if deployed is None else url_secrets(deployed.attempts)
            return cls(*values, urls=urls)
        signatures = {
            exchange.header("x-chaim-signature") or ""
            for record in transcript.attempts
            for exchange in record.exchanges
        }
        own = (v for k in transcript.secrets for v in (k.api_key, k.api_secret))
        return cls(*own, *signatures, urls=url_secrets(transcript.attempts))

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for secrets in self._secrets:
            text = secrets.replaced(text, REDACTED)
        return S3_SECRETS.sub(rf"\1{REDACTED}", URL_SECRETS.sub(rf"\1{REDACTED}", text))
