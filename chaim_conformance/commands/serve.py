"""``chaim-conformance serve``: the service as a sandbox, for a handler that is being written."""

from __future__ import annotations

import argparse
import errno
import ipaddress
import json
import os
import queue
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaim_conformance.errors import HarnessError, UsageError
from chaim_conformance.exit_codes import Exit

if TYPE_CHECKING:
    from chaim_conformance.sandbox.control import ControlServer
    from chaim_conformance.sandbox.sandbox import Sandbox
    from chaim_conformance.scenario import Fault

LOOK_UP_SECONDS = 1.0
TAKEN = (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL)


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    serve = commands.add_parser(
        "serve",
        help="serve the ingest API as a sandbox",
        description="Serves presign API, bucket and Secrets Manager on this machine, says what to "
        "export, and tells each request, until Ctrl-C.",
        epilog="example: chaim-conformance serve --port 8080 --fault presign=503,reset,ok\n"
        "exit codes: 0 ended by Ctrl-C, 3 error, 4 usage",
    )
    add = serve.add_argument
    add("--port", metavar="N", type=_port, default=0, help="port of the API; default: any free one")
    add("--page-port", metavar="N", type=_port, default=0, help="port of the page; the same")
    add("--host", metavar="ADDRESS", default="127.0.0.1", help="an address of 127.0.0.0/8")
    add("--https", action="store_true", help="with a throw-away CA")
    add("--tolerant", action="store_true", help="accept what is to be refused, and say so")
    add(
        "--fault",
        metavar="ENDPOINT=STEP[,...]",
        action="append",
        default=[],
        help="for presign, bucket or secrets; a step for each request, the last repeats",
    )
    add("--script", metavar="FILE", type=Path, help="the same as JSON: {ENDPOINT: [STEP, ...]}")
    serve.set_defaults(command=_serve)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a port, 0 to 65535")
    return int(text)


def _serve(options: argparse.Namespace) -> int:
    with _until_told() as ending:
        host, faults = _host(options.host), _faults(options)

        from chaim_conformance.report.redaction import Redactor
        from chaim_conformance.sandbox.control import ControlServer
        from chaim_conformance.sandbox.lines import lines

        with _sandbox(options, host, faults) as sandbox:
            keys = sandbox.tenant.credentials
            redact = Redactor(keys.api_key, keys.api_secret)
            try:
                control = ControlServer(sandbox, redact, port=options.page_port)
            except OSError as error:
                raise _taken("--page-port", options.page_port, error) from error
            with control:
                print(*_greeting(sandbox, control), sep="\n", flush=True)
                while not ending.wanted:
                    try:
                        seen = sandbox.news.get(timeout=LOOK_UP_SECONDS)
                    except queue.Empty:
                        continue
                    hints = sandbox.hints(seen)
                    told = lines(seen, policy=sandbox.policy, hints=hints, redact=redact)
                    print(*told, sep="\n", flush=True)
    return Exit.CONFORMANT


class _Ending:
    """A request to end: raised where it comes, and remembered, as some code swallows it."""

    def __init__(self) -> None:
        self.wanted = False

    def __call__(self, *_: object) -> None:
        if not self.wanted:  # a second one does not disturb the clearing up
            self.wanted = True
            raise KeyboardInterrupt


@contextmanager
def _until_told() -> Iterator[_Ending]:
    """Is over, without an error, on Ctrl-C and SIGTERM, and when nobody reads what is printed."""
    ending = _Ending()
    before: dict[signal.Signals, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:  # as shells do it with `... &`
                before[number] = signal.signal(number, ending)
    try:
        yield ending
    except KeyboardInterrupt:
        pass
    except BrokenPipeError:
        # Else Python would fail to flush it once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _host(text: str) -> str:
    try:
        if ipaddress.IPv4Address(text).is_loopback:
            return text
    except ValueError:
        pass
    raise UsageError(
        f"serve: --host {text}: expected an address of this machine itself, as 127.0.0.1: "
        "the sandbox is for nobody else"
    )


def _faults(options: argparse.Namespace) -> dict[str, tuple[Fault, ...]]:
    from chaim_conformance.fault_words import named_script, scripts

    faults = {}
    if options.script is not None:
        try:
            faults = scripts(json.loads(options.script.read_text(encoding="utf-8")))
        except OSError as error:
            raise UsageError(
                f"serve: --script {options.script}: cannot be read ({error.strerror})"
            ) from error
        except (ValueError, RecursionError) as error:
            raise UsageError(f"serve: --script {options.script}: not JSON ({error})") from error
        except UsageError as error:
            raise UsageError(f"serve: --script {options.script}: {error}") from error
    for text in options.fault:
        try:
            endpoint, steps = named_script(text)
        except UsageError as error:
            raise UsageError(f"serve: --fault {error}") from error
        faults[endpoint] = steps
    return faults


def _sandbox(
    options: argparse.Namespace, host: str, faults: dict[str, tuple[Fault, ...]]
) -> Sandbox:
    from chaim_conformance.plane import Policy
    from chaim_conformance.sandbox.sandbox import Sandbox

    try:
        return Sandbox(
            host=host,
            port=options.port,
            scheme="https" if options.https else "http",
            policy=Policy.TOLERANT if options.tolerant else Policy.STRICT,
            faults=faults,
        )
    except HarnessError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in TAKEN:
            raise _taken("--port", options.port, error.__cause__) from error
        raise


def _taken(option: str, port: int, error: OSError) -> UsageError:
    # Python's own text repeats the address.
    why = os.strerror(error.errno or 0)
    return UsageError(
        f"serve: {option} {port}: this port cannot be had ({why}); expected one that is free: "
        f"take another, or leave {option} out for any"
    )


def _greeting(sandbox: Sandbox, control: ControlServer) -> Iterator[str]:
    strict = "accepts everything and says why not" if sandbox.policy.value == "tolerant" else ""
    manner = strict or "refuses what the real one refuses"
    yield f"# The ingest service as a sandbox, which {manner}. For your handler's environment:"
    yield from _exports(sandbox.environment)
    if sandbox.certificates:
        yield "# For https, whichever of these your HTTP client heeds:"
        yield from _exports(sandbox.certificates)
    else:
        yield "# (A handler that speaks nothing but https: start this with --https.)"
    yield "# From Secrets Manager, instead of API_KEY and API_SECRET:"
    yield from (f"# {line}" for line in _exports(sandbox.secrets_environment))
    for endpoint, (steps, _) in sandbox.faults().items():
        if steps:
            yield f"# fault {endpoint}: {', '.join(map(str, steps))} (the last one repeats)"
    yield f"# Page: {control.url}/ (JSON: {control.url}/state)"
    yield f"# An event to invoke your handler with: curl -s {control.url}/event/Create"
    yield "# Requests appear below; Ctrl-C ends it."


def _exports(variables: dict[str, str]) -> Iterator[str]:
    return (f"export {name}={shlex.quote(value)}" for name, value in variables.items())
