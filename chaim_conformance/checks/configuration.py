"""H80 to H82 and H92: where credentials come from, or none, and values without meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chaim_conformance.checks.evidence import (
    FAILURE_MODES,
    answer_text,
    ending,
    is_healthy,
    is_sound,
    new_lines,
    obstacle,
    presigned,
)
from chaim_conformance.checks.registry import judges
from chaim_conformance.checks.troubles import as_an_error, healthy_failure, trouble_of
from chaim_conformance.scenario import GOOD_CREDENTIALS, OBSERVED, OBSERVED_LESS_ONE, Bundle
from chaim_conformance.transcript import AttemptRecord, Transcript
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation


@judges("H80")
def key_is_the_secrets(t: Transcript) -> Iterator[Finding]:
    """With a secret named, the presign is made with the API key that the secret holds now."""
    for record in t.attempts:
        if not (t.bundle(record).names_a_secret and is_healthy(t, record)):
            continue
        keys = {e.header("x-chaim-key"): e for e in reversed(record.presigns)}
        current = t.keys(record)
        if None in keys:
            yield Blocked(by="H22", where=record)
        elif keys.keys() == {current.api_key}:
            yield Upheld(where=record)
        elif keys:
            other = next(key for key in keys if key != current.api_key)
            yield Violation(
                expected="header x-chaim-key with the apiKey of the secret that SECRET_NAME names",
                seen="another value",
                where=record,
                hint=_other_source(t, record, other),
                exchange=keys[other],
            )
        elif (clause := obstacle(t, record)) and clause != "H80":
            yield Blocked(by=clause, where=record)
        else:
            asked = any(e.endpoint == "secrets" for e in record.exchanges)
            yield Violation(
                expected="a presign with the credentials of the secret that SECRET_NAME names",
                seen=f"no presign; {ending(record)}",
                where=record,
                hint="" if asked else "Secrets Manager was not asked",
            )


def _other_source(t: Transcript, record: AttemptRecord, key: str | None) -> str:
    """Where another key comes from, where that is certain."""
    if t.beside is not None and key == t.beside.api_key:
        return "this is API_KEY of the environment: where both are set, the secret wins"
    if key in [keys.api_key for keys in t.credentials]:
        return "this is the key of before the rotation, which was kept: ask in every attempt"
    if key in (t.keys(record).api_secret, None if t.beside is None else t.beside.api_secret):
        return "this is the API secret, which must never be sent: key and secret are swapped"
    return ""


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
        elif key == t.keys(record).api_key:
            yield Upheld(where=record)
        else:
            yield Violation(
                expected="header x-chaim-key with the value of API_KEY",
                seen="another value" if key else "an empty one",
                where=record,
                hint=_key_hint(key, t.keys(record).api_key, t.keys(record).api_secret),
                exchange=exchange,
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
        if t.bundle(record).credentials in GOOD_CREDENTIALS:
            continue
        sent = [e for e in record.exchanges if e.endpoint not in ("response-url", "secrets")]
        if sent:
            key = sent[0].header("x-chaim-key")
            named = "secret's value" if t.bundle(record).names_a_secret else "unset variable"
            yield Violation(
                expected=f"nothing is sent to the service: {trouble_of(t, record)}",
                seen=f"{sent[0].method} {sent[0].target.partition('?')[0]}",
                where=record,
                hint=f"it was sent with the key {key!r}: the {named} became a text"
                if key in ("undefined", "None", "null")
                else "",
                exchange=sent[0],
            )
        else:
            yield as_an_error(t, record)


@judges("H92")
def odd_values_are_named(t: Transcript) -> Iterator[Finding]:
    """A value that the publisher cannot understand is named in its log or its answer.

    What a run with sound values prints as well names nothing. A mode that was taken for STRICT,
    whatever its case, was understood.
    """
    sound = [record for record in t.attempts if is_sound(t.bundle(record))]
    for bundle in dict.fromkeys(t.bundle(record) for record in t.attempts):
        records = [record for record in t.attempts if t.bundle(record) == bundle]
        odd = _odd_value(bundle)
        if odd is None:
            continue
        name, value = odd
        answers = (text for r in records for text in (r.answer.reason, answer_text(t, r)))
        said = "\n".join((*(line for r in records for line in new_lines(r, sound)), *answers))
        refused = [r for r in records if t.stimulus(r).presign]
        understood = value.upper() == "STRICT" and any(r.answer.status == "FAILED" for r in refused)
        own = re.escape(dict(t.names).get(name, name))
        if understood or re.search(rf"\b({re.escape(value)}|{name}|{own})\b", said):
            yield Upheld(where=records[0])
        elif blocked := healthy_failure(t):
            yield Blocked(by=blocked, where=records[0])
        else:
            yield Violation(
                expected=f"a word in the log about {name}={value!r}",
                seen=f"nothing that a run with sound values does not say; {ending(records[-1])}",
                where=records[-1],
            )


def _odd_value(bundle: Bundle) -> tuple[str, str] | None:
    """The variable that has a value of no meaning."""
    if bundle.failure_mode not in FAILURE_MODES:
        return "FAILURE_MODE", str(bundle.failure_mode)
    limit = bundle.max_snapshot_bytes
    if limit is None or limit.isdigit() or limit in (OBSERVED, OBSERVED_LESS_ONE):
        return None
    return "CHAIM_MAX_SNAPSHOT_BYTES", limit
