"""A handler written on the spot, and a driver for it that ends with the test."""

from __future__ import annotations

import json
import subprocess
import textwrap
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.drivers import (
    Deployment,
    Enclosure,
    HandlerDriver,
    Invocation,
    open_handler,
)
from chaim_conformance.drivers.lambda_driver import LambdaDriver
from chaim_conformance.drivers.locator import find_program

REQUEST_ID = "5c0ffee0-0000-4000-8000-000000000001"
# Nothing here takes long; a busy machine may.
PATIENCE = 30.0


@dataclass(kw_only=True)
class Driven:
    """A provider's folder with a driver on it."""

    driver: HandlerDriver
    folder: Path

    def deploy(
        self, snapshot: bytes | None = b'{"n": 1}', environment: Mapping[str, str] | None = None
    ) -> None:
        """A new bundle."""
        self.driver.deploy(Deployment(snapshot=snapshot, environment=environment or {}))

    def invoke(
        self, event: object = None, *, cold: bool = False, timeout: float = PATIENCE
    ) -> Invocation:
        """One attempt."""
        said = event if isinstance(event, dict) else {}
        return self.driver.invoke(said, request_id=REQUEST_ID, cold=cold, timeout=timeout)

    def value(self, event: object = None, *, cold: bool = False) -> Any:
        """What the handler returned."""
        invocation = self.invoke(event, cold=cold)
        assert invocation.outcome.kind == "returned", invocation
        assert invocation.outcome.payload is not None
        return json.loads(invocation.outcome.payload)


@dataclass(kw_only=True)
class Workbench:
    """Writes files and opens drivers."""

    folder: Path
    cleanup: ExitStack = field(default_factory=ExitStack)

    def write(self, name: str, text: str) -> Path:
        """A file of the provider's."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def open(
        self,
        locator: str,
        *,
        bundle: Path | None = None,
        isolation: Literal["bundle", "process"] = "bundle",
        enclosure: Enclosure | None = None,
    ) -> Driven:
        """A driver, with a first bundle deployed."""
        program = find_program(locator, root=self.folder, bundle=bundle)
        driver = LambdaDriver(program, isolation=isolation, enclosure=enclosure)
        self.cleanup.callback(driver.close)
        driven = Driven(driver=driver, folder=self.folder)
        driven.deploy()
        return driven

    def drive(
        self,
        locator: str,
        *,
        start: str | None = None,
        bundle: Path | None = None,
        enclosure: Enclosure | None = None,
    ) -> Driven:
        """The driver that the locator takes, as the kit opens it, with a first bundle deployed."""
        provider = ProviderConfig(root=self.folder, handler=locator, start=start, bundle=bundle)
        driver = open_handler(provider, Settings(), enclosure=enclosure)
        self.cleanup.callback(driver.close)
        driven = Driven(driver=driver, folder=self.folder)
        driven.deploy()
        return driven

    def node(self, text: str, name: str = "index.js") -> Driven:
        """A Node handler of one file."""
        self.write(name, text)
        return self.open(f"node:{name}")

    def python(self, text: str, name: str = "main.py") -> Driven:
        """A Python handler of one file."""
        self.write(name, text)
        return self.open(f"python:{name}:handler")


def wait_for_state(pid: int, *wanted: str) -> None:
    """Fails if the process does not get into one of these states of ps; a signal takes a moment."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        done = subprocess.run(
            ["ps", "-o", "stat=", "-p", str(pid)],
            check=False,  # it fails where there is no such process
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        state = done.stdout.strip()[:1]
        if state in wanted:
            return
        time.sleep(0.01)
    raise AssertionError(f"process {pid} is in state {state!r}, not in {wanted}")


def wait_until_gone(pid: int) -> None:
    """Fails if the process is still there; a zombie that nobody has collected yet is gone."""
    wait_for_state(pid, "", "Z")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    """The test's own provider folder."""
    folder = tmp_path / "provider"
    folder.mkdir()
    workbench = Workbench(folder=folder)
    with workbench.cleanup:
        yield workbench
