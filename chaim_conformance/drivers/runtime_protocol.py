"""The AWS Lambda Runtime API without I/O: which request is right in which state."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Literal

PREFIX = "/2018-06-01/runtime"
MAX_PAYLOAD = 6_291_556

# The kit's own clients know two headers more than AWS has: a `next` answer may name the bundle to
# load first, and a `next` request may say that this process should not be given another one.
LOAD_HEADER = "chaim-load"
SPENT_HEADER = "chaim-spent"
MISSING_HEADER = "chaim-missing"

_TOO_LARGE = f"Response payload size exceeded maximum allowed payload size ({MAX_PAYLOAD} bytes)."


class State(Enum):
    """Where a runtime stands; it moves by its own requests and by what it is handed."""

    STARTING = auto()
    WAITING = auto()
    WORKING = auto()
    ANSWERED = auto()


@dataclass(frozen=True, kw_only=True)
class Work:
    """One invocation to be handed out; ``load`` names the bundle to load before."""

    request_id: str
    event: bytes
    deadline_ms: int
    function_arn: str
    load: str | None = None


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request of the runtime; of ``size`` bytes sent, ``body`` is what was kept."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    size: int = 0


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the runtime is told."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)


@dataclass(frozen=True, kw_only=True)
class Result:
    """How the work ended, in the runtime's words; ``missing`` names a package that it lacked."""

    kind: Literal["returned", "raised", "init-failed"]
    body: bytes
    error_type: str = ""
    error_message: str = ""
    trace: tuple[str, ...] = ()
    missing: str = ""


@dataclass(kw_only=True)
class RuntimeProtocol:
    """One runtime's conversation. ``result`` is set when its current work is done."""

    state: State = State.STARTING
    spent: str = ""
    result: Result | None = None
    _work: Work | None = field(default=None, repr=False)

    def receive(self, call: Call) -> Reply | None:
        """Takes a request; ``None`` means that it is answered later, by :meth:`hand_out`."""
        if (call.method, call.path) == ("GET", f"{PREFIX}/invocation/next"):
            return self._next(call)
        if (call.method, call.path) == ("POST", f"{PREFIX}/init/error"):
            return self._init_error(call)
        match = re.fullmatch(f"{PREFIX}/invocation/([^/]+)/(response|error)", call.path)
        if match is None:
            return _refusal(404, "NotFound", f"no such path: {call.path}")
        if call.method != "POST":
            return _refusal(405, "MethodNotAllowed", f"{call.method} {call.path}")
        return self._answer(call, request_id=match[1], returned=match[2] == "response")

    def hand_out(self, work: Work) -> Reply:
        """The answer to the `next` request that waits."""
        if self.state is not State.WAITING:
            raise ValueError(f"nobody waits for work: {self.state.name}")
        self.state, self.result, self._work = State.WORKING, None, work
        headers = [
            ("content-type", "application/json"),
            ("lambda-runtime-aws-request-id", work.request_id),
            ("lambda-runtime-deadline-ms", str(work.deadline_ms)),
            ("lambda-runtime-invoked-function-arn", work.function_arn),
            ("lambda-runtime-trace-id", _trace_id(work)),
        ]
        if work.load is not None:
            headers.append((LOAD_HEADER, work.load))
        return Reply(status=200, body=work.event, headers=tuple(headers))

    def hung_up(self) -> None:
        """The connection on which work was awaited is gone."""
        if self.state is State.WAITING:
            self.state = State.ANSWERED

    def _next(self, call: Call) -> Reply | None:
        if self.state is State.WORKING:
            return _refusal(403, "InvalidStateTransition", "the last invocation has no answer yet")
        self.state, self.spent = State.WAITING, call.headers.get(SPENT_HEADER, "")
        return None

    def _init_error(self, call: Call) -> Reply:
        loading = self.state is State.WORKING and self._work is not None and self._work.load
        if not loading and self.state is not State.STARTING:
            return _refusal(403, "InvalidStateTransition", "initialization is over")
        self.state, self.result = State.ANSWERED, _failure("init-failed", call)
        return _ACCEPTED

    def _answer(self, call: Call, *, request_id: str, returned: bool) -> Reply:
        if self._work is None or request_id != self._work.request_id:
            return _refusal(400, "InvalidRequestID", "Invalid request ID")
        if self.state is not State.WORKING:
            return _refusal(403, "InvalidStateTransition", "this invocation was answered before")
        self.state = State.ANSWERED
        if call.size > MAX_PAYLOAD:
            self.result = Result(
                kind="raised",
                body=b"",
                error_type="Function.ResponseSizeTooLarge",
                error_message=_TOO_LARGE,
            )
            return _refusal(413, "RequestEntityTooLarge", _TOO_LARGE)
        if returned:
            missing = call.headers.get(MISSING_HEADER, "")
            self.result = Result(kind="returned", body=call.body, missing=missing)
        else:
            self.result = _failure("raised", call)
        return _ACCEPTED


_ACCEPTED = Reply(status=202, body=b'{"status":"OK"}\n')


def _refusal(status: int, error_type: str, message: str) -> Reply:
    document = {"errorMessage": message, "errorType": error_type}
    return Reply(status=status, body=json.dumps(document).encode())


def _failure(kind: Literal["raised", "init-failed"], call: Call) -> Result:
    """Reads ``{errorType, errorMessage}``; a runtime may say less, or garbage."""
    try:
        document = json.loads(call.body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        document = {}
    trace = document.get("trace")
    error_type = document.get("errorType") or call.headers.get(
        "lambda-runtime-function-error-type", "Runtime.Unknown"
    )
    return Result(
        kind=kind,
        body=call.body,
        error_type=str(error_type),
        error_message=str(document.get("errorMessage") or ""),
        trace=tuple(map(str, trace)) if isinstance(trace, list) else (),
        missing=call.headers.get(MISSING_HEADER, ""),
    )


def _trace_id(work: Work) -> str:
    """As X-Ray writes it; derived, so that two runs of a scenario do not differ by it."""
    digits = (re.sub("[^0-9a-f]", "", work.request_id.lower()) + "0" * 32)[:32]
    return f"Root=1-{digits[:8]}-{digits[8:]};Parent={digits[:16]};Sampled=0"
