"""Real debuggers at the other end: Node's own command line, and a client of debugpy's protocol."""

from __future__ import annotations

import json
import queue
import re
import socket
import subprocess
import threading
import time
from types import TracebackType
from typing import Any, Self

from tests.plugin.provider_repo import PATIENCE


class Lines:
    """A process whose output is awaited, and that is gone when the test is."""

    def __init__(self, *command: str, **options: Any) -> None:
        self.seen = ""
        self._chunks: queue.Queue[str] = queue.Queue()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=0,
            **options,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(PATIENCE)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def tell(self, line: str) -> None:
        """Writes a line to it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def until(self, pattern: str, *, times: int = 1) -> str:
        """Waits until it has printed that so often; returns the last match."""
        end = time.monotonic() + PATIENCE
        while len(found := list(re.finditer(pattern, self.seen, re.MULTILINE))) < times:
            try:
                chunk = self._chunks.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{pattern} was awaited, and seen: {self.seen}") from None
            assert chunk, f"{pattern} was awaited, and seen: {self.seen}"
            self.seen += chunk
        return found[times - 1][0]

    def end(self) -> int:
        """Waits for its end; returns the exit code."""
        code = self._process.wait(PATIENCE)
        while chunk := self._chunks.get(timeout=PATIENCE):
            self.seen += chunk
        return code

    def _read(self) -> None:
        assert self._process.stdout is not None
        while chunk := self._process.stdout.read(1):
            self._chunks.put(chunk)
        self._chunks.put("")


class PythonDebugger:
    """Attaches to debugpy, as an editor does, by its Debug Adapter Protocol."""

    def __init__(self, port: int) -> None:
        self._socket = connected(port)
        self._stream = self._socket.makefile("rb")
        self._number = 0

    def __enter__(self) -> Self:
        self._send("initialize", adapterID="test", pathFormat="path")
        self._await("response", "initialize")
        self._send("attach", justMyCode=False)
        self._await("event", "initialized")
        self._send("configurationDone")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stream.close()
        self._socket.close()

    def stop(self) -> tuple[int, str]:
        """Waits until it stops; the thread, and the function in which that is."""
        thread = self._await("event", "stopped")["threadId"]
        self._send("stackTrace", threadId=thread, levels=1)
        (frame,) = self._await("response", "stackTrace")["stackFrames"]
        return thread, frame["name"]

    def go(self, thread: int, how: str = "continue") -> None:
        """Lets the thread go on: ``continue``, ``next``, ``stepIn``."""
        self._send(how, threadId=thread)

    def _send(self, command: str, **arguments: object) -> None:
        self._number += 1
        message = {"seq": self._number, "type": "request", "command": command}
        body = json.dumps(message | {"arguments": arguments}).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def _await(self, kind: str, name: str) -> dict[str, Any]:
        while True:
            length = 0
            while (line := self._stream.readline().strip()) or not length:
                if line.lower().startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            message = json.loads(self._stream.read(length))
            if message["type"] == kind and name in (message.get("event"), message.get("command")):
                assert message.get("success", True), message
                body: dict[str, Any] = message.get("body") or {}
                return body


def connected(port: int) -> socket.socket:
    """A connection to a port that may take a moment to listen."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        except ConnectionRefusedError:
            assert time.monotonic() < end
            time.sleep(0.1)
