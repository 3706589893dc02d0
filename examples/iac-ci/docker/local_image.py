"""Stands in for the image where there is no container engine: its invocation endpoint, its runtime.

    python3 docker/local_image.py --command chaim_publisher.handler \
        --bundle DIRECTORY --env-file FILE --port PORT

As the image's runtime does, it loads the entry point that the command names from the task root, in
a process that has the environment of the file and no other, and calls it for each POST. The bundle
is the function's working directory.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

PATH = "/2015-03-31/functions/function/invocations"
# What the Dockerfile copies to the image's /var/task.
TASK_ROOT = Path(__file__).resolve().parents[1] / "src"
EntryPoint = Callable[[Any, Any], Any]


def main() -> None:
    """Serves until it is ended."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--command", required=True, help="image_config.command: MODULE.FUNCTION")
    parser.add_argument("--bundle", required=True, type=Path, help="has snapshot.json at its top")
    parser.add_argument("--env-file", required=True, type=Path, help="lines of NAME=value")
    parser.add_argument("--port", required=True, type=int)
    asked = parser.parse_args()
    environment = read_env_file(asked.env_file)
    os.environ.clear()
    os.environ.update(environment, LAMBDA_TASK_ROOT=str(TASK_ROOT), _HANDLER=asked.command)
    os.chdir(asked.bundle)
    entry_point = load(asked.command)
    # One at a time, as a function's instance works.
    HTTPServer(("127.0.0.1", asked.port), endpoint(entry_point)).serve_forever()


def read_env_file(path: Path) -> dict[str, str]:
    """As ``docker run --env-file`` reads it."""
    lines = path.read_bytes().decode("utf-8", "surrogateescape").split("\n")
    return {name: value for name, is_there, value in (x.partition("=") for x in lines) if is_there}


def load(command: str) -> EntryPoint:
    """The function; ends the process with the words of Lambda's runtime where there is none."""
    sys.path.insert(0, str(TASK_ROOT))
    module, _, name = command.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, ValueError) as error:
        sys.exit(f"Runtime.ImportModuleError: command {command!r}: {error}")
    except AttributeError:
        sys.exit(f"Runtime.HandlerNotFound: command {command!r}: {module} has no {name!r}")
    entry_point: EntryPoint = found
    return entry_point


def endpoint(entry_point: EntryPoint) -> type[BaseHTTPRequestHandler]:
    """The endpoint around a function; its errors are answers with status 200, as in AWS's."""

    class Endpoint(BaseHTTPRequestHandler):
        """One POST, one invocation."""

        def do_POST(self) -> None:
            """Invokes."""
            if self.path != PATH:
                self.send_error(404)
                return
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                answer = entry_point(event, context())
            except Exception as error:
                answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Leaves the log to the function."""

    return Endpoint


def context() -> SimpleNamespace:
    """What a function can ask of its invocation."""
    end = time.monotonic() + int(os.environ.get("AWS_LAMBDA_FUNCTION_TIMEOUT", "300"))
    return SimpleNamespace(
        get_remaining_time_in_millis=lambda: max(0, int((end - time.monotonic()) * 1000))
    )


if __name__ == "__main__":
    main()
