"""A handler on a driver, a plane that it calls, and a runner on both."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT
from chaim_conformance.cloudformation import Stack
from chaim_conformance.drivers.driver import Deployment, Invocation
from chaim_conformance.drivers.lambda_driver import LambdaDriver
from chaim_conformance.drivers.locator import find_program
from chaim_conformance.examples import example
from chaim_conformance.plane import Plane, PlaneServer
from chaim_conformance.runner import Runner
from chaim_conformance.scenario import Attempt, Operation, RequestType, Scenario
from chaim_conformance.transcript import AnswerStyle, Credentials, Transcript

EXAMPLE = "node:examples/node-provider/src/index.js"
COMMONJS = "node:tests/handlers/framework-cjs/index.js"
ES_MODULE = "node:tests/handlers/fetch-esm/index.mjs"
REFERENCE = "python:reference_impl/chaim_reference/handler.py:handler"
CREDENTIALS = Credentials(api_key="ck-benchmark", api_secret="cs-benchmark")
PATIENCE = 30.0


@dataclass(kw_only=True)
class Stage:
    """One handler, ready to be invoked."""

    driver: LambdaDriver
    runner: Runner
    _serial: Iterator[int] = field(default_factory=itertools.count)

    def lives(self, attempts: int, *, operations: int = 1) -> Scenario:
        """A scenario that no other equals: Creates or more, each delivered so often, all warm."""
        kinds: tuple[RequestType, ...] = ("Create", "Update", "Delete")
        tries = (Attempt(),) * attempts
        return Scenario(
            bundles=(example("1.0", "STRICT", app_id=f"benchmark-{next(self._serial)}"),),
            operations=tuple(
                Operation(request_type=kind, attempts=tries) for kind in kinds[:operations]
            ),
        )

    def deployment(self, snapshot: bytes | None = b"{}") -> Deployment:
        """A bundle with what a handler needs to publish to the plane."""
        environment = {
            "CHAIM_API_BASE_URL": self.runner.server.api_url,
            "API_KEY": CREDENTIALS.api_key,
            "API_SECRET": CREDENTIALS.api_secret,
            "FAILURE_MODE": "STRICT",
        }
        return Deployment(snapshot=snapshot, environment=environment)

    def snapshot(self) -> bytes:
        """A snapshot that can be published."""
        return (example("1.0", "STRICT", app_id="benchmark").snapshot or "").encode()

    def event(self) -> dict[str, Any]:
        """A Create, as the provider framework hands it on."""
        request_id = "5c0ffee0-0000-4000-8000-000000000001"
        stack = Stack("benchmark")
        create = next(stack.listed(Operation(request_type="Create")))
        return stack.event(create, request_id=request_id, response_url="https://unused.invalid/")

    def invoke(self) -> Invocation:
        """Delivers a Create to what is deployed; it has to succeed."""
        invocation = self.driver.invoke(
            self.event(), request_id="benchmark", cold=False, timeout=PATIENCE
        )
        require_returned(invocation.outcome.kind, invocation.stderr)
        return invocation


@contextmanager
def stage(
    locator: str, *, answers: AnswerStyle = "provider-framework", root: Path = ROOT
) -> Iterator[Stage]:
    """Opens a stage for the handler of this name."""
    driver = LambdaDriver(find_program(locator, root=root, bundle=None))
    try:
        with PlaneServer(Plane()) as server:
            home = driver.workspace / "home"
            home.mkdir()
            runner = Runner(driver=driver, server=server, home=home, answer_style=answers)
            yield Stage(driver=driver, runner=runner)
    finally:
        driver.close()


def play(it: Stage, scenario: Scenario) -> Transcript:
    """Plays a scenario of which every attempt has to publish."""
    transcript = it.runner.play(scenario)
    for record in transcript.attempts:
        require_returned(record.outcome.kind, record.stderr)
        if not record.uploads:
            raise RuntimeError(f"nothing was uploaded: {record.outcome.payload}")
    return transcript


def require_returned(kind: str, log: str) -> None:
    """What fails is fast, and no benchmark."""
    if kind != "returned":
        raise RuntimeError(f"the handler did not succeed: {kind}\n{log}")
