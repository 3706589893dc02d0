"""The sandbox's state as JSON: what was stored, what was sent, what is scripted; no secrets in it.

Its shape is this module's: exchanges as transcripts have them, numbered, and without what is good
for nothing but an attack.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from chaim_conformance.json_form import to_json
from chaim_conformance.plane.registry import IDENTITY
from chaim_conformance.report.redaction import REDACTED, Redactor
from chaim_conformance.sandbox.sandbox import Sandbox
from chaim_conformance.sandbox.seen import Seen
from chaim_conformance.scenario import Fault
from chaim_conformance.transcript import Entity, LedgerEntry

# Whatever their value, it opens something.
SECRET_HEADERS = frozenset(
    {
        "x-chaim-key",
        "x-chaim-signature",
        "authorization",
        "proxy-authorization",
        "cookie",
        "x-amz-security-token",
    }
)
# How much of a body is told (bytes).
LONGEST_BODY = 16 * 1024


def state(sandbox: Sandbox, redact: Redactor, *, after: int = 0) -> dict[str, Any]:
    """All that is known, of one moment; of exchanges only those after the first ``after``."""
    tenant = sandbox.tenant
    with tenant.at_once():
        seen, faults = sandbox.seen(after), sandbox.faults()
        objects, resets = tenant.objects, sandbox.resets
        entities, tolerant_entities = tenant.strict_entities, tenant.entities
        ledger, tolerant_ledger = tenant.ledger, tenant.tolerant_ledger
    document = {
        "api_url": sandbox.server.api_url,
        "policy": sandbox.policy.value,
        "started_at": _moment(sandbox.started_at),
        "resets": resets,
        "faults": {
            name: {"steps": [_step(one) for one in steps], "next": _step(now)}
            for name, (steps, now) in faults.items()
        },
        "entities": {
            "service": [_entity(one) for one in entities],
            "tolerant": [_entity(one) for one in tolerant_entities],
        },
        "ledger": {
            "service": [_entry(one) for one in ledger],
            "tolerant": [_entry(one) for one in tolerant_ledger],
        },
        "objects": [
            {
                "key": key,
                "size": len(body),
                "content_hash": f"sha256:{hashlib.sha256(body).hexdigest()}",
            }
            for key, body in objects.items()
        ],
        "exchanges": [_exchange(one, sandbox) for one in seen],
    }
    clean: dict[str, Any] = _redacted(document, redact)
    return clean


def _step(fault: Fault | None) -> str:
    return "ok" if fault is None else str(fault)


def _entity(entity: Entity) -> dict[str, Any]:
    identity = dict(zip(IDENTITY, entity.identity, strict=True))
    return {"identity": identity, "state": entity.state, "content_hash": entity.content_hash}


def _entry(entry: LedgerEntry) -> dict[str, Any]:
    fields: dict[str, Any] = to_json(entry)
    del fields["attempt"]  # there is but one here
    return fields | {"identity": dict(zip(IDENTITY, entry.identity, strict=True))}


def _exchange(seen: Seen, sandbox: Sandbox) -> dict[str, Any]:
    exchange = seen.exchange
    return {
        "number": seen.number,
        "endpoint": exchange.endpoint,
        "received_at": _moment(exchange.received_at),
        "method": exchange.method,
        "target": exchange.target,
        "headers": [_header(name, value) for name, value in exchange.headers],
        "body": _text(exchange.body),
        "body_size": len(exchange.body),
        "status": exchange.status,
        "answer": _text(exchange.answer),
        "fault": None if exchange.fault is None else str(exchange.fault),
        "objections": [to_json(one) for one in exchange.objections],
        "hints": list(sandbox.hints(seen)),
        "ledger": [_entry(one) for one in seen.ledger],
        "presign": seen.presign,
        "whole": exchange.whole,
    }


def _moment(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _header(name: str, value: str) -> list[str]:
    return [name, REDACTED if name.lower() in SECRET_HEADERS else value]


def _text(body: bytes) -> str:
    more = "" if len(body) <= LONGEST_BODY else f"… ({len(body)} bytes)"
    return body[:LONGEST_BODY].decode("utf-8", "replace") + more


def _redacted(value: Any, redact: Redactor) -> Any:
    match value:
        case str():
            return redact(value)
        case dict():
            return {name: _redacted(one, redact) for name, one in value.items()}
        case list():
            return [_redacted(one, redact) for one in value]
    return value
