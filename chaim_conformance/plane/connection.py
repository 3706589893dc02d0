"""One connection: bytes to requests, and answers to bytes, some not as they should be."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import h11

from chaim_conformance.plane import presign
from chaim_conformance.plane.core import Plane
from chaim_conformance.plane.wire import NO_STATUS, Listener, Request, Response, Tls

MAX_BODY = 64 * 1024 * 1024
MAX_HEAD = 256 * 1024
NO_LINGER = struct.pack("ii", 1, 0)
BODILESS = frozenset({204, 304})
DRIP_SECONDS = 1.0
RESET_SECONDS = 0.02
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"


def _soon(loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> None:
    """Has the loop do it, from whatever thread."""
    with suppress(RuntimeError):  # the loop has ended, and every connection with it
        loop.call_soon_threadsafe(action)


def _declared_length(head: h11.Request) -> int:
    # h11 has checked that it is digits, and allows no two that differ.
    return next((int(value) for name, value in head.headers if name == b"content-length"), 0)


class Connection(asyncio.Protocol):
    """One client's connection: bytes to requests, answers to bytes, all logic left to the plane."""

    def __init__(
        self, plane: Plane, clock: Callable[[], float], *, listener: Listener, tls: Tls
    ) -> None:
        self._plane = plane
        self._clock = clock
        self._listener: Listener = listener
        self._tls: Tls = tls
        self._next_drop: asyncio.TimerHandle | None = None
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD)
        self._head: h11.Request | None = None
        self._body: list[bytes] = []
        self._size = 0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Takes bytes, and answers every request that they complete."""
        self._http.receive_data(data)
        self._advance()

    def _advance(self) -> None:
        """Takes whatever is complete by now."""
        try:
            self._take()
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint)
        except Exception:  # the plane has kept it for end_attempt()
            self._refuse(500)

    def eof_received(self) -> bool:
        """Lets the transport close once all is written."""
        # The peer may have closed its half only, and wait for the answer to what it sent.
        return False

    def _take(self) -> None:
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
                if self._is_cut_short():
                    return
            elif isinstance(event, h11.Data):
                self._size += len(event.data)
                if self._size > MAX_BODY:
                    self._refuse(413)
                    return
                self._body.append(bytes(event.data))
                if len(self._body) == 1 and self._is_cut_short():
                    return
            elif isinstance(event, h11.EndOfMessage):
                self._answer()
                if not self._turns_to_the_next():
                    return
            else:  # PAUSED or ConnectionClosed: nothing more will come
                return

    def _turns_to_the_next(self) -> bool:
        """Whether the answer is sent, and the connection good for another request."""
        if self._http.our_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        self._head = None
        return True

    def _request(self) -> Request:
        """What has come of it so far."""
        head = self._head
        assert head is not None
        return Request(
            listener=self._listener,
            tls=self._tls,
            method=head.method.decode("ascii"),
            target=head.target.decode("latin-1"),
            headers=tuple(
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in head.headers.raw_items()
            ),
            body=b"".join(self._body),
        )

    def _is_cut_short(self) -> bool:
        """Whether the plane wants no more of this request, which is the end of the connection."""
        plane = self._plane
        if not plane.cuts_requests or not plane.cut_short(self._request(), self._clock()):
            return False
        self._reset()
        return True

    def _answer(self) -> None:
        request = self._request()
        self._body = []
        response = self._plane.handle(request, self._clock())
        if response is None:
            self._reset()
        elif response.after is None:
            self._deliver(request, response)
        else:
            loop = asyncio.get_running_loop()
            response.after.add_done_callback(
                lambda _: _soon(loop, partial(self._deliver_late, request, response))
            )

    def _deliver(self, request: Request, response: Response) -> None:
        if response.interim:
            self._write(INTERIM)
        if response.is_plain:
            self._send(response, has_body=request.method != "HEAD")
        else:
            self._send_spoilt(response)

    def _deliver_late(self, request: Request, response: Response) -> None:
        """Sends an answer that had to wait, and takes what has come in the meantime."""
        self._deliver(request, response)
        if self._turns_to_the_next():
            self._advance()

    def _send_spoilt(self, response: Response) -> None:
        """Sends bytes past h11, which would not let them out like this."""
        if response.status == NO_STATUS:
            self._write(response.body)
        else:
            announced = len(response.body) if response.announced is None else response.announced
            lines = [f"HTTP/1.1 {response.status} "]
            lines += [f"{name}: {value}" for name, value in response.headers]
            lines += [f"Content-Length: {announced}", "", ""]
            self._write("\r\n".join(lines).encode("latin-1") + response.body)
        loop = asyncio.get_running_loop()
        if response.held is not None:
            response.held.add_done_callback(lambda _: _soon(loop, self._transport.abort))
        match response.then:
            case "close":
                self._transport.close()
            case "reset":  # not at once: what was sent before it would be lost with it
                loop.call_later(RESET_SECONDS, self._reset)
            case "drip":
                self._drip()

    def _drip(self) -> None:
        self._write(b" ")
        self._next_drop = asyncio.get_running_loop().call_later(DRIP_SECONDS, self._drip)

    def connection_lost(self, exc: Exception | None) -> None:
        """A client has gone, and gets no more."""
        if self._next_drop is not None:
            self._next_drop.cancel()

    def _send(self, response: Response, *, has_body: bool) -> None:
        body = b"" if response.status in BODILESS else response.body
        headers = [*response.headers, ("Content-Length", str(len(body)))]
        head = h11.Response(status_code=response.status, headers=headers)
        data = self._http.send(head) or b""
        if body and has_body:
            data += self._http.send(h11.Data(data=body)) or b""
        if self._http.our_state is h11.SEND_BODY:  # not after CONNECT was answered 200
            data += self._http.send(h11.EndOfMessage()) or b""
        self._write(data)
        if self._http.our_state in (h11.MUST_CLOSE, h11.SWITCHED_PROTOCOL):
            self._transport.close()

    def _write(self, data: bytes | None) -> None:
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def _refuse(self, status: int) -> None:
        """Answers what is no request that the plane could be asked about, and closes."""
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            # S3's document needs a request to speak of; the API's does not.
            bare = Response(status=status)
            response = presign.refusal(status) if self._listener == "api" else bare
            response = replace(response, headers=(*response.headers, ("Connection", "close")))
            self._send(response, has_body=self._head is None or self._head.method != b"HEAD")
        self._transport.close()

    def _reset(self) -> None:
        """Closes without an answer, with RST where the system can."""
        connection = self._transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self._transport.abort()
