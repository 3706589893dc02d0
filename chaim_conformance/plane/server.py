"""The plane on loopback sockets: asyncio and h11 in a thread of their own, HTTP or HTTPS."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import h11

from chaim_conformance.errors import HarnessError
from chaim_conformance.plane.core import Plane
from chaim_conformance.plane.wire import Listener, Request, Response

HOST = "127.0.0.1"
MAX_BODY = 64 * 1024 * 1024
MAX_HEAD = 256 * 1024
BACKLOG = 256
START_SECONDS = 30.0
HANG_UP_TURNS = 1000
NO_LINGER = struct.pack("ii", 1, 0)
BODILESS = frozenset({204, 304})


class PlaneServer:
    """Serves a plane: listeners, each on a free port of 127.0.0.1; a context manager.

    Starting sets ``plane.api_url`` and ``plane.bucket_url``; that of Secrets Manager is opened when
    its URL is first asked for, and speaks plain HTTP. With ``https`` there is a throw-away
    certificate authority, whose certificate is the file ``ca_file`` until the server is closed.
    ``clock`` is the plane's time, and may be replaced while the server runs.

    A request is recorded once it is whole: one whose sender gave up half-way, or that is no HTTP
    (it is answered 400), or larger than 64 MiB (413), never reaches the plane.
    """

    def __init__(
        self,
        plane: Plane,
        *,
        scheme: Literal["http", "https"] = "http",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.plane = plane
        self.scheme = scheme
        self.clock = clock
        self.api_url = ""
        self.bucket_url = ""
        self.ca_file: Path | None = None
        self._secrets: socket.socket | None = None
        self._sockets: list[socket.socket] = []
        self._greetings: set[asyncio.Task[Any]] = set()
        self._directory: Path | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Opens both listeners; they accept requests when this returns."""
        if self._thread is not None:
            raise HarnessError("this PlaneServer was started before; make another one")
        context = self._certify() if self.scheme == "https" else None
        self._thread = threading.Thread(
            target=self._run, args=(context,), name="chaim-plane", daemon=True
        )
        self._thread.start()
        started = self._ready.wait(START_SECONDS)
        if self._failure is not None or not started:
            self.close()
            raise HarnessError(
                f"the plane could not listen on {HOST}: {self._failure or 'no answer'}"
            ) from self._failure

    @property
    def secrets_url(self) -> str:
        """Where Secrets Manager is, for ``AWS_ENDPOINT_URL_SECRETS_MANAGER``."""
        if self._loop is None:
            raise HarnessError("this PlaneServer is not started")
        if self._secrets is None:
            self._secrets = socket.create_server((HOST, 0), backlog=BACKLOG)
            self._loop.call_soon_threadsafe(self._listen, "secrets", self._secrets, None)
        return f"http://{HOST}:{self._secrets.getsockname()[1]}"

    def close(self) -> None:
        """Closes listeners and connections, and ends the thread; more than once does no harm."""
        thread, loop, stop = self._thread, self._loop, self._stop
        if thread is not None and loop is not None and stop is not None and thread.is_alive():
            loop.call_soon_threadsafe(stop.set)
        if thread is not None:
            thread.join(START_SECONDS)
        if self._secrets is not None:
            self._secrets.close()
            self._secrets = None
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = self.ca_file = None

    def _certify(self) -> ssl.SSLContext:
        import trustme  # costs an import of cryptography, which plain HTTP does without

        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST, "localhost").configure_cert(context)
        self._directory = Path(tempfile.mkdtemp(prefix="chaim-plane-"))
        self.ca_file = self._directory / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        return context

    def _run(self, context: ssl.SSLContext | None) -> None:
        try:
            with (
                socket.create_server((HOST, 0), backlog=BACKLOG) as api,
                socket.create_server((HOST, 0), backlog=BACKLOG) as bucket,
                # Windows has readers for listening sockets with this loop only.
                asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner,
            ):
                runner.run(self._serve({"api": api, "bucket": bucket}, context))
        except BaseException as error:  # the thread that called start() has to hear of it
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(
        self, listeners: dict[Listener, socket.socket], context: ssl.SSLContext | None
    ) -> None:
        loop = asyncio.get_running_loop()
        # A client that goes away is none of the server's business.
        loop.set_exception_handler(_ignore_lost_clients)
        ports = [listening.getsockname()[1] for listening in listeners.values()]
        self.api_url, self.bucket_url = (f"{self.scheme}://{HOST}:{port}" for port in ports)
        self.plane.api_url, self.plane.bucket_url = self.api_url, self.bucket_url
        for listener, listening in listeners.items():
            self._listen(listener, listening, context)
        self._loop, self._stop = loop, asyncio.Event()
        self._ready.set()
        await self._stop.wait()
        for listening in listeners.values():
            loop.remove_reader(listening)
        if self._secrets is not None:
            loop.remove_reader(self._secrets)
        await self._hang_up()

    def _listen(
        self, listener: Listener, listening: socket.socket, context: ssl.SSLContext | None
    ) -> None:
        listening.setblocking(False)
        loop = asyncio.get_running_loop()
        loop.add_reader(listening, self._accept, listener, listening, context)

    async def _hang_up(self) -> None:
        """Ends every connection, also those that are amid a TLS handshake, while the loop runs."""
        for connection in self._sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for _ in range(HANG_UP_TURNS):
            if all(connection.fileno() < 0 for connection in self._sockets):
                return
            await asyncio.sleep(0.001)

    def _accept(
        self, listener: Listener, listening: socket.socket, context: ssl.SSLContext | None
    ) -> None:
        try:
            connection, _ = listening.accept()
        except OSError:  # it was gone before it was greeted
            return
        self._sockets = [known for known in self._sockets if known.fileno() >= 0]
        self._sockets.append(connection)
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        loop = asyncio.get_running_loop()
        greeting = loop.create_task(
            loop.connect_accepted_socket(
                lambda: _Connection(self, listener), connection, ssl=context
            )
        )
        self._greetings.add(greeting)  # the loop itself keeps tasks by weak references only
        greeting.add_done_callback(self._greeted)

    def _greeted(self, greeting: asyncio.Task[Any]) -> None:
        self._greetings.discard(greeting)
        if not greeting.cancelled():
            greeting.exception()  # a client that refuses the certificate is none either


def _ignore_lost_clients(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), OSError):  # ssl.SSLError is one
        loop.default_exception_handler(context)


def _declared_length(head: h11.Request) -> int:
    # h11 has checked that it is digits, and allows no two that differ.
    return next((int(value) for name, value in head.headers if name == b"content-length"), 0)


class _Connection(asyncio.Protocol):
    """One client's connection: bytes to requests, answers to bytes, all logic left to the plane."""

    def __init__(self, server: PlaneServer, listener: Listener) -> None:
        self._server = server
        self._listener = listener
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._head: h11.Request | None = None
        self._body: list[bytes] = []
        self._size = 0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            self._http.receive_data(data)
            self._advance()
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint)
        except Exception:  # the plane has kept it for end_attempt()
            self._refuse(500)

    def eof_received(self) -> bool:
        # The peer may have closed its half only, and wait for the answer to what it sent.
        return False

    def _advance(self) -> None:
        """Takes whatever is complete by now."""
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    go_ahead = h11.InformationalResponse(status_code=100, headers=[])
                    self._write(self._http.send(go_ahead))
                return
            if isinstance(event, h11.Request):
                self._head, self._body, self._size = event, [], 0
                if _declared_length(event) > MAX_BODY:
                    self._refuse(413)
                    return
            elif isinstance(event, h11.Data):
                self._size += len(event.data)
                if self._size > MAX_BODY:
                    self._refuse(413)
                    return
                self._body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self._answer()
                if self._http.our_state is not h11.DONE:
                    return
                self._http.start_next_cycle()
            else:  # PAUSED or ConnectionClosed: nothing more will come
                return

    def _answer(self) -> None:
        head = self._head
        assert head is not None
        request = Request(
            listener=self._listener,
            method=head.method.decode("ascii"),
            target=head.target.decode("latin-1"),
            headers=tuple(
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in head.headers.raw_items()
            ),
            body=b"".join(self._body),
        )
        self._body = []
        response = self._server.plane.handle(request, self._server.clock())
        if response is None:
            self._reset()
        else:
            self._send(response, has_body=request.method != "HEAD")

    def _send(self, response: Response, *, has_body: bool) -> None:
        body = b"" if response.status in BODILESS else response.body
        headers = [*response.headers, ("Content-Length", str(len(body)))]
        head = h11.Response(status_code=response.status, headers=headers)
        data = self._http.send(head) or b""
        if body and has_body:
            data += self._http.send(h11.Data(data=body)) or b""
        data += self._http.send(h11.EndOfMessage()) or b""
        self._write(data)
        if self._http.our_state is h11.MUST_CLOSE:
            self._transport.close()

    def _write(self, data: bytes | None) -> None:
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def _refuse(self, status: int) -> None:
        """Answers what is no request that the plane could be asked about, and closes."""
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = (("Connection", "close"),)
            self._send(Response(status=status, headers=headers), has_body=True)
        self._transport.close()

    def _reset(self) -> None:
        """Closes without an answer, with RST where the system can."""
        connection = self._transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self._transport.abort()
