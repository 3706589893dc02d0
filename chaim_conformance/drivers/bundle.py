"""Puts a bundle together: a copy of the provider's folder, the snapshot beside the handler."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chaim_conformance.errors import UsageError

MOST_BYTES = 50 * 1000 * 1000
MOST_FILES = 5_000
_REMEDY = (
    "which is no handler's bundle; set `bundle` in chaim.toml to the folder that goes into the "
    "Lambda asset"
)
SNAPSHOT = "snapshot.json"
# The directory of a copy, or of its first place where it moves.
PLACE = "task-0"
LINKED = "node_modules"
# What an asset would not hold either, or what would only cost time.
SKIPPED = frozenset(
    {
        ".git",
        ".hg",
        ".hypothesis",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".tox",
        ".venv",
        "__pycache__",
        "cdk.out",
        "coverage",
    }
)


@dataclass(frozen=True, kw_only=True)
class HandlerSource:
    """Where a handler is: its bundle folder, and its file relative to that."""

    folder: Path
    file: Path


def whole_folder(folder: Path) -> HandlerSource:
    """The source of a program that is started in a folder: its snapshot lies at the top."""
    return HandlerSource(folder=folder, file=Path("bootstrap"))


class Bundle:
    """One driver's private copy.

    The copy moves to a new directory each time it is laid out: ES modules cannot be unloaded, but
    under another URL they are loaded anew. Renaming costs nothing; files are copied again only
    where the handler changed them. One that does not move stays where it is, for a debugger that
    knows files by their place; then each deployment needs a process of its own.
    """

    def __init__(self, source: HandlerSource, workspace: Path, *, moves: bool = True) -> None:
        self._file = source.file
        self._workspace = workspace.resolve()
        self._pristine = self._workspace / "pristine"
        self._moves = moves
        self._count = 0
        Copy(source, self._pristine).make()
        link_node_modules(source.folder, self._workspace)
        self._known: dict[str, State] = {}
        self._laid: dict[str, State] = {}
        self._directory = self._restore(self._workspace / PLACE)

    @property
    def directory(self) -> Path:
        """Where the bundle is now."""
        return self._directory

    @property
    def file(self) -> Path:
        """Where the handler's file is now."""
        return self._directory / self._file

    @property
    def root(self) -> str:
        """What every path of every bundle of this driver begins with."""
        return str(self._workspace / "task-")

    def lay(self, snapshot: bytes | None) -> None:
        """Makes the directory what a new deployment of this snapshot would be."""
        if self._moves:
            self._count += 1
        fresh = self._workspace / f"task-{self._count}"
        if self._untouched():
            self._directory.rename(fresh)
            self._directory = fresh
        else:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = self._restore(fresh)
        self._laid = self._known
        if snapshot is not None:
            path = self.file.parent / SNAPSHOT
            path.write_bytes(snapshot)
            self._laid = {**self._known, str(self._file.parent / SNAPSHOT): state_of(path.stat())}

    def written(self) -> Iterator[Path]:
        """The files that the handler added or changed."""
        for name, state in files_below(self._directory):
            if state != self._laid.get(name):
                yield self._directory / name

    def _restore(self, directory: Path) -> Path:
        shutil.copytree(self._pristine, directory, symlinks=True)
        self._known = dict(files_below(directory))
        return directory

    def _untouched(self) -> bool:
        """Removes what the handler left behind; false when it changed or deleted something."""
        snapshot = str(self._file.parent / SNAPSHOT)
        seen = 0
        try:
            for name, state in list(files_below(self._directory)):
                if name not in self._known or name == snapshot:
                    (self._directory / name).unlink()
                elif self._known[name] != state:
                    return False
                else:
                    seen += 1
        except OSError:
            return False
        return seen == len(self._known) and not self._has_new_folders()

    def _has_new_folders(self) -> bool:
        for folder, folders, _ in os.walk(self._directory):
            folders[:] = [name for name in folders if name != "__pycache__"]
            there = self._pristine / Path(folder).relative_to(self._directory)
            if any(not (there / name).is_dir() for name in folders):
                return True
        return False


def link_node_modules(folder: Path, above: Path) -> None:
    """Packages that lie above the folder, as in a workspace, lie above its copy too."""
    for parent in folder.resolve().parents:
        packages = parent / LINKED
        if packages.is_dir():
            (above / LINKED).symlink_to(packages, target_is_directory=True)
            return


State = tuple[int, int]


def files_below(directory: Path, prefix: str = "") -> Iterator[tuple[str, State]]:
    """Every file but compiled Python, with its state."""
    with os.scandir(directory / prefix) as entries:
        for entry in entries:
            name = os.path.join(prefix, entry.name)
            if entry.is_dir(follow_symlinks=False):
                yield from files_below(directory, name)
            elif not (entry.name.endswith(".pyc") and prefix.endswith("__pycache__")):
                yield name, state_of(entry.stat(follow_symlinks=False))


def state_of(status: os.stat_result) -> State:
    """What tells that a file was written to."""
    return status.st_size, status.st_mtime_ns


class Copy:
    """Copies the provider's folder once, and refuses one that is no bundle by its size.

    ``remedy`` says what it is not, then, and what to do.
    """

    def __init__(self, source: HandlerSource, target: Path, *, remedy: str = _REMEDY) -> None:
        self._source = source
        self._target = target
        self._remedy = remedy
        self._bytes = 0
        self._files = 0

    def make(self) -> None:
        """Copies; raises :class:`UsageError` that names the folder."""
        folder = self._source.folder.resolve()
        temporary = Path(tempfile.gettempdir()).resolve()  # inside the folder, it would be endless
        try:
            self._copy(folder, self._target, (folder, temporary))
        except (OSError, shutil.Error) as error:
            raise UsageError(f"bundle folder {folder} cannot be copied: {error}") from error

    def _copy(self, folder: Path, target: Path, omitted: tuple[Path, ...]) -> None:
        target.mkdir(exist_ok=True)
        for path in sorted(folder.iterdir()):
            beside_handler = folder == (self._source.folder / self._source.file).parent.resolve()
            if path.name in SKIPPED or (beside_handler and path.name == SNAPSHOT):
                continue
            if path.is_dir():
                self._copy_folder(path, target / path.name, omitted)
            elif path.is_file():  # a broken link, a socket and a pipe are no content
                self._count(path)
                shutil.copy2(path, target / path.name)

    def _copy_folder(self, path: Path, target: Path, omitted: tuple[Path, ...]) -> None:
        real = path.resolve()
        if path.name == LINKED:
            target.symlink_to(real, target_is_directory=True)
        elif real not in omitted and not (path / "pyvenv.cfg").exists():
            self._copy(path, target, (*omitted, real))

    def _count(self, path: Path) -> None:
        self._files += 1
        self._bytes += path.stat().st_size
        if self._files > MOST_FILES or self._bytes > MOST_BYTES:
            raise UsageError(
                f"bundle folder {self._source.folder}: more than {MOST_FILES:,} files or "
                f"{MOST_BYTES // 1_000_000} MB, {self._remedy}"
            )
