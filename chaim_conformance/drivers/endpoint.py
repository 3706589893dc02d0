"""Lambda's invocation endpoint, as container images have it: one POST, and what its answer means.

That is ``http://HOST:PORT/2015-03-31/functions/function/invocations`` of AWS's Runtime Interface
Emulator, which puts a function's errors and its own into the body of an answer with status 200.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import h11

from chaim_conformance.errors import ProviderNotStartable, UsageError
from chaim_conformance.transcript import Outcome

_CHUNK = 64 * 1024
# How often the caller gets its turn while an answer is awaited (seconds).
_TURN = 0.05
# A port that Docker forwards accepts every connection, and closes it while nobody listens inside.
_HELD_SECONDS = 0.05
_TIMED_OUT = re.compile(rb"(RequestId: \S+ )?(Error: )?Task timed out after [\d.]+ seconds")
_KINDS: dict[str, Literal["crashed", "timed-out"]] = {
    "Runtime.ExitError": "crashed",
    "Sandbox.Timedout": "timed-out",
}


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where to POST events."""

    secure: bool
    host: str
    port: int
    target: str

    @classmethod
    def of(cls, url: str) -> Endpoint:
        """Reads a URL; raises :class:`UsageError`."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise UsageError(f"handler {url!r}: {error}") from error
        if not parts.hostname:
            raise UsageError(
                f"handler {url!r}: not a URL; expected something such as "
                "http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
            )
        secure = parts.scheme == "https"
        return cls(
            secure=secure,
            host=parts.hostname,
            port=port or (443 if secure else 80),
            target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        )

    def accepts(self) -> bool:
        """Whether somebody takes a connection, and holds it."""
        try:
            with socket.create_connection((self.host, self.port), timeout=1) as sock:
                sock.settimeout(_HELD_SECONDS)
                return bool(sock.recv(1))
        except TimeoutError:
            return True
        except OSError:
            return False

    def post(
        self, body: bytes, *, deadline: float, meanwhile: Callable[[], None]
    ) -> tuple[int, bytes]:
        """The answer's status and body; ``meanwhile`` is called now and then.

        Raises :class:`TimeoutError` when the deadline (``time.monotonic``) passes, and
        :class:`ConnectionError` where there is no whole answer.
        """
        try:
            with self._connect(deadline) as sock:
                return self._exchange(sock, body, deadline, meanwhile)
        except (TimeoutError, ConnectionError):
            raise
        except (OSError, h11.RemoteProtocolError) as error:
            raise ConnectionError(str(error)) from error

    def _connect(self, deadline: float) -> socket.socket:
        left = max(_TURN, deadline - time.monotonic())
        sock = socket.create_connection((self.host, self.port), timeout=left)
        if not self.secure:
            return sock
        try:
            return ssl.create_default_context().wrap_socket(sock, server_hostname=self.host)
        except BaseException:
            sock.close()
            raise

    def _exchange(
        self, sock: socket.socket, body: bytes, deadline: float, meanwhile: Callable[[], None]
    ) -> tuple[int, bytes]:
        http = h11.Connection(h11.CLIENT)
        headers = [
            ("host", f"{self.host}:{self.port}"),
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("connection", "close"),
        ]
        request = h11.Request(method="POST", target=self.target, headers=headers)
        for part in (request, h11.Data(data=body), h11.EndOfMessage()):
            sock.sendall(http.send(part) or b"")
        status, received = 0, bytearray()
        sock.settimeout(_TURN)
        while True:
            event = http.next_event()
            if isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                received += event.data
            elif isinstance(event, h11.EndOfMessage):
                return status, bytes(received)
            elif event is h11.NEED_DATA:
                http.receive_data(_receive(sock, deadline, meanwhile))


def _receive(sock: socket.socket, deadline: float, meanwhile: Callable[[], None]) -> bytes:
    while time.monotonic() < deadline:
        try:
            return sock.recv(_CHUNK)
        except TimeoutError:
            meanwhile()
    raise TimeoutError


def read_reply(url: str, status: int, body: bytes, *, seconds: float) -> Outcome:
    """What an answer says about the invocation.

    Raises :class:`ProviderNotStartable` for one that no invocation endpoint gives.
    """
    if error := _error(body):
        error_type, message = str(error["errorType"]), str(error["errorMessage"])
        return Outcome(
            kind=_KINDS.get(error_type, "raised"),
            error_type=error_type,
            error_message=message,
            trace=_trace(error),
            seconds=seconds,
        )
    text = body.decode("utf-8", "replace")
    if _TIMED_OUT.fullmatch(body.strip()):
        return Outcome(
            kind="timed-out", error_type="Sandbox.Timedout", error_message=text, seconds=seconds
        )
    if 200 <= status < 300:
        return Outcome(kind="returned", payload=text, seconds=seconds)
    if status < 500:
        raise ProviderNotStartable(
            f"{url} answered with status {status}: {text[:200]}\nExpected Lambda's invocation "
            "endpoint; its path is /2015-03-31/functions/function/invocations"
        )
    return Outcome(
        kind="crashed",
        error_type="Endpoint.Failed",
        error_message=f"the endpoint answered with status {status}: {text[:1000]}",
        seconds=seconds,
    )


def _error(body: bytes) -> dict[str, object] | None:
    """The document of a function's error, where the body is one."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    is_error = isinstance(document, dict) and {"errorType", "errorMessage"} <= document.keys()
    return document if is_error else None


def _trace(error: dict[str, object]) -> tuple[str, ...]:
    """The stack as Node's runtime tells it; Python's has another key, and no one's ear."""
    trace = error.get("trace")
    return tuple(map(str, trace)) if isinstance(trace, list) else ()
