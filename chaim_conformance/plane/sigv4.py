"""AWS Signature Version 4 in the query string, as S3 reads it: signing and verifying.

Everything works on meanings: a path or a parameter is unescaped and escaped again in the one
canonical way, so that hex case, escaped unreserved characters and the order of parameters make
no difference, and everything else does. An unescaped ``+`` is a space to S3.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
REGION = "us-east-1"
TERMINATOR = "aws4_request"
UNSIGNED = "UNSIGNED-PAYLOAD"
DEFAULT_PORTS = {"http": 80, "https": 443}

Pairs = Iterable[tuple[str, str]]
Parameters = list[tuple[bytes, bytes]]


@dataclass(frozen=True, kw_only=True)
class KeyPair:
    """What signs: an access key, its secret and, for temporary credentials, a session token."""

    access_key: str
    secret_key: str
    token: str | None = None


def presign(
    url: str,
    keys: KeyPair,
    *,
    now: float,
    expires: int,
    method: str = "PUT",
    headers: Mapping[str, str] | None = None,
) -> str:
    """The URL with query parameters that permit this method and these signed headers.

    The path of ``url`` is escaped already. The result is what boto3 hands out, byte for byte.
    """
    parts = urlsplit(url)
    signed = {"host": host_header(url), **(headers or {})}
    names = sorted(signed)
    moment = timestamp(now)
    scope = f"{moment[:8]}/{REGION}/s3/{TERMINATOR}"
    pairs = [
        ("X-Amz-Algorithm", ALGORITHM),
        ("X-Amz-Credential", f"{keys.access_key}/{scope}"),
        ("X-Amz-Date", moment),
        ("X-Amz-Expires", str(expires)),
        ("X-Amz-SignedHeaders", ";".join(names)),
    ]
    if keys.token is not None:
        pairs.append(("X-Amz-Security-Token", keys.token))
    query = "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in pairs)
    canonical = canonical_request(method, parts.path, parameters(query), signed.items(), names)
    signature = sign(keys.secret_key, scope, string_to_sign(canonical, moment, scope))
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{query}&X-Amz-Signature={signature}"


def host_header(url: str) -> str:
    """The Host header that a client sends for this URL: no port where it is the usual one."""
    parts = urlsplit(url)
    if parts.port == DEFAULT_PORTS.get(parts.scheme):
        return parts.hostname or ""
    return parts.netloc


def timestamp(now: float) -> str:
    """The moment as X-Amz-Date has it."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")


def canonical_request(
    method: str, path: str, query: Parameters, headers: Pairs, signed_names: Iterable[str]
) -> str:
    """What is signed: every part in its one canonical spelling, the signature itself left out."""
    names = list(signed_names)
    values: dict[str, list[str]] = {name: [] for name in names}
    for name, value in headers:
        if (known := values.get(name.lower())) is not None:
            known.append(" ".join(value.split()))
    lines = "".join(f"{name}:{','.join(values[name])}\n" for name in names)
    return "\n".join(
        (method, canonical_path(path), canonical_query(query), lines, ";".join(names), UNSIGNED)
    )


def canonical_path(path: str) -> str:
    """The path with its bytes escaped as S3 escapes them."""
    return quote_from_bytes(_unescape(path), safe="/-_.~") or "/"


def canonical_query(query: Parameters) -> str:
    """The parameters but the signature, escaped alike and in order."""
    pairs = sorted(
        [(_escape(name), _escape(value)) for name, value in query if name != b"X-Amz-Signature"]
    )
    return "&".join([f"{name}={value}" for name, value in pairs])


def parameters(query: str) -> Parameters:
    """A query's parameters as the bytes that they mean, in the order sent."""
    pairs = [item.partition("=") for item in query.split("&") if item]
    return [(_unescape(name), _unescape(value)) for name, _, value in pairs]


# Names and most values are the same in every URL.
@lru_cache(maxsize=1024)
def _escape(meant: bytes) -> str:
    return quote_from_bytes(meant, safe="-_.~")


@lru_cache(maxsize=1024)
def _unescape(text: str) -> bytes:
    # A URL of the plane's own making is ASCII; a request target is latin-1.
    raw = text.replace("+", " ").encode("latin-1", "replace")
    return unquote_to_bytes(raw) if b"%" in raw else raw


def string_to_sign(canonical: str, moment: str, scope: str) -> str:
    """The text whose HMAC is the signature."""
    digest = hashlib.sha256(canonical.encode("latin-1", "replace")).hexdigest()
    return f"{ALGORITHM}\n{moment}\n{scope}\n{digest}"


def sign(secret_key: str, scope: str, text: str) -> str:
    """The signature of a text under a secret, for a scope ``date/region/service/terminator``."""
    key = _signing_key(secret_key, scope)
    return hmac.digest(key, text.encode("latin-1", "replace"), "sha256").hex()


# A key is good for a day, and most URLs of a tenant are of one.
@lru_cache(maxsize=256)
def _signing_key(secret_key: str, scope: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode("latin-1", "replace"), "sha256")
    return key
