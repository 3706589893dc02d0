"""Drives a publisher that is no Lambda: a command, run once for each attempt."""

from __future__ import annotations

import contextlib
import json
import signal
import time
from collections.abc import Mapping
from typing import Any

from chaim_conformance.command_protocol import read_answer_text, request_of
from chaim_conformance.drivers import endings
from chaim_conformance.drivers.child_process import ChildProcess
from chaim_conformance.drivers.command_line import CommandLine, not_startable, require_runnable
from chaim_conformance.drivers.driver import Deployment, Invocation
from chaim_conformance.drivers.enclosure import Enclosure, Outside
from chaim_conformance.drivers.lambda_environment import process_environment
from chaim_conformance.drivers.launch import AT_ONCE, Launch
from chaim_conformance.drivers.workplace import Workplace, empty
from chaim_conformance.errors import HarnessError
from chaim_conformance.transcript import AnswerStyle, LeftFile, Outcome


class CommandDriver:
    """A :class:`HandlerDriver` for ``command:COMMAND``.

    Each attempt is a new process. A cold one, and the first of a deployment, finds the bundle as it
    was deployed and an empty temporary directory.
    """

    capabilities = frozenset({"core"})
    answer_style: AnswerStyle | None = "command"

    def __init__(
        self,
        command: CommandLine,
        *,
        enclosure: Enclosure | None = None,
        launch: Launch = AT_ONCE,
    ) -> None:
        """The enclosure stays open when the driver is closed; without one there is none."""
        self._command = command
        self._enclosure = enclosure or Outside()
        self._launch = launch
        self._workplace = Workplace(command.source, moves=launch.moves)
        self.workspace = self._workplace.directory
        self._tmp = self.workspace / "tmp"
        self._tmp.mkdir()
        self._deployment: Deployment | None = None
        self._fresh = True
        self._attempt: tuple[str, int] = ("", 0)

    def deploy(self, deployment: Deployment) -> None:
        """Makes the next invocation run in this bundle."""
        self._deployment = deployment
        self._attempt = ("", 0)
        self._fresh = True

    def invoke(
        self, event: Mapping[str, Any], *, request_id: str, cold: bool, timeout: float
    ) -> Invocation:
        """Runs the command with the request that the event stands for."""
        if self._deployment is None:
            raise HarnessError("a publisher was invoked before anything was deployed")
        if cold:
            self.renew()
        if self._fresh:
            self._lay(self._deployment)
        request = request_of(
            event,
            attempt=self._count(event["RequestId"]),
            bundle=self._workplace.bundle.directory,
            deadline_ms=int((time.time() + timeout) * 1000),
        )
        begun = time.monotonic()
        process = self._start(self._deployment, request)
        try:
            code = process.wait(begun + timeout)
            seconds = time.monotonic() - begun
            process.kill()
            stdout, stderr = process.output()
        finally:
            process.close()
        if process.exceeded:
            outcome = Outcome(
                kind="crashed",
                error_type=endings.LIMIT_EXCEEDED,
                error_message=endings.killed_words(process.exceeded),
                seconds=seconds,
            )
            return Invocation(outcome=outcome, stdout=stdout, stderr=stderr)
        if code is not None and (code == 0 or read_answer_text(stdout)):
            outcome = Outcome(kind="returned", payload=stdout, seconds=seconds)
            return Invocation(outcome=outcome, stdout="", stderr=stderr)
        outcome = Outcome(
            kind="timed-out" if code is None else "crashed",
            error_type="Command.Timedout" if code is None else "Command.ExitError",
            error_message=_ending(code, timeout),
            seconds=seconds,
        )
        return Invocation(outcome=outcome, stdout=stdout, stderr=stderr)

    def renew(self) -> None:
        """Makes the next invocation a cold one."""
        self._collect()
        self._fresh = True

    def isolate(self) -> None:
        """Every attempt has a process of its own anyway."""

    def leftovers(self) -> tuple[LeftFile, ...]:
        """What the publisher wrote since the last call and left; see :class:`HandlerDriver`."""
        self._collect()
        return self._workplace.leftovers()

    def close(self) -> None:
        """Removes every file that belongs to this driver."""
        self._workplace.close()

    def _collect(self) -> None:
        if not self._fresh:
            self._workplace.collect(self._tmp)

    def _lay(self, deployment: Deployment) -> None:
        empty(self._tmp)
        self._workplace.bundle.lay(deployment.snapshot)
        self._fresh = False

    def _count(self, operation: str) -> int:
        """How often this operation has been delivered, this time included."""
        last, times = self._attempt
        self._attempt = (operation, times + 1 if operation == last else 1)
        return self._attempt[1]

    def _start(self, deployment: Deployment, request: Mapping[str, Any]) -> ChildProcess:
        directory = self._workplace.bundle.directory
        words = self._command.within(directory)
        require_runnable(words)
        stdin = self.workspace / "request.json"
        stdin.write_text(json.dumps(request), encoding="utf-8")
        try:
            return ChildProcess(
                self._launch.command(words),
                environment={
                    **self._enclosure.environment,
                    **process_environment(self._tmp),
                    **deployment.environment,
                },
                directory=directory,
                sandbox=self.workspace,
                counted=self.workspace,
                guardian=self._workplace.guardian,
                enclosure=self._enclosure,
                stdin=stdin,
            )
        except OSError as error:
            raise not_startable(words, f"cannot be run: {error.strerror}") from error


def _ending(code: int | None, timeout: float) -> str:
    if code is None:
        return f"the command had not ended after {timeout:.2f} seconds"
    if code >= 0:
        return f"the command ended with exit code {code}, and without an answer"
    name = str(-code)
    with contextlib.suppress(ValueError):
        name = signal.Signals(-code).name
    return f"the command was ended by signal {name}, without an answer"
