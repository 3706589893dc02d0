"""Drives a function behind Lambda's invocation endpoint, such as a container image."""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaim_conformance.drivers import endings
from chaim_conformance.drivers.child_process import ChildProcess
from chaim_conformance.drivers.command_line import CommandLine, not_startable
from chaim_conformance.drivers.driver import Deployment, Invocation
from chaim_conformance.drivers.enclosure import Enclosure, Namespace, Outside
from chaim_conformance.drivers.endpoint import Endpoint, read_reply
from chaim_conformance.drivers.handler_process import End
from chaim_conformance.drivers.lambda_environment import FUNCTION_ENVIRONMENT
from chaim_conformance.drivers.ports import unused_port
from chaim_conformance.drivers.workplace import Workplace
from chaim_conformance.errors import HarnessError, ProviderNotStartable, UsageError
from chaim_conformance.transcript import AnswerStyle, LeftFile, Outcome

# A container is up in a second or two, on a busy machine later.
_START_SECONDS = 60.0
# Between two looks whether it is up (seconds).
_LOOK = 0.05
# `docker run` hands SIGTERM on to its container, and needs a moment to clear up.
_END_SECONDS = 10.0
PORT, BUNDLE, ENV_FILE = "{port}", "{bundle}", "{env_file}"
NEEDS_START = (
    "start is missing. A clause is judged by many deployments, each with a snapshot and an "
    "environment of its own, so the kit has to start the function itself. Add to the provider in "
    'chaim.toml, say:\nstart = "docker run --rm --init --network host --env-file {env_file} '
    '-v {bundle}:/var/task IMAGE"'
)


def require_start(url: str, start: str | None) -> str:
    """The start command; :class:`UsageError` where it is missing or hands over too little."""
    if start is None:
        raise UsageError(f"handler {url!r}: {NEEDS_START}")
    lacking = [name for name in (BUNDLE, ENV_FILE) if name not in start]
    if PORT in url and PORT not in start:
        lacking.append(PORT)
    if lacking:
        raise UsageError(
            f"start = {start!r}: {' and '.join(lacking)} missing; what is started has to be told "
            "where the bundle, the environment and, if the URL has {port}, the port are"
        )
    Endpoint.of(url.replace(PORT, "1"))
    return start


@dataclass(frozen=True, kw_only=True)
class _Instance:
    """The start command as it runs, and where it listens."""

    process: ChildProcess
    endpoint: Endpoint
    tmp: Path


class EndpointDriver:
    """A :class:`HandlerDriver` for ``http:URL``; ``start`` brings up what listens there."""

    capabilities = frozenset({"core", "cfn", "lambda"})
    answer_style: AnswerStyle | None = None

    def __init__(self, url: str, start: CommandLine, *, enclosure: Enclosure | None = None) -> None:
        """Without an enclosure there is none; it stays open when the driver is closed.

        It cannot be a namespace, where nobody from outside would reach the endpoint.
        """
        if isinstance(enclosure, Namespace):
            raise HarnessError("an endpoint inside a network namespace cannot be reached")
        self._url = url
        self._command = start
        self._enclosure = enclosure or Outside()
        self._workplace = Workplace(start.source)
        self.workspace = self._workplace.directory
        self._deployment: Deployment | None = None
        self._instance: _Instance | None = None
        self._started = 0
        self._came_up = False

    def deploy(self, deployment: Deployment) -> None:
        """Makes the next invocation one of a new instance, started with this bundle."""
        self._end()
        self._deployment = deployment

    def invoke(
        self, event: Mapping[str, Any], *, request_id: str, cold: bool, timeout: float
    ) -> Invocation:
        """Delivers one event; see :class:`HandlerDriver`.

        Raises :class:`ProviderNotStartable` where the start command has never come up.
        """
        if self._deployment is None:
            raise HarnessError("a handler was invoked before anything was deployed")
        if cold:
            self._discard()
        begun = time.monotonic()
        if self._instance is None:
            self._instance = self._start(self._deployment, timeout)
            if not self._comes_up(self._instance):
                return self._unanswered("exited", request_id, begun, timeout)
        begun = time.monotonic()
        process = self._instance.process
        try:
            status, body = self._instance.endpoint.post(
                json.dumps(event).encode(),
                deadline=begun + timeout,
                meanwhile=lambda: process.attend(0),
            )
        except TimeoutError:
            return self._unanswered("timed-out", request_id, begun, timeout)
        except ConnectionError:
            return self._unanswered("exited", request_id, begun, timeout)
        outcome = read_reply(self._url, status, body, seconds=time.monotonic() - begun)
        if outcome.kind in ("crashed", "timed-out"):
            return self._last(outcome)
        stdout, stderr = process.output()
        return Invocation(outcome=outcome, stdout=stdout, stderr=stderr)

    def renew(self) -> None:
        """Makes the next invocation one of a new instance."""
        self._discard()

    def isolate(self) -> None:
        """Every deployment has an instance of its own anyway."""
        self._discard()

    def leftovers(self) -> tuple[LeftFile, ...]:
        """What was written since the last call and left, as far as it is on this machine."""
        if self._instance is not None:
            self._workplace.collect(self._instance.tmp)
        return self._workplace.leftovers()

    def close(self) -> None:
        """Ends every process, and removes every file, that belongs to this driver."""
        self._discard()
        self._workplace.close()

    def _start(self, deployment: Deployment, timeout: float) -> _Instance:
        self._started += 1
        place = self.workspace / f"instance-{self._started}"
        tmp = place / "tmp"
        tmp.mkdir(parents=True)
        self._workplace.bundle.lay(deployment.snapshot)
        directory = self._workplace.bundle.directory
        seconds = {"AWS_LAMBDA_FUNCTION_TIMEOUT": str(math.ceil(timeout))}
        env_file = place / "environment"
        around = {**self._enclosure.environment, **FUNCTION_ENVIRONMENT, **seconds}
        _write_env_file(env_file, {**around, **deployment.environment})
        values = {PORT: str(unused_port()), BUNDLE: str(directory), ENV_FILE: str(env_file)}
        endpoint = Endpoint.of(_filled(self._url, values))
        if endpoint.accepts():
            raise ProviderNotStartable(
                f"{self._url}: something listens there already, though start was not run yet; "
                "end it, or let the kit choose the port: {port} in the URL and in start"
            )
        words = tuple(_filled(word, values) for word in self._command.within(directory))
        try:
            process = ChildProcess(
                words,
                environment={**os.environ, "TMPDIR": str(tmp)},
                directory=directory,
                sandbox=place,
                counted=self.workspace,
                guardian=self._workplace.guardian,
                enclosure=self._enclosure,
            )
        except OSError as error:
            raise not_startable(words, f"cannot be run: {error.strerror}") from error
        return _Instance(process=process, endpoint=endpoint, tmp=tmp)

    def _comes_up(self, instance: _Instance) -> bool:
        """Whether it accepts connections.

        That it does not is the bundle's doing only if it did when it was started with another one.
        """
        process = instance.process
        deadline = time.monotonic() + _START_SECONDS
        while process.returncode is None and time.monotonic() < deadline:
            if instance.endpoint.accepts():
                self._came_up = True
                return True
            process.attend(_LOOK)
        if self._came_up:
            return False
        code = process.returncode
        process.end(_END_SECONDS)
        printed = "".join(process.output())
        self._discard()
        why = (
            f"accepted no connection in {_START_SECONDS:.0f} s"
            if code is None
            else f"ended (exit code {code}) before it accepted a connection"
        )
        raise not_startable(
            self._command.words,
            f"{why} at {self._url}; it has to stay in the foreground until it is ended",
            printed,
        )

    def _unanswered(self, end: End, request_id: str, begun: float, timeout: float) -> Invocation:
        assert self._instance is not None
        code, seconds = self._instance.process.returncode, time.monotonic() - begun
        return self._last(
            endings.unanswered(
                end,
                request_id,
                code,
                timeout=timeout,
                seconds=seconds,
                exceeded=self._instance.process.exceeded,
            )
        )

    def _last(self, outcome: Outcome) -> Invocation:
        """An invocation after which the instance is of no more use."""
        assert self._instance is not None
        self._instance.process.end(_END_SECONDS)
        stdout, stderr = self._instance.process.output()
        self._discard()
        return Invocation(outcome=outcome, stdout=stdout, stderr=stderr)

    def _discard(self) -> None:
        if self._instance is not None:
            self._workplace.collect(self._instance.tmp)
        self._end()

    def _end(self) -> None:
        instance, self._instance = self._instance, None
        if instance is not None:
            instance.process.end(_END_SECONDS)
            instance.process.close()


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _write_env_file(path: Path, environment: Mapping[str, str]) -> None:
    """Lines as ``docker run --env-file`` reads them, for nobody else's eyes.

    Such a file cannot hold a line break; a carriage return takes its place, which fits into a
    header as little.
    """
    path.touch(mode=0o600)
    lines = (f"{name}={value}".replace("\n", "\r") for name, value in environment.items())
    path.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape"))
