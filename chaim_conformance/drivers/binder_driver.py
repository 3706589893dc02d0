"""Drives a binder: processes over one sandbox, one for each kind of surroundings."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from chaim_conformance.drivers.binder import BinderFacts, Sandbox, SynthAnswer
from chaim_conformance.drivers.binder_process import BinderProcess, Heard
from chaim_conformance.drivers.binder_protocol import (
    Answer,
    facts_of,
    publications_of,
    refusal_of,
    start_request,
    synth_request,
)
from chaim_conformance.drivers.binder_sandbox import Folders, LayProvider
from chaim_conformance.drivers.command_line import did_not_come_up, require_runnable
from chaim_conformance.drivers.enclosure import Enclosure, Outside
from chaim_conformance.drivers.guardian import Guardian
from chaim_conformance.drivers.lambda_environment import process_environment
from chaim_conformance.drivers.trash import Trash
from chaim_conformance.errors import AppNotBuildable
from chaim_conformance.synth_scenario import App, Synth

# Each takes 100 to 400 MB where it is CDK; the suite has four kinds of surroundings.
_MOST_PROCESSES = 4
# A start takes a core for a second or two: as many synths pass from one to the next.
_BETWEEN_STARTS = 15
# jsii prints a box of warnings where it does not like Node's version. One of the variables is a
# list of versions, and does nothing where it holds "1".
_QUIET = {
    # Its own rules for templates cost more than the synth, and judge no binding.
    "CDK_VALIDATION": "false",
    "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": ",".join(map(str, range(10, 100))),
    "JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION": "1",
    "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
    "CDK_DISABLE_CLI_TELEMETRY": "1",
}
_JSII_CACHE = "JSII_RUNTIME_PACKAGE_CACHE_ROOT"


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a binder may take (seconds): to start, for its first synth, for any other."""

    start: float = 120.0
    first: float = 120.0
    later: float = 60.0


@dataclass(frozen=True, kw_only=True)
class _Surroundings:
    """What belongs to a process, so that synths that differ in it need two."""

    process: int
    elsewhere: bool
    default_base: bool
    base_url: str | None
    environment: tuple[tuple[str, str], ...]


class ProcessBinderDriver:
    """A :class:`BinderDriver` for whatever speaks the protocol.

    ``named`` is what messages call it, ``lay_provider`` puts it into the project; ``formats`` holds
    where it does not say which it writes. The first process is started here, to hear its facts,
    with this ``environment``; synths with the same one use it. Raises
    :class:`ProviderNotStartable`, and whatever ``lay_provider`` raises.
    """

    facts: BinderFacts

    def __init__(
        self,
        lay_provider: LayProvider,
        *,
        named: str,
        formats: tuple[str, ...] = ("1.0",),
        environment: Mapping[str, str] | None = None,
        enclosure: Enclosure | None = None,
        patience: Patience | None = None,
    ) -> None:
        """The enclosure stays open when the driver is closed; without one there is none."""
        self._named = named
        self._enclosure = enclosure or Outside()
        self._patience = patience or Patience()
        self._processes: OrderedDict[_Surroundings, BinderProcess] = OrderedDict()
        self._expected: list[_Surroundings] = []
        self._isolated = False
        self._started = 0
        self._asked = 0
        self._next_start = 0
        self._workspace = Path(tempfile.mkdtemp(prefix="chaim-binder-")).resolve()
        self._guardian = Guardian(self._workspace)
        self._trash = Trash(self._workspace / "trash")
        self.sandbox = Sandbox(root=self._workspace / "sandbox")
        try:
            self._folders = Folders(
                self.sandbox,
                lay_provider,
                pristine=self._workspace / "pristine",
                trash=self._trash,
            )
            first = _surroundings(Synth(), environment or {})
            self._launch(first)
            self.facts = facts_of(self._greet(first), formats=formats)
        except BaseException:
            self.close()
            raise

    def clear(self) -> None:
        """Makes the sandbox what it was before any synth; processes that have grown end."""
        if not self._folders.intact:  # somebody may work in what is no longer there
            self.renew()
        for surroundings, process in list(self._processes.items()):
            if process.spent or not process.alive:
                self._end(surroundings)
        self._folders.clear(in_use={process.own for process in self._processes.values()})
        self._start_ahead()

    def lay(self, app: App) -> None:
        """Writes the app's ``.bprint`` files; those of an app before go, and nothing else does."""
        self._folders.lay(app)

    def synth(self, app: App, synth: Synth, *, environment: Mapping[str, str]) -> SynthAnswer:
        """Synthesizes in the process of these surroundings; see :class:`BinderDriver`."""
        surroundings = _surroundings(synth, environment)
        process = self._process(surroundings)
        self._asked += 1
        heard = process.synth(
            synth_request(self._asked, app, self.sandbox.project),
            timeout=self._patience.later if process.synths else self._patience.first,
        )
        if self._isolated or heard.kind != "answered":
            self._end(surroundings)
        return self._answer(heard)

    def expect(self, synths: Iterable[tuple[Synth, Mapping[str, str]]]) -> None:
        """Has the processes of such synths start beside others' work, one after the other."""
        all_of_them = dict.fromkeys(_surroundings(*one) for one in synths)
        self._expected = [one for one in all_of_them if one not in self._processes]

    def renew(self) -> None:
        """Makes the next synths ones of new processes."""
        self._expected = []
        for process in self._processes.values():
            process.stop()
        for surroundings in list(self._processes):
            self._end(surroundings)

    def isolate(self, each: bool) -> None:
        """Gives every synth a process of its own from here on, or no longer."""
        self._isolated = each
        self.renew()

    def close(self) -> None:
        """Ends every process, and removes every file."""
        self.renew()
        self._trash.close()
        shutil.rmtree(self._workspace, ignore_errors=True)
        self._guardian.close()

    def _process(self, surroundings: _Surroundings) -> BinderProcess:
        process = self._processes.get(surroundings)
        if process is None or not process.alive:
            if process is not None:  # it ended after its answer
                self._end(surroundings)
            while len(self._processes) >= _MOST_PROCESSES:
                self._end(next(iter(self._processes)))
            process = self._launch(surroundings)
        self._processes.move_to_end(surroundings)
        if not process.started:
            self._greet(surroundings)
        return process

    def _start_ahead(self) -> None:
        """Launches the next process that is expected, when the one before has had its time."""
        room = len(self._processes) < _MOST_PROCESSES
        if self._expected and room and self._asked >= self._next_start and not self._isolated:
            surroundings = self._expected.pop(0)
            if surroundings not in self._processes:
                self._launch(surroundings)
                self._next_start = self._asked + _BETWEEN_STARTS

    def _launch(self, surroundings: _Surroundings) -> BinderProcess:
        """A process that begins to load what it needs; nobody waits for it yet."""
        require_runnable(self._folders.command)
        self._started += 1
        own = self.sandbox.temporary / str(self._started)
        of = self.sandbox
        try:
            process = BinderProcess(
                self._folders.command,
                named=self._named,
                environment={
                    **self._enclosure.environment,
                    **process_environment(own),
                    **self._home(),
                    **_QUIET,
                    **self._told(surroundings),
                },
                directory=of.elsewhere if surroundings.elsewhere else of.project,
                own=own,
                counted=of.root,
                guardian=self._guardian,
                enclosure=self._enclosure,
            )
        except OSError as error:
            raise did_not_come_up(self._named, f"cannot be run: {error.strerror}") from error
        self._processes[surroundings] = process
        return process

    def _greet(self, surroundings: _Surroundings) -> Answer:
        process = self._processes[surroundings]
        try:
            return process.start(start_request(self.sandbox.project), timeout=self._patience.start)
        except BaseException:
            self._end(surroundings)
            raise

    def _end(self, surroundings: _Surroundings) -> None:
        self._processes.pop(surroundings).close()

    def _home(self) -> dict[str, str]:
        home = str(self.sandbox.home)
        cache = str(_jsii_cache() or self._workspace / "jsii")
        return {"HOME": home, "USERPROFILE": home, "LOCALAPPDATA": home, _JSII_CACHE: cache}

    def _told(self, surroundings: _Surroundings) -> dict[str, str]:
        told = dict(surroundings.environment)
        if not surroundings.default_base:
            told["CHAIM_SNAPSHOT_DIR"] = str(self.sandbox.snapshots)
        if surroundings.base_url is not None:
            told["CHAIM_API_BASE_URL"] = surroundings.base_url
        return told

    def _answer(self, heard: Heard) -> SynthAnswer:
        if heard.kind != "answered":
            ending = f"[the binder's process {heard.ending}]\n" if heard.ending else ""
            return SynthAnswer(
                outcome=heard.kind,
                stdout=heard.stdout,
                stderr=heard.stderr + ending,
                seconds=heard.seconds,
            )
        try:
            refusal = refusal_of(heard.answer)
        except AppNotBuildable as error:
            raise AppNotBuildable(f"{self._named}: {error}") from error
        project = self.sandbox.project
        return SynthAnswer(
            outcome="synthesized" if refusal is None else "refused",
            refusal=refusal,
            directory=project / heard.answer.get("directory", "cdk.out"),
            publications=publications_of(heard.answer, project),
            stdout=heard.stdout,
            stderr=heard.stderr,
            seconds=heard.seconds,
        )


def _surroundings(synth: Synth, environment: Mapping[str, str]) -> _Surroundings:
    return _Surroundings(
        process=synth.process,
        elsewhere=synth.elsewhere,
        default_base=synth.default_base,
        base_url=synth.base_url,
        environment=tuple(sorted(environment.items())),
    )


def _jsii_cache() -> Path | None:
    """Where jsii unpacks what it has downloaded, once for all apps of this user.

    HOME is another one in a sandbox, and unpacking aws-cdk-lib anew takes seconds and 200 MB. It
    is filled under locks, and by what a package holds. ``None``: there is no such place.
    """
    named = os.environ.get(_JSII_CACHE)
    if named:
        return Path(named)
    below = {
        "darwin": "Library/Caches/com.amazonaws.jsii/package-cache",
        "linux": ".cache/aws/jsii/package-cache",
    }.get(sys.platform)
    if below is None:
        return None
    cache = Path.home() / below
    nearest = next(path for path in (cache, *cache.parents) if path.exists())
    return cache if os.access(nearest, os.W_OK) else None
