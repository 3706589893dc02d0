"""A sandbox in a process of its own, as its user starts it, and an author's requests to it."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import re
import selectors
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.plane.customer import content_hash, snapshot
from tests.plugin.provider_repo import environment

PATIENCE = 60


@dataclass
class Serving:
    """A running ``chaim-conformance serve``, and what it has printed so far."""

    process: subprocess.Popen[bytes]
    printed: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    page: str = ""

    def read_until(self, words: str) -> str:
        """What it prints up to these words and the end of their line, from the start."""
        assert self.process.stdout is not None
        end = time.monotonic() + PATIENCE
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            while not re.search(rf"{re.escape(words)}.*\n", self.printed):
                assert time.monotonic() < end, self.printed
                if selector.select(1) and not self._take():
                    raise AssertionError(f"it ended without {words!r}: {self.printed}")
        return self.printed

    def _take(self) -> bool:
        assert self.process.stdout is not None
        chunk = os.read(self.process.stdout.fileno(), 65536)
        self.printed += chunk.decode()
        return bool(chunk)

    def ended_by(self, signal: int) -> int:
        """Its exit code after this signal, and all that it printed is read."""
        self.process.send_signal(signal)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        self.printed += rest.decode()
        return self.process.returncode

    @property
    def below(self) -> str:
        """What it printed of requests."""
        return self.printed.partition("Ctrl-C ends it.\n")[2]

    def state(self) -> dict[str, Any]:
        """What ``/state`` says."""
        return dict(self.get("/state"))

    def get(self, path: str) -> Any:
        """What a path of the page's says."""
        status, document = ask("GET", f"{self.page}{path}")
        assert status == 200, document
        return document

    def post(self, path: str, data: Any) -> tuple[int, Any]:
        """Changes something."""
        return ask("POST", f"{self.page}{path}", json.dumps(data).encode())

    def presign(self, **changes: Any) -> tuple[int, Any]:
        """Asks for an upload URL as a conformant handler does; a keyword changes a field."""
        fields = {
            "appId": self.environment["APP_ID"],
            "eventId": str(uuid.uuid4()),
            "nonce": str(uuid.uuid4()),
            "contentHash": content_hash(snapshot()),
            "timestamp": datetime.now(UTC).isoformat(),
        }
        body = json.dumps(fields | changes).encode()
        secret = self.environment["API_SECRET"].encode()
        signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
        return ask(
            "POST",
            f"{self.environment['CHAIM_API_BASE_URL']}/ingest/presign",
            body,
            {"x-chaim-key": self.environment["API_KEY"], "x-chaim-signature": signature},
        )


@contextmanager
def serving(*arguments: str, temporary: Path | None = None) -> Iterator[Serving]:
    """Starts it, reads what it says to export, and ends it."""
    surroundings = environment() | ({} if temporary is None else {"TMPDIR": os.fspath(temporary)})
    with subprocess.Popen(
        [sys.executable, "-m", "chaim_conformance.cli", "serve", *arguments],
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            served = Serving(process)
            said = served.read_until("Ctrl-C ends it.")
            served.environment = exports(said, "export ")
            found = re.search(r"^# Page: (\S+)/ ", said, re.MULTILINE)
            assert found, said
            served.page = found[1]
            yield served
        finally:
            process.kill()


def exports(text: str, before: str) -> dict[str, str]:
    """The variables of the lines that begin so, as a shell reads them."""
    lines = [line for line in text.splitlines() if line.startswith(before)]
    words = [shlex.split(line.removeprefix(before))[0] for line in lines]
    return dict(word.split("=", 1) for word in words)


def ask(
    method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """Status and JSON of an answer."""
    said = {"Content-Type": "application/json"} | (headers or {})
    request = urllib.request.Request(url, body, said, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            text, status = answer.read(), answer.status
    except urllib.error.HTTPError as refusal:
        with refusal:
            text, status = refusal.read(), refusal.code
    try:
        return status, json.loads(text)
    except ValueError:
        return status, text.decode()


def raw(url: str, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> int:
    """The status of a request with exactly these headers."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return connection.getresponse().status
    finally:
        connection.close()
