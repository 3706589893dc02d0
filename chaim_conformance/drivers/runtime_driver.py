"""Drives any program that speaks the Lambda Runtime API: a Go binary, say, or AWS's own clients.

Such a program knows of no other bundle than the one that it was started in, so each deployment
is a process of its own, with all of its environment from the start.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from chaim_conformance.drivers import endings
from chaim_conformance.drivers.command_line import CommandLine, not_startable, require_runnable
from chaim_conformance.drivers.driver import Deployment, Invocation
from chaim_conformance.drivers.enclosure import Enclosure, Outside
from chaim_conformance.drivers.handler_process import End, HandlerProcess
from chaim_conformance.drivers.lambda_environment import FUNCTION_ARN, lambda_environment
from chaim_conformance.drivers.launch import AT_ONCE, Launch
from chaim_conformance.drivers.runtime_protocol import Result, Work
from chaim_conformance.drivers.workplace import Workplace
from chaim_conformance.errors import HarnessError
from chaim_conformance.transcript import AnswerStyle, LeftFile, Outcome

_MODULE_AND_FUNCTION = re.compile(r"[\w/-]+(\.\w+)+")


class RuntimeDriver:
    """A :class:`HandlerDriver` for ``runtime:COMMAND``."""

    capabilities = frozenset({"core", "cfn", "lambda"})
    answer_style: AnswerStyle | None = None

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
        self._handler = _handler_name(command)
        self._workplace = Workplace(command.source, moves=launch.moves)
        self.workspace = self._workplace.directory
        self._deployment: Deployment | None = None
        self._process: HandlerProcess | None = None
        self._started = 0
        self._came_up = False

    def deploy(self, deployment: Deployment) -> None:
        """Makes the next invocation one of a new process, started with this bundle."""
        self._end()
        self._deployment = deployment

    def invoke(
        self, event: Mapping[str, Any], *, request_id: str, cold: bool, timeout: float
    ) -> Invocation:
        """Delivers one event; see :class:`HandlerDriver`.

        Raises :class:`ProviderNotStartable` where the command has never asked for work.
        """
        if self._deployment is None:
            raise HarnessError("a handler was invoked before anything was deployed")
        if cold:
            self._discard()
        begun = time.monotonic()
        if self._process is not None and not self._process.wait_until_ready(begun + timeout):
            if self._process.returncode is None:  # still busy after its last answer
                return self._unanswered("timed-out", request_id, begun, timeout)
            self._discard()
        if self._process is None:
            process = self._process = self._start(self._deployment)
            failure = process.initialize(time.monotonic() + self._launch.patience)
            if failure is not None:
                return self._last(endings.answered(failure, seconds=time.monotonic() - begun))
            if not process.wait_until_ready(0):
                end = self._no_start(process)
                return self._unanswered(end, request_id, begun, timeout)
            self._came_up = True
        begun = time.monotonic()
        work = Work(
            request_id=request_id,
            event=json.dumps(event).encode(),
            deadline_ms=int((time.time() + timeout) * 1000),
            function_arn=FUNCTION_ARN,
        )
        end_or_result = self._process.invoke(work, begun + timeout)
        if not isinstance(end_or_result, Result):
            return self._unanswered(end_or_result, request_id, begun, timeout)
        stdout, stderr = self._process.output()
        outcome = endings.answered(end_or_result, seconds=time.monotonic() - begun)
        return Invocation(outcome=outcome, stdout=stdout, stderr=stderr)

    def renew(self) -> None:
        """Makes the next invocation one of a new process."""
        self._discard()

    def isolate(self) -> None:
        """Every deployment has a process of its own anyway."""
        self._discard()

    def leftovers(self) -> tuple[LeftFile, ...]:
        """What the handler wrote since the last call and left; see :class:`HandlerDriver`."""
        if self._process is not None:
            self._workplace.collect(self._process.tmp)
        return self._workplace.leftovers()

    def close(self) -> None:
        """Ends every process, and removes every file, that belongs to this driver."""
        self._discard()
        self._workplace.close()

    def _start(self, deployment: Deployment) -> HandlerProcess:
        self._started += 1
        place = self.workspace / f"sandbox-{self._started}"
        bundle = self._workplace.bundle
        bundle.lay(deployment.snapshot)
        environment = lambda_environment(
            api="", tmp=place / "tmp", task_root=bundle.directory, handler=self._handler
        )
        words = self._command.within(bundle.directory)
        require_runnable(words)
        try:
            return HandlerProcess(
                self._launch.command(words),
                environment={
                    **self._enclosure.environment,
                    **environment,
                    **deployment.environment,
                },
                workspace=place,
                guardian=self._workplace.guardian,
                enclosure=self._enclosure,
                counted=self.workspace,
                directory=bundle.directory,
            )
        except OSError as error:
            raise not_startable(words, f"cannot be run: {error.strerror}") from error

    def _no_start(self, process: HandlerProcess) -> End:
        """How a program ended that does not ask for work.

        That is the bundle's doing only if it asked when it was started in another one.
        """
        code = process.returncode
        if self._came_up:
            return "timed-out" if code is None else "exited"
        process.kill()
        printed = "".join(process.output())
        self._discard()
        why = "did not ask the Lambda Runtime API for work " + (
            f"in {self._launch.patience:.0f} s"
            if code is None
            else f"before it ended (exit code {code})"
        )
        raise not_startable(self._command.words, why, printed)

    def _unanswered(self, end: End, request_id: str, begun: float, timeout: float) -> Invocation:
        assert self._process is not None
        code, seconds = self._process.returncode, time.monotonic() - begun
        return self._last(
            endings.unanswered(
                end,
                request_id,
                code,
                timeout=timeout,
                seconds=seconds,
                exceeded=self._process.exceeded,
            )
        )

    def _last(self, outcome: Outcome) -> Invocation:
        """An invocation after which the process is of no more use."""
        assert self._process is not None
        self._process.kill()
        stdout, stderr = self._process.output()
        self._discard()
        return Invocation(outcome=outcome, stdout=stdout, stderr=stderr)

    def _discard(self) -> None:
        if self._process is not None:
            self._workplace.collect(self._process.tmp)
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.close()


def _handler_name(command: CommandLine) -> str:
    """What ``_HANDLER`` says: the last word, where it looks like ``module.function``."""
    last = command.words[-1]
    named = len(command.words) > 1 and _MODULE_AND_FUNCTION.fullmatch(last)
    is_file = (command.source.folder / last).exists()
    return last if named and not is_file else "handler"
