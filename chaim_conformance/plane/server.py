"""The plane on loopback sockets: asyncio and h11 in a thread of their own, HTTP or HTTPS."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from chaim_conformance.errors import HarnessError
from chaim_conformance.plane.certificates import Certificates
from chaim_conformance.plane.connection import Connection
from chaim_conformance.plane.core import Plane
from chaim_conformance.plane.wire import Listener, Tls

HOST = "127.0.0.1"
# All of these are the machine itself on Linux, so that some kits at once have a port 443 each.
LOOPBACK = (HOST, *(f"127.0.0.{n}" for n in range(2, 17)))
HTTPS_PORT = 443
BACKLOG = 256
START_SECONDS = 30.0
HANG_UP_TURNS = 1000


def listen_on_loopback(port: int) -> socket.socket:
    """A socket that listens on this port of 127.0.0.1; 0 is any free one.

    Where somebody else has the port, it is that of another loopback address. Raises
    :class:`OSError` where the system gives none.
    """
    refusals = []
    for host in LOOPBACK:
        try:
            return socket.create_server((host, port), backlog=BACKLOG)
        except OSError as error:
            refusals.append(error)
    raise refusals[0]


@dataclass(frozen=True)
class _Door:
    """A listener, its TLS, and the name under which clients are sent to it."""

    listener: Listener
    tls: Tls
    name: str = HOST


# Every listener that there can be. All but the two of the server's own scheme open when they are
# first asked for. A stranger is another host: another name will do, and a port.
DOORS = {
    (door.listener, door.tls): door
    for door in (
        _Door("api", "usual"),
        _Door("api", "trusted"),
        _Door("api", "untrusted"),
        _Door("bucket", "usual"),
        _Door("bucket", "trusted"),
        _Door("bucket", "untrusted"),
        _Door("stranger", "usual", "localhost"),
        _Door("stranger", "trusted", "localhost"),
        _Door("stranger", "none"),
        _Door("secrets", "none"),
    )
}


class PlaneServer:
    """Serves a plane: listeners, each on a free port of 127.0.0.1; a context manager.

    Starting sets ``plane.api_url`` and ``plane.bucket_url``. With ``https`` there is a throw-away
    certificate authority, whose certificate is the file ``ca_file`` until the server is closed.
    ``clock`` is the plane's time, and may be replaced while the server runs. ``listen`` makes the
    listening socket for a port. Further listeners (``DOORS``) open when :meth:`url` names them.

    ``host`` is an address of the machine itself, ``port`` that of the API; 0 is any free one.

    Another listener, at ``plane.answer_url``, takes the answers to CloudFormation; with
    ``answer_port`` it is there, over https whatever the scheme, as many handlers insist on.

    A request is recorded once it is whole: one whose sender gave up half-way, or that is no HTTP
    (it is answered 400, 431 or 501), or larger than 64 MiB (413), never reaches the plane.
    """

    def __init__(
        self,
        plane: Plane,
        *,
        scheme: Literal["http", "https"] = "http",
        clock: Callable[[], float] = time.time,
        listen: Callable[[int], socket.socket] = listen_on_loopback,
        answer_port: int | None = None,
        host: str = HOST,
        port: int = 0,
    ) -> None:
        self.plane = plane
        self.scheme = scheme
        self.clock = clock
        self.api_url = ""
        self.bucket_url = ""
        self._listen = listen
        self.answer_port = answer_port
        self._host = host
        self._port = port
        self._certificates = Certificates(*{*LOOPBACK, host}, "localhost")
        self._open: dict[tuple[Listener, Tls], socket.socket] = {}
        self._listening: list[socket.socket] = []
        self._opening = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._greetings: set[asyncio.Task[Any]] = set()
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

    @property
    def ca_file(self) -> Path | None:
        """The certificate that clients have to be told of, once there is one."""
        return self._certificates.ca_file

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return sum(connection.fileno() >= 0 for connection in self._sockets)

    def authority(self) -> Path:
        """The same, made if there was none."""
        with self._opening:
            return self._certificates.authority()

    def start(self) -> None:
        """Opens the listeners; they accept requests when this returns.

        Raises :class:`HarnessError` where a port cannot be had.
        """
        if self._thread is not None:
            raise HarnessError("this PlaneServer was started before; make another one")
        self._thread = threading.Thread(target=self._run, name="chaim-plane", daemon=True)
        self._thread.start()
        started = self._ready.wait(START_SECONDS)
        try:
            if self._failure is not None or not started:
                raise OSError(self._failure or "no answer")
            self.api_url, self.bucket_url = self.url("api", "usual"), self.url("bucket", "usual")
            self.plane.answer_url = self._answer_url(self.answer_port)
        except OSError as error:
            self.close()
            raise HarnessError(f"the plane could not listen on {self._host}: {error}") from error
        self.plane.api_url, self.plane.bucket_url = self.api_url, self.bucket_url
        self.plane.locate = self.url

    def url(self, listener: Listener, tls: Tls) -> str:
        """Where a listener is, which is opened if it was not yet.

        Raises :class:`OSError` where the system has no port, :class:`KeyError` where there is no
        such door.
        """
        door = DOORS[listener, tls]
        with self._opening:
            if (listener, tls) not in self._open:
                is_api = (listener, tls) == ("api", "usual")
                self._open[listener, tls] = self._opened(door, self._port if is_api else 0)
            port = self._open[listener, tls].getsockname()[1]
        scheme = {"usual": self.scheme, "none": "http"}.get(tls, "https")
        return f"{scheme}://{self._host if door.name == HOST else door.name}:{port}"

    def _answer_url(self, wanted: int | None) -> str:
        """Where answers go: to a host of their own, whose connections no upload shares."""
        with self._opening:
            if wanted is None:
                host, port = self._opened(_Door("bucket", "usual")).getsockname()
                return f"{self.scheme}://{host}:{port}"
            host, port = self._opened(_Door("bucket", "trusted"), wanted).getsockname()
        return f"https://{host}" if port == HTTPS_PORT else f"https://{host}:{port}"

    def _opened(self, door: _Door, port: int = 0) -> socket.socket:
        """A new listener; who connects waits until the loop has heard of it."""
        is_plain = door.tls == "none" or (door.tls == "usual" and self.scheme == "http")
        trusted = door.tls != "untrusted"
        context = None if is_plain else self._certificates.context(trusted=trusted)
        listening = self._listen(port)
        self._listening.append(listening)
        listening.setblocking(False)
        loop = self._loop
        assert loop is not None
        loop.call_soon_threadsafe(
            loop.add_reader, listening, self._accept, door, listening, context
        )
        return listening

    def close(self) -> None:
        """Closes listeners and connections, and ends the thread; more than once does no harm."""
        thread, loop, stop = self._thread, self._loop, self._stop
        if thread is not None and loop is not None and stop is not None and thread.is_alive():
            loop.call_soon_threadsafe(stop.set)
        if thread is not None:
            thread.join(START_SECONDS)
        self._certificates.remove()

    def _run(self) -> None:
        try:
            # Windows has readers for listening sockets with this loop only.
            with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
                runner.run(self._serve())
        except BaseException as error:  # the thread that called start() has to hear of it
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        # A client that goes away is none of the server's business.
        loop.set_exception_handler(_ignore_lost_clients)
        self._loop, self._stop = loop, asyncio.Event()
        self._ready.set()
        await self._stop.wait()
        with self._opening:
            for listening in self._listening:
                loop.remove_reader(listening)
                listening.close()
        await self._hang_up()

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
        self, door: _Door, listening: socket.socket, context: ssl.SSLContext | None
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
        make = partial(
            Connection, self.plane, lambda: self.clock(), listener=door.listener, tls=door.tls
        )
        greeting = loop.create_task(loop.connect_accepted_socket(make, connection, ssl=context))
        self._greetings.add(greeting)  # the loop itself keeps tasks by weak references only
        greeting.add_done_callback(self._greeted)

    def _greeted(self, greeting: asyncio.Task[Any]) -> None:
        self._greetings.discard(greeting)
        if not greeting.cancelled():
            greeting.exception()  # a client that refuses the certificate is none either


def _ignore_lost_clients(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    if not isinstance(context.get("exception"), OSError):  # ssl.SSLError is one
        loop.default_exception_handler(context)
