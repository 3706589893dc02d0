"""Moves money: all of a transfer or nothing, and again for as long as another one was faster."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.errors import SerializationFailure

from transfer.pool import Pool

# Waits between attempts (seconds), by chance up to a bound that doubles: who waits as long as the
# others meets them again.
FIRST_WAIT, LONGEST_WAIT = 0.005, 0.25
# By then it is the longest; of a number without end no float can be made.
DOUBLINGS = 10


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """An order: so much, from one account to another. :class:`ValueError`: it is none."""

    payer: int
    payee: int
    amount: int

    def __post_init__(self) -> None:
        if self.payer == self.payee:
            raise ValueError("payerId and payeeId are the same account")
        if self.amount <= 0:
            raise ValueError(f"amount: expected more than nothing, got {self.amount}")

    @classmethod
    def of(cls, event: dict[str, Any]) -> Transfer:
        """The one that an event asks for."""
        names = {"payerId": "payer", "payeeId": "payee", "amount": "amount"}
        for name in names:
            if type(event.get(name)) is not int:
                raise ValueError(f"{name}: expected an integer, got {event.get(name)!r}")
        return cls(**{field: event[name] for name, field in names.items()})


class Refused(Exception):
    """The transfer cannot be made, however often it is tried."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def perform(
    pool: Pool,
    transfer: Transfer,
    *,
    ends: float,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """Makes the transfer, and says how often it had to be tried again.

    On a conflict the database has undone the attempt, so the next one is the first as far as
    anybody can see; this goes on until ``ends``, by the clock. What else the database reports is
    returned with its code. A connection that broke has no code, and is raised: if it broke at
    COMMIT, nobody knows whether the transfer was made.
    """
    retries = 0
    while True:
        try:
            with pool.transaction() as connection:
                balance = _move(connection, transfer)
        except SerializationFailure as conflict:  # 40001, from any statement, COMMIT too
            wait = random.uniform(0, min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(retries, DOUBLINGS)))
            if clock() + wait >= ends:
                return _failed(str(conflict), conflict.sqlstate, retries)
            retries += 1
            time.sleep(wait)
        except Refused as refused:
            return _failed(str(refused), refused.code, retries)
        except psycopg.Error as error:
            if error.sqlstate is None:
                raise
            return _failed(str(error), error.sqlstate, retries)
        else:
            return {"balance": balance, "retries": retries}


def _failed(message: str, code: str | None, retries: int) -> dict[str, Any]:
    return {"error": message, "errorCode": code, "retries": retries}


def _move(connection: psycopg.Connection, transfer: Transfer) -> int:
    """The transfer, inside a transaction; the payer's new balance.

    What is written was computed from what was read: that is right because the database lets no two
    transactions commit that would both have read the old balance.
    """
    rows = connection.execute(
        "SELECT id, balance FROM accounts WHERE id IN (%s, %s)", (transfer.payer, transfer.payee)
    )
    balances: dict[int, int] = dict(rows.fetchall())
    for account in (transfer.payer, transfer.payee):
        if account not in balances:
            raise Refused("NO_SUCH_ACCOUNT", f"there is no account {account}")
    left = balances[transfer.payer] - transfer.amount
    if left < 0:
        raise Refused("INSUFFICIENT_BALANCE", f"account {transfer.payer} has too little")
    new = {transfer.payer: left, transfer.payee: balances[transfer.payee] + transfer.amount}
    # Always in the same order: where writing takes locks, nobody waits for who waits for them.
    for account, balance in sorted(new.items()):
        connection.execute("UPDATE accounts SET balance = %s WHERE id = %s", (balance, account))
    connection.execute(
        "INSERT INTO transactions (payer_id, payee_id, amount) VALUES (%s, %s, %s)",
        (transfer.payer, transfer.payee, transfer.amount),
    )
    return left
