"""Binders of a few lines, which speak the protocol and know no CDK."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance.drivers.binder import SynthAnswer
from chaim_conformance.drivers.binder_driver import Patience, ProcessBinderDriver
from chaim_conformance.drivers.bundle import Copy, whole_folder
from chaim_conformance.drivers.enclosure import Enclosure
from chaim_conformance.synth_scenario import App, Binding, Schema, Synth, SynthStack, Table
from tests.drivers.programs import PYTHON

# {start} and {synth} are what it does then; `say` answers, and `request` is what it was asked.
PROGRAM = """
import json, os, pathlib, signal, subprocess, sys, time
def say(*answer):
    print(*(one if isinstance(one, str) else json.dumps(one) for one in answer), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    if request["request"] == "start":
        project = pathlib.Path(request["directory"])
{start}
    elif request["request"] == "synth":
        done = {{"id": request["id"]}}
{synth}
    else:
        print("asked to stop", file=open("stopped", "w"))
        break
"""
START = 'say({"protocol": "1.0", "capabilities": ["core"]})'
DONE = "say(done)"


def program(synth: str = DONE, *, start: str = START) -> str:
    """A binder's text."""
    bodies = {"start": start, "synth": synth}
    return PROGRAM.format(
        **{name: textwrap.indent(textwrap.dedent(text), " " * 8) for name, text in bodies.items()}
    )


def app(*files: str, text: str | None = "{}") -> App:
    """An app with a binding for each of these schema files."""
    bindings = tuple(
        Binding(id=f"Binding{number}", schema=Schema(file=file, text=text))
        for number, file in enumerate(files)
    )
    return App(stacks=(SynthStack(tables=(Table(),), bindings=bindings),))


@dataclass(kw_only=True)
class Binders:
    """Writes binders, and opens drivers of them that end with the test."""

    folder: Path
    cleanup: ExitStack = field(default_factory=ExitStack)

    @property
    def locator(self) -> str:
        return f"command:{PYTHON} binder.py"

    def write(self, synth: str = DONE, *, start: str = START) -> None:
        (self.folder / "binder.py").write_text(program(synth, start=start), encoding="utf-8")

    def open(
        self,
        synth: str = DONE,
        *,
        start: str = START,
        patience: Patience | None = None,
        enclosure: Enclosure | None = None,
    ) -> ProcessBinderDriver:
        """The driver of such a binder."""
        self.write(synth, start=start)

        def lay(project: Path) -> tuple[str, ...]:
            Copy(whole_folder(self.folder), project).make()
            return (PYTHON, str(project / "binder.py"))

        driver = ProcessBinderDriver(
            lay, named="binder 'mine'", patience=patience, enclosure=enclosure
        )
        self.cleanup.callback(driver.close)
        return driver


def synthesized(driver: ProcessBinderDriver, synth: Synth | None = None) -> SynthAnswer:
    """A synth that has to succeed."""
    answer = driver.synth(app(), synth or Synth(), environment={})
    assert answer.outcome == "synthesized", answer
    return answer


def shown(driver: ProcessBinderDriver, synth: Synth | None = None, **environment: str) -> Any:
    """What a binder says in its log, as JSON."""
    answer = driver.synth(app(), synth or Synth(), environment=environment)
    assert answer.outcome == "synthesized", answer
    return json.loads(answer.stderr)


@pytest.fixture
def binders(tmp_path: Path) -> Iterator[Binders]:
    """The test's own provider folder."""
    folder = tmp_path / "provider"
    folder.mkdir()
    made = Binders(folder=folder)
    with made.cleanup:
        yield made
