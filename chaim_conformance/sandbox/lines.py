"""A request in a few lines for a terminal: what came, what was answered, why it is refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from chaim_conformance.plane import Policy
from chaim_conformance.plane.wire import path_of
from chaim_conformance.report.redaction import Redactor, printable
from chaim_conformance.sandbox.seen import Seen
from chaim_conformance.transcript import LedgerEntry

INDENT = " " * 10
LONGEST_PATH = 100


def lines(seen: Seen, *, policy: Policy, hints: Sequence[str], redact: Redactor) -> list[str]:
    """The lines about a request; nothing in them is secret, or obeyed by a terminal."""
    moment = datetime.fromtimestamp(seen.exchange.received_at).strftime("%H:%M:%S")
    told = [f"{moment}  {_head(seen)}"]
    told += [f"{INDENT}{line}" for line in _further(seen, policy, hints)]
    return [printable(redact(line)) for line in told]


def _head(seen: Seen) -> str:
    exchange = seen.exchange
    path = path_of(exchange.target)
    path = path if len(path) <= LONGEST_PATH else f"{path[:LONGEST_PATH]}…"
    size = f", {len(exchange.body)} bytes" if exchange.body else ""
    cut = "" if exchange.whole else " (cut off)"
    status = exchange.status or "no answer"
    scripted = "" if exchange.fault is None else f" (fault: {exchange.fault})"
    request = f"{exchange.method} {path}{size}{cut}"
    return f"#{seen.number} {exchange.endpoint}: {request} -> {status}{scripted}"


def _further(seen: Seen, policy: Policy, hints: Sequence[str]) -> Iterator[str]:
    verb = "refused" if policy is Policy.STRICT else "would be refused"
    for place, objection in enumerate(seen.exchange.objections):
        word = verb if place == 0 else "and"
        yield f"{word}: {objection.status} {objection.code}: {objection.message}"
    yield from (f"ledger: {_entry(entry)}" for entry in seen.ledger)
    if not seen.ledger:
        yield from (f"ledger, were it accepted: {_entry(e)}" for e in seen.tolerant_ledger)
    yield from (f"hint: {hint}" for hint in hints)


def _entry(entry: LedgerEntry) -> str:
    reason = f" ({entry.reason})" if entry.reason else ""
    what = entry.resource_id or "no resourceId"
    return f"{entry.action} of {what}: {entry.verdict}{reason}"
