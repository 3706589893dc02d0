"""What an author may have done wrong, where the request tells: one line each, no secrets in it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from chaim_conformance.checks.hash_hints import explain_hash
from chaim_conformance.checks.signature_hints import explain_signature
from chaim_conformance.plane import presign, sigv4
from chaim_conformance.plane.wire import path_of, query_of
from chaim_conformance.sandbox.seen import Seen
from chaim_conformance.transcript import Credentials, Exchange

WHOLE_URL = (
    "{what} is not that of uploadUrl: hand it to the HTTP client whole, neither taken apart nor "
    "unescaped"
)


def hints(seen: Seen, granted: Exchange | None, keys: Credentials) -> tuple[str, ...]:
    """The likely causes of what the service objects to; none where it is content.

    ``granted`` is the presign whose URL an upload used, ``keys`` are the right ones.
    """
    exchange = seen.exchange
    match exchange.endpoint:
        case "presign" if exchange.objections:
            return tuple(_of_presign(exchange, keys))
        case "bucket":
            return (*_of_upload(exchange, granted), *_of_hash(seen))
        case "elsewhere":
            return (_of_path(exchange),)
    return ()


def _of_path(exchange: Exchange) -> str:
    if presign.PRESIGN_PATH.fullmatch(path_of(exchange.target)):
        return "presign is a POST"
    return "the API has one resource: POST $CHAIM_API_BASE_URL/ingest/presign"


def _of_presign(exchange: Exchange, keys: Credentials) -> Iterator[str]:
    key = exchange.header("x-chaim-key")
    if key is None:
        yield "there is no header x-chaim-key"
    elif key != keys.api_key:
        yield "x-chaim-key is not the API_KEY that was printed at the start"
    signature = exchange.header("x-chaim-signature")
    if signature is None:
        yield "there is no header x-chaim-signature"
    elif any("x-chaim-signature" in one.message for one in exchange.objections):
        found = explain_signature(signature, exchange.body, key or "", keys.api_secret.encode())
        yield found or (
            f"x-chaim-signature is the HMAC-SHA256 in hex of the {len(exchange.body)} bytes of"
            " the body, just as they are sent, keyed with API_SECRET"
        )


def _of_upload(exchange: Exchange, granted: Exchange | None) -> Iterator[str]:
    refused = any(one.code == "SignatureDoesNotMatch" for one in exchange.objections)
    if not refused or granted is None or granted.upload_url is None:
        return
    if exchange.method != "PUT":
        yield f"uploadUrl is signed for PUT, this is {exchange.method}"
    kind = exchange.header("content-type")
    if kind != "application/json":
        yield f"uploadUrl is signed for Content-Type: application/json, this has {kind or 'none'}"
    if exchange.header("host") != sigv4.host_header(granted.upload_url):
        yield WHOLE_URL.format(what="the host")
    given, sent = urlsplit(granted.upload_url), exchange.target
    if sigv4.canonical_path(path_of(sent)) != sigv4.canonical_path(given.path):
        yield WHOLE_URL.format(what="the path")
    if sorted(sigv4.parameters(query_of(sent))) != sorted(sigv4.parameters(given.query)):
        yield WHOLE_URL.format(what="the query")


def _of_hash(seen: Seen) -> Iterator[str]:
    for entry in seen.ledger:
        if entry.verdict == "rejected" and "contentHash" in entry.reason:
            found = explain_hash(entry.content_hash, seen.exchange.body, "")
            yield found or "contentHash is sha256: and the SHA-256 of the very bytes of the PUT"
