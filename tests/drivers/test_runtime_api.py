"""The Runtime API answers as AWS's does: statuses, headers and limits."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from chaim_conformance.drivers.runtime_api import RuntimeApi
from chaim_conformance.drivers.runtime_protocol import MAX_PAYLOAD, PREFIX, Result, Work
from tests.drivers.conftest import PATIENCE, REQUEST_ID

T = TypeVar("T")
WORK = Work(request_id=REQUEST_ID, event=b'{"a": 1}', deadline_ms=1234, function_arn="arn:x")


class Runtime:
    """A runtime client that talks while the API is served in this thread."""

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        self.http = http.client.HTTPConnection(api.address, timeout=PATIENCE)

    def call(self, method: str, path: str, body: bytes = b"") -> tuple[int, str]:
        """Status and error type."""
        status, text = self.serve_while(lambda: self._exchange(method, path, body))
        return status, json.loads(text).get("errorType", "")

    def take(self, work: Work) -> tuple[int, http.client.HTTPMessage, bytes]:
        """Asks for work and is given it."""

        def next_invocation() -> tuple[int, http.client.HTTPMessage, bytes]:
            self.http.request("GET", f"{PREFIX}/invocation/next")
            response = self.http.getresponse()
            return response.status, response.headers, response.read()

        return self.serve_while(next_invocation, work)

    def serve_while(self, action: Callable[[], T], work: Work | None = None) -> T:
        """Runs the action beside the API; hands the work out as soon as it is asked for."""
        done: list[T] = []
        thread = threading.Thread(target=lambda: done.append(action()), daemon=True)
        thread.start()
        while thread.is_alive():
            self.api.serve(0.01)
            if work is not None and self.api.ready:
                self.api.hand_out(work)
                work = None
        return done[0]

    def _exchange(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        self.http.request(method, path, body)
        response = self.http.getresponse()
        return response.status, response.read()


@contextmanager
def talking() -> Iterator[Runtime]:
    """An API and its client."""
    api = RuntimeApi()
    runtime = Runtime(api)
    try:
        yield runtime
    finally:
        runtime.http.close()
        api.close()


def test_an_invocation() -> None:
    with talking() as runtime:
        status, headers, event = runtime.take(WORK)
        assert (status, event) == (200, WORK.event)
        assert headers["Lambda-Runtime-Aws-Request-Id"] == REQUEST_ID
        assert headers["Lambda-Runtime-Deadline-Ms"] == "1234"
        assert headers["Lambda-Runtime-Invoked-Function-Arn"] == "arn:x"
        assert headers["Lambda-Runtime-Trace-Id"].startswith("Root=1-")
        assert runtime.call("POST", f"{PREFIX}/invocation/{REQUEST_ID}/response", b"[1]") == (
            202,
            "",
        )
        assert runtime.api.result == Result(kind="returned", body=b"[1]")


def test_what_comes_at_the_wrong_time_is_refused() -> None:
    response = f"{PREFIX}/invocation/{REQUEST_ID}/response"
    with talking() as runtime:
        assert runtime.call("POST", response) == (400, "InvalidRequestID")
        runtime.take(WORK)
        unknown = f"{PREFIX}/invocation/another/error"
        assert runtime.call("POST", unknown) == (400, "InvalidRequestID")
        assert runtime.call("POST", f"{PREFIX}/init/error") == (403, "InvalidStateTransition")
        assert runtime.call("GET", f"{PREFIX}/invocation/next") == (403, "InvalidStateTransition")
        assert runtime.call("GET", response)[0] == 405
        assert runtime.call("GET", "/2018-06-01/elsewhere")[0] == 404
        assert runtime.api.result is None
        assert runtime.call("POST", response, b"1")[0] == 202
        assert runtime.call("POST", response, b"2") == (403, "InvalidStateTransition")
        assert runtime.api.result == Result(kind="returned", body=b"1")


def test_the_limit_of_an_answer() -> None:
    with talking() as runtime:
        for size, status, kind in (
            (MAX_PAYLOAD, 202, "returned"),
            (MAX_PAYLOAD + 1, 413, "raised"),
            (3 * MAX_PAYLOAD, 413, "raised"),
        ):
            runtime.take(WORK)
            path = f"{PREFIX}/invocation/{REQUEST_ID}/response"
            assert runtime.call("POST", path, b"x" * size)[0] == status
            assert runtime.api.result is not None
            assert runtime.api.result.kind == kind


def test_an_error_may_be_any_garbage() -> None:
    with talking() as runtime:
        for body in (b"", b"\xff\x00", b"[]", b'{"errorType": 7}', b'"text"'):
            runtime.take(WORK)
            assert runtime.call("POST", f"{PREFIX}/invocation/{REQUEST_ID}/error", body)[0] == 202
            assert runtime.api.result is not None
            assert runtime.api.result.kind == "raised"


def test_a_runtime_that_cannot_start_says_so() -> None:
    with talking() as runtime:
        body = b'{"errorType": "Runtime.NoSuchHandler", "errorMessage": "no"}'
        assert runtime.call("POST", f"{PREFIX}/init/error", body) == (202, "")
        assert runtime.api.result is not None
        assert runtime.api.result.kind == "init-failed"
        assert runtime.api.result.error_type == "Runtime.NoSuchHandler"
