"""What the sandbox keeps of a request: the exchange, and what it made of the ledgers."""

from __future__ import annotations

from dataclasses import dataclass

from chaim_conformance.transcript import Exchange, LedgerEntry


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request that reached the sandbox, numbered from 1 since it was reset.

    ``presign`` is the number of the presign whose URL an upload used. ``ledger`` and
    ``tolerant_ledger`` are the entries that the upload made: what the service does, and what it
    would have done without its objections.
    """

    number: int
    exchange: Exchange
    presign: int | None = None
    ledger: tuple[LedgerEntry, ...] = ()
    tolerant_ledger: tuple[LedgerEntry, ...] = ()
