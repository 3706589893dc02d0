"""What every binder driver offers: a sandbox with an app's directory in it, and synths of apps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from chaim_conformance.synth_scenario import DYNAMODB, App, Construct, Synth
from chaim_conformance.synth_transcript import Refusal

Feature = Literal[
    "stages",
    "stack-names",
    "scopes",
    "late-indexes",
    "unknown-environment",
    "context",
    "several-stacks",
]


@dataclass(frozen=True, kw_only=True)
class BinderFacts:
    """What a binder said of itself when it started.

    ``datastores`` are the kinds of data stores that its apps can have resources of.
    """

    capabilities: frozenset[str]
    formats: tuple[str, ...]
    constructs: frozenset[Construct]
    features: frozenset[Feature]
    datastores: frozenset[str] = frozenset({DYNAMODB})


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """The folders of one provider; all of them are below ``root``, and go with the driver."""

    root: Path

    @property
    def project(self) -> Path:
        """The app's directory: ``cdk.json``, the ``.bprint`` files, ``cdk.out``, the provider."""
        return self.root / "project"

    @property
    def snapshots(self) -> Path:
        """CHAIM_SNAPSHOT_DIR, where it is set."""
        return self.root / "snapshots"

    @property
    def home(self) -> Path:
        """HOME."""
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        """TMPDIR."""
        return self.root / "tmp"

    @property
    def elsewhere(self) -> Path:
        """A working directory that is not the app's."""
        return self.root / "elsewhere"


@dataclass(frozen=True, kw_only=True)
class AnsweredPublication:
    """What a binder without CloudFormation says is to be deployed for a binding."""

    id: str
    stack: str
    bundle: Path
    handler: str = ""
    environment: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class SynthAnswer:
    """How a synth ended, and what was printed meanwhile; ``directory`` is where templates are."""

    outcome: Literal["synthesized", "refused", "crashed", "timed-out"]
    refusal: Refusal | None = None
    directory: Path | None = None
    publications: tuple[AnsweredPublication, ...] = ()
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0


class BinderDriver(Protocol):
    """How the kit reaches a binder."""

    sandbox: Sandbox
    facts: BinderFacts

    def clear(self) -> None:
        """Makes the sandbox what it was before any synth: nothing that one wrote is left."""

    def lay(self, app: App) -> None:
        """Writes the app's ``.bprint`` files; those of an app before go, and nothing else does."""

    def synth(self, app: App, synth: Synth, *, environment: Mapping[str, str]) -> SynthAnswer:
        """Synthesizes, in the process that has these surroundings.

        ``environment`` is added to what the process has anyway; it is the same in all calls but for
        reasons of the scenario. Whatever the provider does becomes an answer; an app that cannot be
        built whoever binds it, and trouble of the kit's own, raise :class:`HarnessError`; a
        provider that cannot be started at all, :class:`ProviderNotStartable`.
        """

    def expect(self, synths: Iterable[tuple[Synth, Mapping[str, str]]]) -> None:
        """Says which synths may come, each with its environment: so they need not wait for starts.

        It is a hint, and one that is wrong costs a process.
        """

    def renew(self) -> None:
        """Makes the next synths ones of new processes."""

    def isolate(self, each: bool) -> None:
        """Gives every synth a process of its own from here on, or no longer."""

    def close(self) -> None:
        """Ends every process, and removes every file, that belong to this driver."""
