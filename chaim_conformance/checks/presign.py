"""H20 to H26: the presign request, where it goes, what it holds, how it is signed."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from chaim_conformance.checks.evidence import (
    SHAPES,
    bundled,
    canaries,
    follows_a_close,
    is_healthy,
    json_object,
    obstacle,
    presign_fields,
    presigned,
    request_path,
    shown,
    told_plainly,
    unled,
    was_redirected,
)
from chaim_conformance.checks.identity import UUID4
from chaim_conformance.checks.registry import judges
from chaim_conformance.checks.signature_hints import explain_signature
from chaim_conformance.scenario import GOOD_CREDENTIALS
from chaim_conformance.transcript import AttemptRecord, Exchange, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation

PRESIGN_PATHS = {
    "plain": "/ingest/presign",
    "trailing-slash": "/ingest/presign",
    "path-prefix": "/v1/chaim/ingest/presign",
    "https": "/ingest/presign",
    "untrusted": "/ingest/presign",
}
CLOCK_SKEW = 300.0
MAX_PRESIGN_BYTES = 8192


@judges("H20")
def presigns_and_nothing_else(t: Transcript) -> Iterator[Finding]:
    """One POST to the presign path; another only after a presign or an upload that failed."""
    for record in t.attempts:
        if t.bundle(record).base_url in SHAPES:
            continue
        strays = (e for e in record.exchanges if e.endpoint == "elsewhere")
        stray = None if was_redirected(record) else next(strays, None)
        presigns = unled(record, "presign")
        misplaced = next((e for e in presigns if request_path(e) != PRESIGN_PATHS["plain"]), None)
        # An upload over a connection that was closed before does not always arrive.
        before, again = (None, None) if follows_a_close(t, record) else _needless_presign(record)
        if wrong := stray or misplaced:
            yield Violation(
                expected="POST {base}/ingest/presign, and no other request to the service",
                seen=f"{wrong.method} {wrong.target}",
                where=record,
                exchange=wrong,
            )
        elif before is not None:
            yield Violation(
                expected="no second presign: the first was granted and its upload accepted"
                if before.endpoint == "bucket"
                else "no second presign: the first was granted",
                seen=f"{len(record.presigns)} presigns in one attempt",
                where=record,
                exchange=again,
            )
        elif record.presigns:
            yield Upheld(where=record)
        elif is_healthy(t, record) and (clause := obstacle(t, record)):
            yield Blocked(by=clause, where=record)


def _needless_presign(record: AttemptRecord) -> tuple[Exchange, Exchange] | tuple[None, None]:
    """What succeeded just before a further presign, so that there was no need for it; and that."""
    requests = [e for e in record.exchanges if e.endpoint in ("presign", "bucket")]
    for before, exchange in pairwise(requests):
        if exchange.endpoint == "presign" and told_plainly(before) and not _is_malformed(before):
            return before, exchange
    return None, None


def _is_malformed(exchange: Exchange) -> bool:
    """Whether a presign answer of status 2xx holds no upload URL, as a fault has it."""
    if exchange.endpoint != "presign":
        return False
    url = (json_object(exchange.answer) or {}).get("uploadUrl")
    return not (isinstance(url, str) and url.startswith("http"))


@judges("H21")
def presign_body_is_complete(t: Transcript) -> Iterator[Finding]:
    """The body is JSON with its fields, the timestamp is of now, the nonce a UUID v4.

    Whether eventId, contentHash and appId are right, and whether appId is there at all, is for
    H02, H10 and H24 to say.
    """
    for item in presigned(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, exchange = item
        fields = json_object(exchange.body)
        if fields is None:
            yield Violation(
                expected="a JSON object",
                seen=f"{len(exchange.body)} bytes that are none: {exchange.body[:80]!r}",
                where=record,
                exchange=exchange,
            )
            continue
        complaint = _field_complaint(fields, exchange.received_at)
        if complaint is None:
            yield Upheld(where=record)
        else:
            expected, seen, hint = complaint
            yield Violation(
                expected=expected, seen=seen, where=record, hint=hint, exchange=exchange
            )


def _field_complaint(fields: dict[str, object], now: float) -> tuple[str, str, str] | None:
    for name in ("eventId", "contentHash", "timestamp", "nonce"):
        if not isinstance(fields.get(name), str):
            return f"field {name}, a string", f"{name}: {shown(fields.get(name))}", ""
    nonce, timestamp = str(fields["nonce"]), str(fields["timestamp"])
    if not UUID4.fullmatch(nonce):
        bare = re.fullmatch(r"[0-9a-fA-F]{32}", nonce) is not None
        hint = "a UUID is written with dashes" if bare else ""
        return "a nonce that is a UUID v4", f"nonce {shown(nonce)}", hint
    try:
        moment = datetime.fromisoformat(timestamp)
    except ValueError:
        hint = "these are seconds since 1970" if re.fullmatch(r"\d+(\.\d+)?", timestamp) else ""
        return "a timestamp in ISO 8601", f"timestamp {shown(timestamp)}", hint
    if moment.tzinfo is None or "T" not in timestamp.upper():
        expected = "a timestamp in ISO 8601 with `Z` or an offset"
        return expected, f"timestamp {shown(timestamp)}", "it has no zone: take the time in UTC"
    if abs(moment.timestamp() - now) > CLOCK_SKEW:
        off = round((moment.timestamp() - now) / 3600)
        hint = f"it is {off:+d} hours off: local time, marked as UTC" if off else ""
        return "a timestamp within 5 minutes of now", f"timestamp {shown(timestamp)}", hint
    return None


@judges("H22")
def signature_covers_the_body(t: Transcript) -> Iterator[Finding]:
    """Both headers are right for exactly the bytes sent."""
    for item in presigned(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, exchange = item
        if t.bundle(record).credentials not in GOOD_CREDENTIALS:
            continue  # that anything is sent at all is H82's affair
        key, signature = exchange.header("x-chaim-key"), exchange.header("x-chaim-signature")
        keys = t.keys(record)
        secret = keys.api_secret.encode()
        right = hmac.new(secret, exchange.body, hashlib.sha256).hexdigest()
        if key is None:
            yield Violation(
                expected="header x-chaim-key with the API key",
                seen="no such header",
                where=record,
                exchange=exchange,
            )
        elif key != keys.api_key:
            named = t.bundle(record).credentials != "environment"
            yield Blocked(by="H80" if named else "H81", where=record)
        elif signature is None or signature.lower() != right:
            yield Violation(
                expected="header x-chaim-signature: the hex HMAC-SHA256 of the"
                f" {len(exchange.body)} body bytes, keyed with the API secret",
                seen="no such header" if signature is None else "another signature",
                where=record,
                hint=explain_signature(signature or "", exchange.body, key, secret),
                exchange=exchange,
            )
        else:
            yield Upheld(where=record)


@judges("H23")
def nonces_are_fresh(t: Transcript) -> Iterator[Finding]:
    """No nonce is sent twice, in this attempt or another."""
    seen: dict[str, AttemptRecord] = {}
    for item in presigned(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, exchange = item
        nonce = presign_fields(exchange).get("nonce")
        if not isinstance(nonce, str):
            yield Blocked(by="H21", where=record)
            continue
        first = seen.get(nonce.lower())
        if first is not None:
            yield Violation(
                expected="a nonce never sent before",
                seen=f"nonce {nonce} again, first sent in {first}; the service answers 409",
                where=record,
                hint="draw the nonce anew for each request; unlike the eventId it must not depend "
                "on the RequestId",
                exchange=exchange,
            )
            return
        seen[nonce.lower()] = record
        yield Upheld(where=record)


@judges("H24")
def app_id_is_the_applications(t: Transcript) -> Iterator[Finding]:
    """The presign names the application, wherever the snapshot's format keeps it."""
    for item in presigned(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, exchange = item
        fields, wanted = json_object(exchange.body), t.bundle(record).app_id
        if fields is None:
            yield Blocked(by="H21", where=record)
        elif fields.get("appId") == wanted:
            yield Upheld(where=record)
        else:
            where = "identity.appId" if "identity" in bundled(t.bundle(record)) else "appId"
            yield Violation(
                expected=f"appId {shown(wanted)}, which the snapshot has in `{where}`",
                seen=f"appId {shown(fields.get('appId'))}",
                where=record,
                exchange=exchange,
            )


@judges("H25")
def presign_holds_no_schema(t: Transcript) -> Iterator[Finding]:
    """The presign body stays small, and nothing of the schema stands in it."""
    for item in presigned(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, exchange = item
        schema = bundled(t.bundle(record)).get("schema")
        planted = canaries(json.dumps(schema))
        leaked = sorted(planted & canaries(exchange.body.decode("utf-8", "replace")))
        if leaked:
            yield Violation(
                expected="nothing of the schema's fields in the presign body",
                seen=f"{len(leaked)} of its names, descriptions or defaults, say {leaked[0]}",
                where=record,
                exchange=exchange,
            )
        elif len(exchange.body) > MAX_PRESIGN_BYTES:
            yield Violation(
                expected="a presign body under 8 KiB, however large the snapshot",
                seen=f"{len(exchange.body)} bytes",
                where=record,
                exchange=exchange,
            )
        elif planted:
            yield Upheld(where=record)


@judges("H26")
def base_url_of_any_shape(t: Transcript) -> Iterator[Finding]:
    """A trailing slash and a path prefix lead to the presign path all the same."""
    for record in t.attempts:
        shape = t.bundle(record).base_url
        if shape not in SHAPES or not is_healthy(t, record):
            continue
        asked = [e for e in record.exchanges if e.endpoint in ("presign", "elsewhere")]
        paths = [f"{e.method} {request_path(e)}" for e in asked]
        wanted = f"POST {PRESIGN_PATHS[shape]}"
        if wanted in paths:
            yield Upheld(where=record)  # whatever else it asked for is H20's affair
        elif paths:
            yield Violation(
                expected=f"{wanted} (the base URL has a {shape.replace('-', ' ')})",
                seen=paths[0],
                where=record,
                exchange=asked[0],
            )
        else:
            yield Blocked(by=obstacle(t, record) or "H20", where=record)
