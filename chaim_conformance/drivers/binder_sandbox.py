"""The folders of a binder: the provider's private copy in its app's directory, and what is laid."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from chaim_conformance.drivers.binder import Sandbox
from chaim_conformance.drivers.binder_protocol import schema_path
from chaim_conformance.drivers.bundle import files_below, state_of
from chaim_conformance.drivers.trash import Trash
from chaim_conformance.errors import HarnessError
from chaim_conformance.synth_scenario import App

# Puts the provider and its program into an app's directory; the answer is the command to run there.
LayProvider = Callable[[Path], tuple[str, ...]]
_COMPILED = "__pycache__"


class Folders:
    """A sandbox on the disk; ``command`` is what is run in its project.

    ``pristine`` becomes a copy of the project as it is when it is new, outside the sandbox.
    """

    def __init__(
        self, sandbox: Sandbox, lay_provider: LayProvider, *, pristine: Path, trash: Trash
    ) -> None:
        self._sandbox = sandbox
        self._trash = trash
        self._pristine = pristine
        self._laid: list[Path] = []
        self._make()
        project = sandbox.project
        self.command = lay_provider(project)
        # Where an app's root is, is known by this file; a repo's own may say more than we want.
        (project / "cdk.json").write_text(
            json.dumps({"app": shlex.join(self.command)}), encoding="utf-8"
        )
        shutil.copytree(project, pristine, symlinks=True)
        self._known = dict(files_below(project))
        self._beside = frozenset(sandbox.root.iterdir())

    @property
    def intact(self) -> bool:
        """Whether the folders in which processes live are there."""
        return all(path.is_dir() and not path.is_symlink() for path in self._folders())

    def clear(self, *, in_use: Collection[Path]) -> None:
        """Makes all this what it was when it was new.

        Left alone are the temporary directories ``in_use``: a process that lives keeps in its own
        what it needs, and jsii does.
        """
        for path in self._folders():
            if path.is_symlink() or (path.exists() and not path.is_dir()):
                path.unlink()
        self._make()
        for path in (self._sandbox.snapshots, self._sandbox.home, self._sandbox.elsewhere):
            for one in path.iterdir():
                self._trash.throw(one)
        for path in self._sandbox.temporary.iterdir():
            if path not in in_use:
                self._trash.throw(path)
        for path in self._sandbox.root.iterdir():
            if path not in self._beside:
                self._trash.throw(path)
        self._remove_what_is_new("")
        self._restore_what_is_missing()
        self._laid = []

    def lay(self, app: App) -> None:
        """Writes the app's ``.bprint`` files; those that were laid before go.

        Raises :class:`HarnessError` for one that cannot be laid in the project.
        """
        texts = {
            schema_path(self._sandbox.project, binding.schema.file): binding.schema.text
            for _, binding, _ in app.bound()
        }
        for path in self._laid:
            self._take_away(path)
        self._laid = list(texts)
        for path, text in texts.items():
            self._require_inside(path)
            try:
                if text is None:
                    path.unlink(missing_ok=True)
                else:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(text.encode("utf-8", "surrogatepass"))
            except OSError as error:
                raise HarnessError(f"schema file {path}: cannot be laid: {error}") from error

    def _folders(self) -> tuple[Path, ...]:
        of = self._sandbox
        return of.project, of.snapshots, of.home, of.temporary, of.elsewhere

    def _make(self) -> None:
        for path in self._folders():
            path.mkdir(parents=True, exist_ok=True)

    def _require_inside(self, path: Path) -> None:
        project = self._sandbox.project
        if path == project / "cdk.json":
            raise HarnessError("schema file cdk.json: that is the app's own")
        # A link among the provider's files may lead into the author's.
        nearest = next(parent for parent in path.parents if parent.exists())
        if path.is_symlink() or not nearest.resolve().is_relative_to(project.resolve()):
            raise HarnessError(f"schema file {path}: a link leads out of the app's directory")

    def _take_away(self, path: Path) -> None:
        """Removes a laid file, and the folders that were made for it."""
        project = self._sandbox.project
        kept = self._pristine / path.relative_to(project)
        with suppress(OSError):
            if kept.is_file():
                shutil.copy2(kept, path)
                return
            path.unlink(missing_ok=True)
            for parent in path.parents:
                if (self._pristine / parent.relative_to(project)).is_dir():
                    return
                parent.rmdir()

    def _remove_what_is_new(self, prefix: str) -> None:
        with os.scandir(self._sandbox.project / prefix) as entries:
            for entry in list(entries):
                name = os.path.join(prefix, entry.name)
                kept = self._pristine / name
                if entry.is_dir(follow_symlinks=False):
                    if kept.is_dir() and not kept.is_symlink():
                        self._remove_what_is_new(name)
                    elif entry.name != _COMPILED:
                        self._trash.throw(Path(entry.path))
                elif self._known.get(name) != state_of(entry.stat(follow_symlinks=False)):
                    os.unlink(entry.path)

    def _restore_what_is_missing(self) -> None:
        for name in self._known:
            path = self._sandbox.project / name
            if not os.path.lexists(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self._pristine / name, path, follow_symlinks=False)
