"""The program in a Python handler's process: asks the Runtime API for work and calls the handler.

It behaves as AWS's client does, and can load another bundle when the kit says so. It runs in the
kit's interpreter, where the handler's packages are, and imports nothing but the standard library,
so that nothing of the kit's is in the handler's way.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn
from urllib.parse import unquote

Handler = Callable[[Any, Any], Any]
API = "/2018-06-01/runtime"
# A process grows with every load: modules leave things behind in caches and registries.
MOST_LOADS = 500
DEFAULT_NAMES = ("handler", "lambda_handler")


class Connection:
    """HTTP/1.1 to the kit, by hand: a handler may have patched every client that there is."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(None)
        self._buffer = b""

    def request(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[dict[str, str], bytes]:
        lines = [f"{method} {API}{path} HTTP/1.1", "host: runtime", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        while b"\r\n\r\n" not in self._buffer:
            self._receive()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        pairs = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:])
        answer = {name.strip().lower(): value.strip() for name, _, value in pairs}
        length = int(answer.get("content-length", 0))
        while len(self._buffer) < length:
            self._receive()
        payload, self._buffer = self._buffer[:length], self._buffer[length:]
        return answer, payload

    def _receive(self) -> None:
        chunk = self._socket.recv(65536)
        if not chunk:  # the kit is gone
            os._exit(0)
        self._buffer += chunk


class Context:
    """What AWS gives a handler as its second argument."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.client_context = None
        self.identity = None
        self._deadline_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is killed."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message: object) -> None:
        """Writes to the function's log."""
        sys.stdout.write(str(message))


class LoadFailure(Exception):
    """The bundle cannot be loaded, said in AWS's words."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class LogHandler(logging.Handler):
    """AWS's root handler: because of it, a handler's ``logging.basicConfig`` does nothing."""

    request_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            line = (
                f"[{record.levelname}]\t{stamp}.{int(record.msecs):03}Z\t"
                f"{self.request_id}\t{self.format(record)}\n"
            )
            sys.stdout.write(line)
        except Exception:
            self.handleError(record)


LOG = LogHandler()
SYS_PATH = list(sys.path)


def load(bundle: dict[str, Any]) -> Handler:
    """Imports the handler as if the process were new, from the directory that the kit names."""
    os.environ.clear()
    os.environ.update(bundle["environment"])
    os.chdir(bundle["working_directory"])
    time.tzset()
    forget(bundle["purge"])
    sys.path[:] = [bundle["directory"], bundle["working_directory"], *SYS_PATH]
    reset_logging()
    module = import_handler(bundle["module"], bundle["file"])
    names = (bundle["export"],) if bundle["export"] else DEFAULT_NAMES
    for name in names:
        handler = getattr(module, name, None)
        if callable(handler):
            return handler  # type: ignore[no-any-return]
    there = [
        name
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", None) == module.__name__
    ]
    raise LoadFailure(
        "Runtime.HandlerNotFound",
        f"Handler '{' or '.join(names)}' missing on module '{module.__name__}'; "
        f"it defines: {', '.join(there) or 'no function'}",
    )


def import_handler(name: str, file: str) -> ModuleType:
    """Imports the module; what goes wrong is said with file and line."""
    try:
        module = importlib.import_module(name)
    except SyntaxError as error:
        text = "".join(traceback.format_exception_only(error)).rstrip()
        raise LoadFailure("Runtime.UserCodeSyntaxError", text) from error
    except ImportError as error:
        message = f"Unable to import module '{name}': {error}"
        raise LoadFailure("Runtime.ImportModuleError", message) from error
    if os.path.realpath(module.__file__ or "") != os.path.realpath(file):
        raise LoadFailure(
            "Runtime.ImportModuleError",
            f"Unable to import module '{name}': that name leads to {module.__file__}, "
            "which hides the handler's file; rename the file",
        )
    return module


def forget(root: str) -> None:
    """Drops the modules that came from a bundle, and what it left in the standard library."""
    # All are looked at before one goes: where a namespace package is, its parent has to tell.
    places = {
        name: [getattr(module, "__file__", None), *list_of(getattr(module, "__path__", ()))]
        for name, module in list(sys.modules.items())
    }
    for name, found in places.items():
        if any(isinstance(place, str) and place.startswith(root) for place in found):
            del sys.modules[name]
    for place in [place for place in sys.path_importer_cache if place.startswith(root)]:
        del sys.path_importer_cache[place]
    importlib.invalidate_caches()
    socket.setdefaulttimeout(None)
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    if "tempfile" in sys.modules:
        vars(sys.modules["tempfile"])["tempdir"] = None


def list_of(values: Any) -> list[Any]:
    """A package's ``__path__`` may be any iterable, or broken."""
    try:
        return list(values)
    except Exception:
        return []


def reset_logging() -> None:
    """Loggers outlive the modules that asked for them: each load would log once more."""
    for logger in logging.Logger.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.filters.clear()
            logger.setLevel(logging.NOTSET)
            logger.propagate, logger.disabled = True, False
    logging.root.handlers[:] = [LOG]
    logging.root.setLevel(logging.WARNING)
    logging.disable(logging.NOTSET)


def describe(error: BaseException) -> bytes:
    """An exception as Lambda's caller sees it; also printed, as AWS's client does."""
    try:
        message = str(error)
    except Exception:
        message = "<no message: str() of the exception failed>"
    kind = error.error_type if isinstance(error, LoadFailure) else type(error).__name__
    trace = traceback.format_tb(error.__traceback__)[1:]
    text = "".join(["[ERROR] ", kind, ": ", message, "\n", *trace, "\n"])
    with contextlib.suppress(Exception):
        sys.stdout.write(text)
    document = {"errorMessage": message, "errorType": kind, "stackTrace": trace}
    return json.dumps(document).encode()


def flush() -> None:
    """What the handler printed goes out before its answer does."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()


def spent(loads: int) -> str:
    """Why this process should not load another bundle; empty: it may."""
    if loads >= MOST_LOADS:
        return "loads"
    if threading.active_count() > 1:
        return "threads"
    if sys.stdout is None or sys.stdout.closed or sys.stderr is None or sys.stderr.closed:
        return "closed streams"
    return ""


def serve() -> NoReturn:
    """Asks for work, does it, answers; for ever."""
    connection = Connection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    handler: Handler | None = None
    loads = 0
    while True:
        reason = spent(loads)
        said = {"chaim-spent": reason} if reason else {}
        headers, event = connection.request("GET", "/invocation/next", headers=said)
        LOG.request_id = headers["lambda-runtime-aws-request-id"]
        if "chaim-load" in headers:
            loads += 1
            handler = None
            try:
                with open(unquote(headers["chaim-load"]), encoding="utf-8") as file:
                    handler = load(json.load(file))
            except Exception as error:
                body = describe(error)
                flush()
                connection.request("POST", "/init/error", body)
                continue
        assert handler is not None
        os.environ["_X_AMZN_TRACE_ID"] = headers["lambda-runtime-trace-id"]
        path, body = answer(handler, headers, event)
        flush()
        connection.request("POST", f"/invocation/{LOG.request_id}/{path}", body)


def answer(handler: Handler, headers: dict[str, str], event: bytes) -> tuple[str, bytes]:
    """Calls the handler: ``response`` or ``error``, and what it said."""
    try:
        given, context = json.loads(event), Context(headers)
        if "debugpy" in sys.modules:  # by `chaim-conformance debug`; nothing without a debugger
            sys.modules["debugpy"].breakpoint()  # one step into the next line is the handler
        value = handler(given, context)
    except Exception as error:
        return "error", describe(error)
    try:
        return "response", json.dumps(value).encode()
    except Exception as error:
        failure = LoadFailure("Runtime.MarshalError", f"Unable to marshal response: {error}")
        return "error", describe(failure)


if __name__ == "__main__":
    serve()
