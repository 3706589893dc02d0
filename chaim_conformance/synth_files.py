"""Reads what a synth left on the disk, whatever that is: nothing here raises or runs for long."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from weakref import WeakValueDictionary

from chaim_conformance.synth_transcript import SeenFile

# Of a larger file this is all that is kept; and of a folder, all that is read (bytes). A function
# that was compiled is one file of ten million; Lambda takes 250 million, unpacked.
MOST_KEPT = 100_000_000
MOST_READ = 300_000_000
SNAPSHOT = "snapshot.json"

State = tuple[int, int, int]
# For each content a file that has it, for as long as somebody keeps that.
_KNOWN: WeakValueDictionary[bytes, SeenFile] = WeakValueDictionary()


def read_folder(folder: Path) -> tuple[SeenFile, ...]:
    """Every file below a folder, by path. What cannot be read, or leads out of it, is empty."""
    inside = folder.resolve()
    left = MOST_READ
    found = []
    # Snapshots first: packages beside them may be more than is read.
    for path in sorted(_files(folder), key=lambda one: not one.endswith(SNAPSHOT)):
        content = _content(folder / path, inside, min(MOST_KEPT, left))
        left -= len(content)
        found.append(_seen(path, content))
    return tuple(sorted(found, key=lambda one: one.path))


def read_archive(file: Path) -> tuple[SeenFile, ...]:
    """Every file in a zip; none where it is none."""
    left = MOST_READ
    found = []
    unreadable = (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError)
    with suppress(*unreadable), zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            with archive.open(entry) as source:
                content = source.read(min(MOST_KEPT, left))
            left -= len(content)
            found.append(_seen(entry.filename, content))
    return tuple(sorted(found, key=lambda one: one.path))


def read_bundle(source: Path) -> tuple[SeenFile, ...]:
    """The files of an asset, which is a folder or a zip."""
    return read_folder(source) if source.is_dir() else read_archive(source)


def bundle_names(source: Path) -> frozenset[str]:
    """The paths of the files in an asset."""
    if source.is_dir():
        return frozenset(_files(source))
    with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(source) as archive:
        return frozenset(archive.namelist())
    return frozenset()


def states(folder: Path, *, without: str) -> dict[str, State]:
    """What tells of every file below a folder, links included, whether it was written to.

    What is below ``without``, a folder in it, is left out.
    """
    found = {}
    for path in _files(folder, without=without):
        with suppress(OSError):
            status = os.lstat(folder / path)
            found[path] = (status.st_size, status.st_mtime_ns, stat.S_IFMT(status.st_mode))
    return found


def content_of(file: Path, root: Path) -> bytes:
    """What is in a file, as far as it is kept; nothing where it leads out of ``root``."""
    return _content(file, root.resolve(), MOST_KEPT)


def _seen(path: str, content: bytes) -> SeenFile:
    """A file; every binding bundles the same handler, and its content is in memory once."""
    file = SeenFile(path=path, content=content)
    known = _KNOWN.setdefault(content, file)
    return file if known is file else replace(file, content=known.content)


def _files(folder: Path, prefix: str = "", *, without: str = "") -> Iterator[str]:
    """The paths of all that is no folder, with ``/``. Links to folders are not followed."""
    try:
        with os.scandir(folder / prefix) as listed:
            entries = list(listed)
    except (OSError, ValueError):
        return
    for entry in entries:
        name = f"{prefix}{entry.name}"
        try:
            is_folder = entry.is_dir(follow_symlinks=False)
        except OSError:
            is_folder = False
        if is_folder and name != without:
            yield from _files(folder, f"{name}/")
        elif not is_folder:
            yield name


def _content(file: Path, inside: Path, most: int) -> bytes:
    try:
        if not file.resolve().is_relative_to(inside) or not stat.S_ISREG(file.stat().st_mode):
            return b""
        with file.open("rb") as source:
            return source.read(most)
    except (OSError, RuntimeError, ValueError):
        return b""
