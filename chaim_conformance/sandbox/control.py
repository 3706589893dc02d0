"""The sandbox over HTTP: its page, its state, and what changes it; for this machine's own user.

No other web page that is open in the author's browser gets at it. It is bound to loopback; a Host
that is not its own is refused, so that no name of an attacker's can be made to mean it; nothing
allows another origin to read; and what changes anything has to be JSON by its Content-Type, which
another origin cannot send without asking first.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from functools import cached_property
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from types import TracebackType
from typing import Any, Self, get_args
from urllib.parse import parse_qs, urlsplit

from chaim_conformance import fault_words
from chaim_conformance.errors import UsageError
from chaim_conformance.report.redaction import Redactor
from chaim_conformance.sandbox.sandbox import Sandbox
from chaim_conformance.sandbox.state import state
from chaim_conformance.scenario import RequestType

MAX_BODY = 1024 * 1024
PATIENCE = 10.0  # seconds, for a client that is slow to say what it wants
STOP_SECONDS = 10.0
ROUTES = {
    "GET": ("/", "/state", "/event/Create", "/event/Update", "/event/Delete"),
    "POST": ("/faults", "/reset"),
}
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Refused(Exception):
    """What is asked for is not given: a status, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class ControlServer:
    """Serves it on a port of the sandbox's host, 0 any free one; a context manager.

    Raises :class:`OSError` where the port cannot be had.
    """

    def __init__(self, sandbox: Sandbox, redact: Redactor, *, port: int = 0) -> None:
        self._server = _Server((sandbox.host, port), sandbox, redact)
        self.url = f"http://{sandbox.host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="chaim-control", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(STOP_SECONDS)


class _Server(ThreadingTCPServer):
    # http.server's own looks its host's name up, which may take long, and shares its port.
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64
    block_on_close = False

    def __init__(self, address: tuple[str, int], sandbox: Sandbox, redact: Redactor) -> None:
        super().__init__(address, _Exchange)
        self.sandbox = sandbox
        self.redact = redact
        port = self.server_address[1]
        self.hosts = {f"{address[0]}:{port}", f"localhost:{port}"}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nobody's business."""

    @cached_property
    def page(self) -> bytes:
        return Path(__file__).with_name("page.html").read_bytes()

    @cached_property
    def page_policy(self) -> str:
        """Allows the page its own style and script, and to ask its own server; nothing else."""
        text = self.page.decode()
        kinds = {
            kind: " ".join(
                f"'sha256-{base64.b64encode(hashlib.sha256(found.encode()).digest()).decode()}'"
                for found in re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
            )
            for kind in ("style", "script")
        }
        return (
            f"default-src 'none'; style-src {kinds['style']}; script-src {kinds['script']}; "
            "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        )


class _Exchange(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *arguments: Any) -> None:
        """What a page asks for every second is no news."""

    def version_string(self) -> str:
        return "chaim-conformance"

    def _answer(self) -> None:
        try:
            body = self._body()
            self._admit()
            parts = urlsplit(self.path)
            if self.command == "POST":
                document = self._change(parts.path, body)
            elif parts.path == "/":
                self._send(
                    200,
                    self.server.page,
                    "text/html; charset=utf-8",
                    {"Content-Security-Policy": self.server.page_policy},
                )
                return
            else:
                document = self._told(parts.path, parse_qs(parts.query))
            self._send_json(200, document)
        except Refused as refused:
            self._send_json(refused.status, {"error": str(refused)})

    def _admit(self) -> None:
        host, origin = self.headers.get("Host"), self.headers.get("Origin")
        if host not in self.server.hosts:
            raise Refused(403, f"this is {_either(self.server.hosts)}, no other host")
        if origin is not None and origin not in {f"http://{name}" for name in self.server.hosts}:
            raise Refused(403, "other web pages have no business here")
        path = urlsplit(self.path).path
        if path not in ROUTES[self.command]:
            method = next((name for name, paths in ROUTES.items() if path in paths), None)
            if method is not None:
                raise Refused(405, f"{path} is asked with {method}")
            known = ", ".join(f"{name} {path}" for name, paths in ROUTES.items() for path in paths)
            raise Refused(404, f"there is no {path} here; there is: {known}")
        if self.command == "POST" and self.headers.get_content_type() != "application/json":
            raise Refused(415, "send it with the header Content-Type: application/json")

    def _body(self) -> bytes:
        """All of it, so that the connection is good for the next request."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not re.fullmatch(r"\d{1,9}", length):
            self.close_connection = True
            raise Refused(411, "send it with its Content-Length")
        if int(length) > MAX_BODY:
            self.close_connection = True
            raise Refused(413, f"at most {MAX_BODY} bytes are read")
        return self.rfile.read(int(length))

    def _told(self, path: str, query: dict[str, list[str]]) -> Any:
        sandbox = self.server.sandbox
        if path == "/state":
            after = query.get("after", ["0"])[-1]
            if not re.fullmatch(r"\d{1,9}", after):
                raise Refused(400, "after: expected how many exchanges are known already")
            return state(sandbox, self.server.redact, after=int(after))
        kind = path.removeprefix("/event/")
        request_type = next(one for one in get_args(RequestType) if one == kind)
        return sandbox.event(request_type, query.get("PhysicalResourceId", [""])[-1])

    def _change(self, path: str, body: bytes) -> Any:
        sandbox = self.server.sandbox
        try:
            data = json.loads(body or b"{}")
        except (ValueError, RecursionError):
            raise Refused(400, "the body is not JSON") from None
        if path == "/reset":
            sandbox.reset()
        else:
            try:
                sandbox.misbehave(fault_words.scripts(data))
            except UsageError as error:
                raise Refused(400, str(error)) from None
        return {"faults": state(sandbox, self.server.redact, after=10**9)["faults"]}

    def _send_json(self, status: int, document: Any) -> None:
        body = f"{json.dumps(document, indent=2, ensure_ascii=False)}\n".encode("utf-8", "replace")
        self._send(status, body, "application/json", {})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        all_headers = {"Content-Type": kind, "Content-Length": str(len(body)), **HEADERS, **headers}
        for name, value in all_headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _either(names: set[str]) -> str:
    return " or ".join(sorted(names))
