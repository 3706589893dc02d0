"""A client that costs next to nothing: it writes prepared bytes and reads whole answers."""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

TIMEOUT = 30
CHUNK = 64 * 1024


def put(target: str, body: bytes, *, port: int) -> bytes:
    """The bytes of an upload."""
    head = (
        f"PUT {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("latin-1") + body


@dataclass
class Connection:
    """One keep-alive connection; a server that closes it is called again."""

    port: int
    opened: int = 0
    _socket: socket.socket | None = field(default=None, repr=False)

    def send(self, request: bytes) -> None:
        """Writes a request."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.opened += 1
        self._socket.sendall(request)

    def status(self) -> int:
        """Reads the answer, whose length has to be declared."""
        assert self._socket is not None
        received = b""
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._read()
        head = received[:end].lower()
        length = int(head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0] or 0)
        left = end + 4 + length - len(received)
        while left > 0:
            left -= len(self._read())
        if b"\r\nconnection: close" in head or head.startswith(b"http/1.0"):
            self.close()
        return int(head[9:12])

    def close(self) -> None:
        """Hangs up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _read(self) -> bytes:
        assert self._socket is not None
        chunk = self._socket.recv(CHUNK)
        if not chunk:
            raise ConnectionError("the server hung up amid an answer")
        return chunk


def rate(connections: Sequence[Connection], requests: Sequence[bytes]) -> float:
    """Requests per second; each connection has one under way, so that the server never waits."""
    busy = len(connections)
    begun = time.perf_counter()
    for connection, request in zip(connections, requests[:busy], strict=True):
        connection.send(request)
    for number in range(len(requests)):
        connection = connections[number % busy]
        if (status := connection.status()) != 200:
            raise RuntimeError(f"an upload was answered {status}")
        if number + busy < len(requests):
            connection.send(requests[number + busy])
    return len(requests) / (time.perf_counter() - begun)
