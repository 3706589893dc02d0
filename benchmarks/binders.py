"""The binders that are measured, what each needs, and an app to synthesize."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from benchmarks.processes import ROOT
from chaim_conformance import synth_calls
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.drivers.binder import BinderDriver
from chaim_conformance.drivers.binder_locator import open_binder
from chaim_conformance.plain_app import PLAIN
from chaim_conformance.plane import Plane, PlaneServer
from chaim_conformance.synth_runner import SynthRunner
from chaim_conformance.synth_scenario import App, Index, Key, Synth, SynthScenario, Table

REFERENCE, EXAMPLE = "Python, the reference", "Node, the example"
NODE_CDK = "CHAIM_NODE_CDK"
SECONDS = 120

_INDEXES = (
    Index(name="byEmail", partition_key=Key(name="email"), sort_key=Key(name="at", type="N")),
    Index(name="byStatus", partition_key=Key(name="status"), projection="KEYS_ONLY"),
)
_STACK = PLAIN.apps[0].stacks[0]
# What bare.py and bare.cjs make, too.
APP = App(stacks=(replace(_STACK, tables=(Table(global_indexes=_INDEXES, ttl_attribute="ttl"),)),))
SCENARIO = SynthScenario(apps=(APP,))


@dataclass(frozen=True, kw_only=True)
class Binder:
    """One of them: the folder with its chaim.toml, and a program that needs no kit and its file."""

    name: str
    root: Path
    locator: str
    program: str
    bare: Path


def find_binder(name: str, scratch: Path) -> Binder | str:
    """The binder of this name, made ready in ``scratch`` if need be; or what it needs, in words."""
    here = Path(__file__).parent / "bare_synths"
    if name == REFERENCE:
        if find_spec("aws_cdk") is None:
            return "needs aws-cdk-lib: pip install aws-cdk-lib"
        return Binder(
            name=name,
            root=ROOT / "reference_impl",
            locator="cdk-python:chaim_reference.cdk",
            program=sys.executable,
            bare=here / "bare.py",
        )
    modules = Path(os.environ.get(NODE_CDK) or "nowhere").resolve() / "node_modules"
    if not (modules / "aws-cdk-lib").is_dir():
        return f"needs {NODE_CDK}=DIR and npm install --prefix DIR aws-cdk-lib constructs"
    copy = scratch / "node-cdk-provider"
    if not copy.exists():
        leave = shutil.ignore_patterns("node_modules", ".chaim")
        shutil.copytree(ROOT / "examples" / copy.name, copy, ignore=leave)
        (copy / "node_modules").symlink_to(modules, target_is_directory=True)
    return Binder(
        name=name,
        root=copy,
        locator="cdk-node:.",
        program=shutil.which("node") or "node",
        bare=here / "bare.cjs",
    )


@dataclass(frozen=True, kw_only=True)
class Synths:
    """One binder as the kit drives it."""

    driver: BinderDriver
    runner: SynthRunner
    _environment: dict[str, str]

    def synth(self) -> None:
        """One synth through the driver, in a sandbox that is empty at first."""
        self.driver.clear()
        self.driver.lay(APP)
        answer = self.driver.synth(APP, Synth(), environment=self._environment)
        _require(answer.outcome, answer.stderr)

    def play(self) -> None:
        """The same through the runner, which looks at all that was written."""
        (record,) = self.runner.play(SCENARIO).records
        _require(record.outcome, record.stderr)


@contextmanager
def driven(binder: Binder) -> Iterator[Synths]:
    """Starts the binder as a judge does."""
    provider = ProviderConfig(binder=binder.locator, root=binder.root)
    with PlaneServer(Plane()) as server:
        environment = synth_calls.environment(server, Synth())
        driver = open_binder(provider, Settings(), environment=environment)
        try:
            runner = SynthRunner(driver=driver, server=server, provider=provider)
            yield Synths(driver=driver, runner=runner, _environment=environment)
        finally:
            driver.close()


@contextmanager
def bare(binder: Binder, scratch: Path) -> Iterator[Callable[[int], float]]:
    """The same app, written by hand in one process without the kit: seconds for so many synths."""
    app = scratch / f"bare {binder.name}"
    ((_, binding, _),) = APP.bound()
    schema = app / binding.schema.file
    schema.parent.mkdir(parents=True)
    schema.write_text(binding.schema.text or "", encoding="utf-8")
    # Binders find the app's directory by this file, above its main module.
    (app / "cdk.json").write_text(json.dumps({"app": "bare"}), encoding="utf-8")
    main = shutil.copy(binder.bare, app)
    environment = {
        **os.environ,
        "CHAIM_SNAPSHOT_DIR": str(app / "snapshots"),
        "CDK_VALIDATION": "false",  # as the kit has it
        "PYTHONPATH": str(binder.root),
        "BINDER": str(binder.root),
    }
    log = scratch / f"bare {binder.name}.log"
    with log.open("wb") as stderr:  # jsii has much to say of Node's version
        process = subprocess.Popen(
            [binder.program, main],
            cwd=app,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    requests, answers = process.stdin, process.stdout

    def synths(count: int) -> float:
        requests.write(f"{count}\n")
        requests.flush()
        line = answers.readline()
        if not line:
            raise RuntimeError(f"the bare app did not synthesize:\n{log.read_text()}")
        return float(line)

    try:
        yield synths
    finally:
        requests.close()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        answers.close()


def _require(outcome: str, log: str) -> None:
    if outcome != "synthesized":
        raise RuntimeError(f"the app {outcome}\n{log}")
