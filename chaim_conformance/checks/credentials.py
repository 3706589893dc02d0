"""H81 and H82: where credentials come from, and what becomes of a publisher without them."""

from __future__ import annotations

from collections.abc import Iterator

from chaim_conformance.checks.evidence import presigned
from chaim_conformance.checks.registry import judges
from chaim_conformance.checks.troubles import as_an_error, trouble_of
from chaim_conformance.transcript import Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation


@judges("H81")
def key_is_the_environments(t: Transcript) -> Iterator[Finding]:
    """With no secret named, the presign is made with the API key of the environment.

    The API secret never travels; that the signature is made with it is H22's to say.
    """
    for item in presigned(t):
        if isinstance(item, Blocked):
            yield item
            continue
        record, exchange = item
        key = exchange.header("x-chaim-key")
        if t.bundle(record).credentials != "environment":
            continue
        if key is None:
            yield Blocked(by="H22", where=record)
        elif key == t.credentials.api_key:
            yield Upheld(where=record)
        else:
            yield Violation(
                expected="header x-chaim-key with the value of API_KEY",
                seen="another value" if key else "an empty one",
                where=record,
                hint=_key_hint(key, t.credentials.api_key, t.credentials.api_secret),
            )


def _key_hint(key: str, api_key: str, api_secret: str) -> str:
    """What was sent instead, where that is certain."""
    if key == api_secret:
        return "this is API_SECRET, which must never be sent: key and secret are swapped"
    if key.lower() == api_key.lower():
        return "only the case differs: send API_KEY as it is"
    if len(key) >= 8 and key in api_key:
        return "this is a part of API_KEY: send all of it"
    return ""


@judges("H82")
def no_credentials_no_request(t: Transcript) -> Iterator[Finding]:
    """Without usable credentials nothing is sent, and the ingestion has failed."""
    for record in t.attempts:
        if t.bundle(record).credentials == "environment":
            continue
        sent = [e for e in record.exchanges if e.endpoint != "response-url"]
        if sent:
            key = sent[0].header("x-chaim-key")
            yield Violation(
                expected=f"nothing is sent to the service: {trouble_of(t, record)}",
                seen=f"{sent[0].method} {sent[0].target.partition('?')[0]}",
                where=record,
                hint=f"it was sent with the key {key!r}: the unset variable became a text"
                if key in ("undefined", "None", "null")
                else "",
            )
        else:
            yield as_an_error(t, record)
