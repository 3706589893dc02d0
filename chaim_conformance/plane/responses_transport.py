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
from chaim_conformance.plane.wire import Listener, Request

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class ResponsesTransport:
    """While it is entered, ``requests`` reaches the plane at its ``api_url`` and ``bucket_url``.

    Any other URL raises ``requests.ConnectionError``, as ``responses`` does for what it does not
    know. A scripted reset raises it, too.
    """

    def __init__(self, plane: Plane, *, clock: Callable[[], float] = time.time) -> None:
        self._plane = plane
        self._clock = clock
        self._mock = responses.RequestsMock(assert_all_requests_are_fired=False)

    def __enter__(self) -> Self:
        bases: tuple[tuple[Listener, str], ...] = (
            ("api", self._plane.api_url),
            ("bucket", self._plane.bucket_url),
        )
        for listener, base in bases:
            for method in METHODS:
                self._mock.add_callback(
                    method,
                    re.compile(re.escape(base) + r"(?:[/?].*)?$", re.DOTALL),
                    callback=self._answer_as(listener, base),
                    content_type=None,
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
            body = b"" if request.method == "HEAD" else response.body
            return response.status, dict(response.headers), body

        return answer


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
