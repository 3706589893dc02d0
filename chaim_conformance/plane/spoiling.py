"""What the wire makes of an answer: broken off, cut short, dripping, or none at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chaim_conformance.plane.wire import NO_STATUS, Response
from chaim_conformance.scenario import FaultKind

# Of these the connection is reset while the request is still coming.
CUTS_REQUEST: frozenset[FaultKind] = frozenset({"reset-before", "reset-during"})
GARBAGE = b"\x15\x03\x03\x00\x02\x02\x28 this is no HTTP\r\n\r\n"
# S3 answers an upload with an empty body; one that is to be cut short needs a body to promise.
PROMISED = b'<?xml version="1.0" encoding="UTF-8"?>\n<PutObjectResult></PutObjectResult>\n'
EXCESS = b"}\n" * 8
ENDLESS = 1_000_000_000

# The endpoint has done nothing. ``None`` is a reset.
UNANSWERED: dict[FaultKind, Response | None] = {
    "reset-before": None,
    "reset-during": None,
    "reset": None,
    "garbage": Response(status=NO_STATUS, body=GARBAGE, then="close"),
    "stall": Response(status=NO_STATUS, then="hang"),
}


def _with_a_body(response: Response) -> Response:
    return response if response.body else replace(response, body=PROMISED)


def _cut_after_head(response: Response) -> Response:
    announced = len(_with_a_body(response).body)
    return replace(response, body=b"", announced=announced, then="reset")


def _truncated(response: Response) -> Response:
    body = _with_a_body(response).body
    return replace(response, body=body[: len(body) // 2], announced=len(body), then="close")


def _short_length(response: Response) -> Response:
    body = _with_a_body(response).body
    return replace(response, body=body, announced=len(body) // 2, then="close")


def _overlong(response: Response) -> Response:
    body = _with_a_body(response).body
    return replace(response, body=body + EXCESS, announced=len(body), then="close")


# The endpoint has done its work.
SPOILT: dict[FaultKind, Callable[[Response], Response | None]] = {
    "lost": lambda response: None,
    "cut-after-head": _cut_after_head,
    "truncated": _truncated,
    "short-length": _short_length,
    "overlong": _overlong,
    "drip": lambda response: replace(response, body=b"", announced=ENDLESS, then="drip"),
    "continue": lambda response: replace(response, interim=True),
    "closed": lambda response: replace(response, then="close"),
}
