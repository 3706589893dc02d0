"""Connections that are used again, by one invocation after the other, until one is spoilt."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

MOST_CONNECTIONS = 20


class Pool:
    """Makes connections with ``connect`` as they are needed, and keeps those that are sound."""

    def __init__(
        self, connect: Callable[[], psycopg.Connection], most: int = MOST_CONNECTIONS
    ) -> None:
        self._connect = connect
        self._room = threading.BoundedSemaphore(most)
        self._idle: list[psycopg.Connection] = []

    @contextmanager
    def transaction(self) -> Iterator[psycopg.Connection]:
        """A transaction: COMMIT where all goes well, else ROLLBACK, and the error goes on.

        A connection of which nobody can say how its transaction ended is thrown away.
        """
        with self._room:
            connection = self._take()
            try:
                connection.execute("BEGIN")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if _rolled_back(connection):
                    self._idle.append(connection)
                raise
            self._idle.append(connection)

    def _take(self) -> psycopg.Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._connect()

    def close(self) -> None:
        """Closes the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()


def _rolled_back(connection: psycopg.Connection) -> bool:
    """Whether ROLLBACK went well; if not, the connection is closed, and the server undoes it."""
    try:
        connection.execute("ROLLBACK")
    except psycopg.Error:
        connection.close()
        return False
    return True
