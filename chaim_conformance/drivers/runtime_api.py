"""Serves the Lambda Runtime API on a loopback port to one process, while its caller waits on it.

There is no thread: the driver waits for one handler at a time and has nothing else to do, so it
serves in :meth:`RuntimeApi.serve` until what it waits for has come. Requests that arrive meanwhile
rest in the socket, just as Lambda freezes a sandbox between two invocations.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from typing import Any

import h11

from chaim_conformance.drivers.runtime_protocol import (
    MAX_PAYLOAD,
    Call,
    Reply,
    Result,
    RuntimeProtocol,
    State,
    Work,
)

_CHUNK = 256 * 1024
# Runtimes send stack traces in a header (X-Ray's cause), which AWS caps at 1 MiB.
_LONGEST_HEAD = 2 * 1024 * 1024
_SEND_SECONDS = 10


def _listen() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


class RuntimeApi:
    """One process's Runtime API, on its own port: no other process can answer for it."""

    def __init__(self, listen: Callable[[], socket.socket] = _listen) -> None:
        self._protocol = RuntimeProtocol()
        self._selector = selectors.DefaultSelector()
        self._listener = listen()
        self._listener.setblocking(False)
        self._connections: set[_Connection] = set()
        self._waiting: _Connection | None = None
        self.watch(self._listener, self._accept)

    @property
    def address(self) -> str:
        """What ``AWS_LAMBDA_RUNTIME_API`` says."""
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    @property
    def ready(self) -> bool:
        """Whether the runtime waits for work."""
        return self._protocol.state is State.WAITING

    @property
    def spent(self) -> str:
        """Why the runtime, one of the kit's own, should not load another bundle; empty: it may."""
        return self._protocol.spent

    @property
    def result(self) -> Result | None:
        """How the work ended, if it has."""
        return self._protocol.result

    def hand_out(self, work: Work) -> None:
        """Gives the waiting runtime its work."""
        connection, self._waiting = self._waiting, None
        reply = self._protocol.hand_out(work)
        if connection is not None:
            connection.send(reply)

    def watch(self, source: Any, on_readable: Callable[[], None]) -> None:
        """Has :meth:`serve` attend to another file too."""
        self._selector.register(source, selectors.EVENT_READ, on_readable)

    def unwatch(self, source: Any) -> None:
        """Undoes :meth:`watch`."""
        self._selector.unregister(source)

    def serve(self, seconds: float) -> None:
        """Attends to whatever is readable, waiting that long for it at most."""
        for key, _ in self._selector.select(max(0.0, seconds)):
            # One callback may close what a later one of the same round is about.
            if key.fd in self._selector.get_map():
                key.data()

    def close(self) -> None:
        """Closes the port and every connection."""
        for connection in tuple(self._connections):
            self._drop(connection)
        self._selector.close()
        self._listener.close()

    def _accept(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except OSError:  # gone before it was looked at
            return
        connection = _Connection(sock, self._receive)
        self._connections.add(connection)
        self.watch(sock, lambda: self._attend(connection))

    def _attend(self, connection: _Connection) -> None:
        if not connection.read():
            self._drop(connection)

    def _receive(self, connection: _Connection, call: Call) -> None:
        reply = self._protocol.receive(call)
        if reply is None:
            self._waiting = connection
        else:
            connection.send(reply)

    def _drop(self, connection: _Connection) -> None:
        if connection is self._waiting:
            self._waiting = None
            self._protocol.hung_up()
        self._connections.discard(connection)
        self.unwatch(connection.sock)
        connection.sock.close()


class _Connection:
    """One keep-alive connection of the runtime."""

    def __init__(self, sock: socket.socket, on_call: Callable[[_Connection, Call], None]) -> None:
        sock.settimeout(_SEND_SECONDS)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self._on_call = on_call
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD)
        self._request: h11.Request | None = None
        self._body = bytearray()
        self._size = 0

    def read(self) -> bool:
        """Takes in what has arrived; false when the connection is of no more use."""
        try:
            self._http.receive_data(self.sock.recv(_CHUNK))
            return self._advance()
        except h11.RemoteProtocolError as error:
            return self._refuse(error.error_status_hint)
        except (OSError, h11.LocalProtocolError):
            return False

    def send(self, reply: Reply) -> None:
        """Answers; a runtime that is gone or does not read is noticed by its end."""
        headers = [*reply.headers, ("content-length", str(len(reply.body)))]
        parts = (
            self._http.send(h11.Response(status_code=reply.status, headers=headers)),
            self._http.send(h11.Data(data=reply.body)),
            self._http.send(h11.EndOfMessage()),
        )
        try:
            self.sock.sendall(b"".join(part or b"" for part in parts))
        except OSError:
            return

    def _advance(self) -> bool:
        while True:
            if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
                self._http.start_next_cycle()
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    go_on = h11.InformationalResponse(status_code=100, headers=[])
                    self.sock.sendall(self._http.send(go_on) or b"")
                return True
            if event is h11.PAUSED:
                return self._http.our_state is not h11.MUST_CLOSE
            if isinstance(event, h11.Request):
                self._request, self._body, self._size = event, bytearray(), 0
            elif isinstance(event, h11.Data):
                self._size += len(event.data)
                if self._size <= MAX_PAYLOAD:
                    self._body += event.data
            elif isinstance(event, h11.EndOfMessage):
                self._on_call(self, self._call())
            else:  # ConnectionClosed
                return False

    def _call(self) -> Call:
        assert self._request is not None  # h11 yields no end without a beginning
        return Call(
            method=self._request.method.decode("ascii"),
            path=self._request.target.decode("latin-1"),
            headers={k.decode("latin-1"): v.decode("latin-1") for k, v in self._request.headers},
            body=bytes(self._body),
            size=self._size,
        )

    def _refuse(self, status: int) -> bool:
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.send(Reply(status=status, headers=(("connection", "close"),)))
        return False
