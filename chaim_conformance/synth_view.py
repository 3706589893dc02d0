"""What one synth left in its sandbox: snapshots, assets, files where none belong, and secrets."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from chaim_conformance.drivers.binder import Sandbox
from chaim_conformance.fragments import Fragments
from chaim_conformance.synth_files import State, content_of, read_folder, states
from chaim_conformance.synth_scenario import App, Synth
from chaim_conformance.synth_transcript import ASSETS, TREE, SeenFile
from chaim_conformance.transcript import Credentials

# Below HOME, where the tools of every language keep what is theirs.
HOME_CACHES = (".cache", ".cdk", ".config", ".local", ".npm", "AppData", "Library")
# Below the cloud assembly: code that CDK staged, assemblies of Stages, and CDK's own cache.
STAGED = ("asset.", "assembly-", ".cache")


def base_folder(sandbox: Sandbox, synth: Synth) -> Path:
    """Where LOCAL snapshots go (B02)."""
    if not synth.default_base:
        return sandbox.snapshots
    if os.name == "nt":  # LOCALAPPDATA is HOME in the sandbox
        return sandbox.home / "chaim" / "cache" / "snapshots"
    return sandbox.home / ".chaim" / "cache" / "snapshots"


def holds_secret(text: str, keys: Credentials) -> bool:
    """Whether a credential stands in a text, in clear or in a common encoding."""
    return bool(_pieces(keys).spans(text))


@lru_cache(maxsize=8)
def _pieces(keys: Credentials) -> Fragments:
    """All of each but a few letters, since base64 mixes those at the ends with what is beside."""
    return Fragments((keys.api_key, keys.api_secret), shortest=len(keys.api_key) - 4)


class SynthView:
    """One synth's; made before it begins, to be asked when it has ended."""

    def __init__(self, sandbox: Sandbox, app: App, synth: Synth) -> None:
        self._sandbox = sandbox
        self._app = app
        self._base = base_folder(sandbox, synth)
        self._before = self._states()
        self._after: dict[str, State] = {}

    @property
    def base(self) -> str:
        """Where snapshots are looked for, below the sandbox."""
        return self._below(self._base)

    def take(self) -> None:
        """Looks at everything; to be called once the synth has ended."""
        self._after = self._states()

    def _states(self) -> dict[str, State]:
        """Of all but temporary files, of which a tool may leave thousands."""
        return states(self._sandbox.root, without=self._sandbox.temporary.name)

    def local(self) -> tuple[SeenFile, ...]:
        """The files below the base."""
        return read_folder(self._base)

    def assets(self) -> tuple[SeenFile, ...]:
        """The files where bundles are."""
        return read_folder(self._sandbox.project / ASSETS)

    def strays(self, *places: Path) -> tuple[str, ...]:
        """Files that were written where no tool writes; ``places`` are some more where it may."""
        allowed = (*map(self._below, places), self.base)
        return tuple(
            path
            for path in self._written()
            if not any(path.startswith(f"{place}/") for place in allowed)
            and not self._is_a_tools(path)
        )

    def secrets_in(self, keys: Credentials) -> Iterator[str]:
        """The files, of those that were written, in which a credential stands."""
        for path in self._written():
            content = content_of(self._sandbox.root / path, self._sandbox.root)
            if holds_secret(content.decode("latin-1"), keys):
                yield path

    def _written(self) -> Iterator[str]:
        """What is new or was written to, in order; of schemas only those that say something else.

        One that is gone counts, too.
        """
        schemas = dict(self._schemas())
        for path in sorted({*self._after, *schemas}):
            if path in schemas:
                if self._content(path) != schemas[path]:
                    yield path
            elif self._after[path] != self._before.get(path):
                yield path

    def _schemas(self) -> Iterator[tuple[str, bytes]]:
        project = self._below(self._sandbox.project)
        for stack in self._app.stacks:
            for binding in stack.bindings:
                if binding.schema.text is not None:
                    file = os.path.normpath(f"{project}/{binding.schema.file}")
                    yield (
                        Path(file).as_posix(),
                        binding.schema.text.encode("utf-8", "surrogatepass"),
                    )

    def _content(self, path: str) -> bytes | None:
        try:
            return (self._sandbox.root / path).read_bytes()
        except OSError:
            return None

    def _below(self, folder: Path) -> str:
        root = self._sandbox.root.resolve()
        folder = folder.resolve()
        return folder.relative_to(root).as_posix() if folder.is_relative_to(root) else str(folder)

    def _is_a_tools(self, path: str) -> bool:
        """Whether a tool may write there, whatever binder it runs; a snapshot is a binder's."""
        parts = path.split("/")
        if "__pycache__" in parts:
            return True
        match parts:
            case ["home", folder, *_]:
                return folder in HOME_CACHES and not TREE.search(path)
            case ["project", "cdk.out", "chaim", "assets", _, *_]:
                return True
            case ["project", "cdk.out", _]:
                return True
            case ["project", "cdk.out", folder, _, *_]:
                return folder.startswith(STAGED)
        return False
