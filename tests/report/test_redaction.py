"""Secrets are taken out of texts, however they were written down."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from chaim_conformance.examples import example
from chaim_conformance.report.redaction import REDACTED, Redactor
from chaim_conformance.scenario import Operation
from tests.checks.transcripts import UPLOAD_URL, life, perfect

SECRET = 'cs-8f3a/9b+c1"d27e64aa5530'
redact = Redactor(SECRET, "ck-0123456789abcdef")


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET, safe=""),
        json.dumps(SECRET)[1:-1],
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
    ],
)
def test_every_encoding(written: str) -> None:
    assert redact(f"before {written} after") == f"before {REDACTED} after"


@pytest.mark.parametrize("offset", range(3))
def test_base64_at_every_offset(offset: int) -> None:
    whole = base64.b64encode(b"x" * offset + SECRET.encode() + b" and more").decode()
    kept = redact(whole)
    assert REDACTED in kept
    hidden = base64.b64decode(whole)
    for length in range(6, len(SECRET)):  # no longer run of the secret can be had back
        for piece in kept.split(REDACTED):
            assert SECRET[:length].encode() not in _decoded(piece)
    assert SECRET.encode() in hidden


def _decoded(text: str) -> bytes:
    return base64.b64decode(text[: len(text) // 4 * 4])


@pytest.mark.parametrize("length", range(8, len(SECRET)))
def test_a_text_that_was_cut_within_the_secret(length: int) -> None:
    assert redact(f"log: {SECRET[:length]}") == f"log: {REDACTED}"
    assert redact(f"{SECRET[:length]}, {SECRET}") == f"{REDACTED}, {REDACTED}"


@pytest.mark.parametrize("width", range(1, 12))
@pytest.mark.parametrize("wrap", ["\n", "\r\n    ", "\\n"])
def test_a_secret_that_was_wrapped(width: int, wrap: str) -> None:
    lines = [SECRET[start : start + width] for start in range(0, len(SECRET), width)]
    assert redact(f"log:\n{wrap.join(lines)}\nmore") == f"log:\n{REDACTED}\nmore"


def test_lines_without_secrets_stay_lines() -> None:
    text = f"one\ntwo {SECRET}\n\n  three\n"
    assert redact(text) == text.replace(SECRET, REDACTED)


def test_several_secrets_in_a_row() -> None:
    assert redact(f"ck-0123456789abcdef{SECRET}") == REDACTED * 2


def test_upload_urls_keep_what_is_no_secret() -> None:
    url = "http://127.0.0.1/b/k.json?X-Amz-Date=20260101T000000Z&X-Amz-Signature=0123abcd&x=1"
    assert redact(url) == url.replace("0123abcd", REDACTED)
    assert redact(quote(url, safe="")) == quote(url, safe="").replace("0123abcd%26x%3D1", REDACTED)


def test_what_s3_quotes_of_a_signature() -> None:
    text = "<SignatureProvided>0123abcd</SignatureProvided><Code>SignatureDoesNotMatch</Code>"
    assert redact(text) == text.replace("0123abcd", REDACTED)


def test_other_texts_stay() -> None:
    assert redact("contentHash sha256:0123 of ck-01") == "contentHash sha256:0123 of ck-01"
    assert Redactor()("anything") == "anything"


def test_what_signs_an_upload_url_is_known_by_value() -> None:
    t = perfect(life(example("1.0", "STRICT"), operations=(Operation(request_type="Create"),)))
    signature = UPLOAD_URL.rpartition("=")[2]
    assert Redactor.of(t)(f"S3 says: {signature}, calculated") == f"S3 says: {REDACTED}, calculated"


def test_white_space_without_end_is_no_wrap() -> None:
    text = "a" + " \t" * 200_000 + "b"
    assert Redactor("nothing-of-this")(text) == text
