"""The plane for Python code under test in the same process: no sockets, only ``requests``.

The ``responses`` library stands in for the network below ``requests``. Clients that use urllib,
http.client, urllib3 (so boto3) or another process do not pass through it: give those a
:class:`~chaim_conformance.plane.server.PlaneServer`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import requests
import responses

from chaim_conformance.plane.core import Plane
from chaim_conformance.plane.sigv4 import host_header
from chaim_conformance.plane.wire import NO_STATUS, Listener, Request, Response

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class ResponsesTransport:
    """While it is entered, ``requests`` reaches the plane at its ``api_url`` and ``bucket_url``.

    Any other URL raises ``requests.ConnectionError``, as ``responses`` does for what it does not
    know. So does an answer that breaks off or never comes, unless it is one to wait for: that
    raises ``requests.ReadTimeout`` at once. A server that is not to be trusted raises
    ``requests.exceptions.SSLError``.
    """

    def __init__(self, plane: Plane, *, clock: Callable[[], float] = time.time) -> None:
        self._plane = plane
        self._clock = clock
        self._mock = responses.RequestsMock(assert_all_requests_are_fired=False)

    def __enter__(self) -> Self:
        bases: tuple[tuple[Listener, str], ...] = (
            ("api", self._plane.api_url),
            ("bucket", self._plane.bucket_url),
            ("stranger", self._plane.locate("stranger", "usual")),
        )
        for listener, base in bases:
            for method in METHODS:
                self._mock.add_callback(
                    method,
                    re.compile(re.escape(base) + r"(?:[/?].*)?$", re.DOTALL),
                    callback=self._answer_as(listener, base),
                    content_type=None,
                )
        impostor = self._plane.locate("bucket", "untrusted")
        for method in METHODS:
            self._mock.add(
                method,
                re.compile(re.escape(impostor)),
                body=requests.exceptions.SSLError("certificate verify failed"),
            )
        self._mock.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._mock.stop(allow_assert=False)
        self._mock.reset()

    def _answer_as(self, listener: Listener, base: str) -> Callable[[Any], Any]:
        def answer(sent: requests.PreparedRequest) -> tuple[int, dict[str, str], bytes]:
            url = sent.url or base
            headers = [(str(name), _text(value)) for name, value in sent.headers.items()]
            if "host" not in {name.lower() for name, _ in headers}:
                headers.insert(0, ("Host", host_header(url)))
            request = Request(
                listener=listener,
                method=sent.method or "GET",
                target=url[len(base) :] or "/",
                headers=tuple(headers),
                body=_body(sent.body),
            )
            response = self._plane.handle(request, self._clock())
            if response is None:
                raise requests.ConnectionError("the connection was closed without an answer")
            body = b"" if request.method == "HEAD" else _read(response)
            return response.status, dict(response.headers), body

        return answer


def _read(response: Response) -> bytes:
    """What a client makes of an answer's body, or the error that it raises."""
    if response.then in ("hang", "drip"):
        raise requests.ReadTimeout("the answer never ends")
    if response.status == NO_STATUS:
        raise requests.ConnectionError("the answer is no HTTP")
    announced = len(response.body) if response.announced is None else response.announced
    if announced > len(response.body):
        raise requests.ConnectionError("the answer broke off")
    return response.body[:announced]


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _body(body: Any) -> bytes:
    """The bytes that ``requests`` would have sent: of a text, a file, or an iterable of chunks."""
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    if hasattr(body, "read"):
        return _body(body.read())
    return b"".join(_body(chunk) for chunk in body)
