"""Drives a handler through the Lambda Runtime API: warm and cold, one bundle after another."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote

from chaim_conformance.drivers import endings
from chaim_conformance.drivers.bundle import HandlerSource
from chaim_conformance.drivers.driver import Deployment, Invocation
from chaim_conformance.drivers.enclosure import Enclosure, Outside
from chaim_conformance.drivers.handler_process import End, HandlerProcess
from chaim_conformance.drivers.init_failures import missing_sdk
from chaim_conformance.drivers.lambda_environment import (
    FUNCTION_ARN,
    at_start,
    lambda_environment,
)
from chaim_conformance.drivers.launch import AT_ONCE, Launch
from chaim_conformance.drivers.runtime_protocol import Result, Work
from chaim_conformance.drivers.workplace import Workplace
from chaim_conformance.errors import HarnessError, SdkMissing
from chaim_conformance.transcript import AnswerStyle, LeftFile

# A handler that answered and keeps its process busy is given this long before a new bundle.
_SETTLE_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Program:
    """How a handler's process is started, and what it is to load."""

    command: tuple[str, ...]
    execution_env: str
    source: HandlerSource
    module: str
    export: str | None


@dataclass(kw_only=True)
class _Sandbox:
    """A process, and what it was started and loaded with."""

    process: HandlerProcess
    started_with: Mapping[str, str]
    loaded: object = field(default=None)


class LambdaDriver:
    """A :class:`HandlerDriver` for the kit's own runtime clients."""

    capabilities = frozenset({"core", "cfn", "lambda"})
    answer_style: AnswerStyle | None = None

    def __init__(
        self,
        program: Program,
        *,
        isolation: Literal["bundle", "process"] = "bundle",
        enclosure: Enclosure | None = None,
        launch: Launch = AT_ONCE,
    ) -> None:
        """The enclosure stays open when the driver is closed; without one there is none."""
        self._program = program
        self._enclosure = enclosure or Outside()
        self._isolation = isolation
        self._launch = launch
        self._workplace = Workplace(program.source, moves=launch.moves)
        self._bundle = self._workplace.bundle
        self.workspace = self._workplace.directory
        self._deployment: Deployment | None = None
        self._sandbox: _Sandbox | None = None
        self._standby: _Sandbox | None = None
        self._started = 0

    def deploy(self, deployment: Deployment) -> None:
        """Makes the next invocation load the handler afresh from this bundle."""
        alone = deployment.alone or (self._deployment is not None and self._deployment.alone)
        self._deployment = deployment
        if self._sandbox is not None:
            self._sandbox.loaded = None
            if alone or self._isolation == "process":
                self._discard()

    def invoke(
        self, event: Mapping[str, Any], *, request_id: str, cold: bool, timeout: float
    ) -> Invocation:
        """Delivers one event; see :class:`HandlerDriver`."""
        if self._deployment is None:
            raise HarnessError("a handler was invoked before anything was deployed")
        if cold:
            self._discard()
        begun = time.monotonic()
        sandbox = self._fit_sandbox(self._deployment, timeout=timeout)
        if sandbox is None:
            return self._ended("timed-out", request_id, begun, timeout)
        work = Work(
            request_id=request_id,
            event=json.dumps(event).encode(),
            deadline_ms=int((time.time() + timeout) * 1000),
            function_arn=FUNCTION_ARN,
            load=self._load_order(sandbox, self._deployment),
        )
        begun = time.monotonic()
        end = sandbox.process.invoke(work, begun + timeout)
        if not isinstance(end, Result):
            return self._ended(end, request_id, begun, timeout)
        return self._result(sandbox, end, time.monotonic() - begun)

    def renew(self) -> None:
        """Makes the next invocation one of a new process."""
        self._discard()

    def isolate(self) -> None:
        """Gives every deployment a process of its own from here on."""
        self._isolation = "process"
        self._discard()

    def leftovers(self) -> tuple[LeftFile, ...]:
        """What the handler wrote since the last call and left; see :class:`HandlerDriver`."""
        self._collect()
        return self._workplace.leftovers()

    def close(self) -> None:
        """Ends every process, and removes every file, that belongs to this driver."""
        self._discard()
        standby, self._standby = self._standby, None
        if standby is not None:
            standby.process.close()
        self._workplace.close()

    # A sandbox in the right state

    def _fit_sandbox(self, deployment: Deployment, *, timeout: float) -> _Sandbox | None:
        """A process that waits for work; ``None`` where its handler keeps the warm one busy."""
        wanted = at_start(deployment.environment)
        warm = self._sandbox
        if warm is not None and warm.started_with == wanted:
            patience = timeout if warm.loaded is deployment else _SETTLE_SECONDS
            ready = warm.process.wait_until_ready(time.monotonic() + patience)
            alive = warm.process.returncode is None or warm.process.exceeded != ""
            if ready and (warm.loaded is deployment or not warm.process.spent):
                return warm
            if alive and not ready and warm.loaded is deployment:
                return None
        self._discard()
        self._sandbox = self._take(wanted)
        return self._sandbox

    def _take(self, wanted: Mapping[str, str]) -> _Sandbox:
        standby, self._standby = self._standby, None
        if standby is not None and standby.started_with != wanted:
            standby.process.close()
            standby = None
        first = self._started == 0
        sandbox = standby or self._start(wanted)
        if not sandbox.process.wait_until_ready(time.monotonic() + self._launch.patience):
            printed = "".join(sandbox.process.output()).strip()
            code = sandbox.process.returncode
            sandbox.process.close()
            raise HarnessError(
                f"{self._program.command[0]} did not ask for work (exit code {code}):\n{printed}"
            )
        if (
            self._launch.ahead and not first
        ):  # who needs a second process will need a third: it starts meanwhile
            self._standby = self._start(wanted)
        return sandbox

    def _start(self, wanted: Mapping[str, str]) -> _Sandbox:
        self._started += 1
        place = self.workspace / f"sandbox-{self._started}"
        process = HandlerProcess(
            self._launch.command(self._program.command),
            environment=self._environment(place / "tmp", api="") | dict(wanted),
            workspace=place,
            guardian=self._workplace.guardian,
            enclosure=self._enclosure,
            counted=self.workspace,
        )
        return _Sandbox(process=process, started_with=wanted)

    def _discard(self) -> None:
        self._collect()
        sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            sandbox.process.close()

    def _collect(self) -> None:
        """Remembers the files that the handler left, before they go."""
        sandbox = self._sandbox
        if sandbox is None or sandbox.loaded is None:
            return
        self._workplace.collect(sandbox.process.tmp)

    # What the runtime client is told

    def _load_order(self, sandbox: _Sandbox, deployment: Deployment) -> str | None:
        """The file that names the bundle to load; ``None`` where it is loaded already."""
        if sandbox.loaded is deployment:
            return None
        process = sandbox.process
        process.output()  # what the last bundle printed after its answer is nobody's
        process.empty_tmp()
        self._bundle.lay(deployment.snapshot)
        environment = self._environment(process.tmp, api=process.api.address)
        order = self.workspace / "load.json"
        order.touch(mode=0o600)
        order.write_text(
            json.dumps(
                {
                    "directory": str(self._bundle.directory),
                    "working_directory": str(self._bundle.file.parent),
                    "file": str(self._bundle.file),
                    "module": self._program.module,
                    "export": self._program.export,
                    "purge": self._bundle.root,
                    "environment": environment | dict(deployment.environment),
                }
            ),
            encoding="utf-8",
        )
        sandbox.loaded = deployment
        return quote(str(order))

    def _environment(self, tmp: Path, *, api: str) -> dict[str, str]:
        program = self._program
        of_the_runtime = {
            "AWS_EXECUTION_ENV": program.execution_env,
            "LAMBDA_RUNTIME_DIR": str(Path(__file__).parent),
        }
        return {**self._enclosure.environment, **of_the_runtime} | lambda_environment(
            api=api,
            tmp=tmp,
            task_root=self._bundle.file.parent,
            handler=f"{program.module}.{program.export or 'handler'}",
        )

    # How it ended

    def _result(self, sandbox: _Sandbox, result: Result, seconds: float) -> Invocation:
        stdout, stderr = sandbox.process.output()
        if result.kind == "init-failed":
            self._collect()
            sandbox.loaded = None
        if sdk := unquote(result.missing) or missing_sdk(result.error_message):
            raise SdkMissing(_no_sdk(sdk))
        outcome = endings.answered(result, seconds=seconds)
        return Invocation(outcome=outcome, stdout=stdout, stderr=stderr)

    def _ended(self, end: End, request_id: str, begun: float, timeout: float) -> Invocation:
        """No answer: the process is killed if need be, and the next invocation gets another one."""
        assert self._sandbox is not None
        process = self._sandbox.process
        code = process.returncode
        process.kill()
        stdout, stderr = process.output()
        self._discard()
        outcome = endings.unanswered(
            end,
            request_id,
            code,
            timeout=timeout,
            seconds=time.monotonic() - begun,
            exceeded=process.exceeded,
        )
        return Invocation(outcome=outcome, stdout=stdout, stderr=stderr)


def _no_sdk(package: str) -> str:
    return (
        f"the handler needs {package}, which is not installed: AWS's Lambda has it built in, the "
        f"kit has not. Run `npm install {package}` (or `npm install`) in the provider's folder."
    )
