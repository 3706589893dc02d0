"""What Lambda calls: ``{"payerId": 1, "payeeId": 2, "amount": 10}``."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import Any

import psycopg

from transfer.pool import Pool
from transfer.transfers import Transfer, perform

# What is left to answer in, when the function's own time is nearly up (seconds).
RESERVE = 2.0


@cache
def pool() -> Pool:
    """The one of this process: invocations come one after the other and use it again."""
    return Pool(_connect)


def _connect() -> psycopg.Connection:
    # Imported here: tests connect to a server of their own, and need no SDK for it.
    import boto3

    host, region = os.environ["CLUSTER_ENDPOINT"], os.environ["AWS_REGION"]
    # A token lives for minutes, so each connection has a fresh one.
    token = boto3.client("dsql", region_name=region).generate_db_connect_auth_token(host, region)
    return psycopg.connect(
        host=host,
        dbname="postgres",
        user="myapp",
        password=token,
        sslmode="verify-full",
        sslrootcert="system",
        connect_timeout=5,
        autocommit=True,  # BEGIN and COMMIT are written out
    )


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The payer's new balance, or what is wrong with its code; and the number of retries."""
    ends = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - RESERVE
    try:
        transfer = Transfer.of(event)
    except ValueError as error:
        return {"error": str(error), "errorCode": "BAD_REQUEST", "retries": 0}
    return perform(pool(), transfer, ends=ends)
