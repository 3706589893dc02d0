"""Which ``.bprint`` files paths stand for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from chaim_conformance.errors import UsageError


def files_below(paths: Iterable[Path], asked: str) -> list[Path]:
    """The files, and of directories those in them and below, each once.

    Raises :class:`UsageError`, which begins with what was ``asked``, where a path stands for none.
    """
    files: list[Path] = []
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"{asked}: {path}: there is no such file or directory")
        inside = sorted(_below(path)) if path.is_dir() else [path]
        if not inside:
            raise UsageError(
                f"{asked}: {path}: there is no *.bprint file in this directory or below it; "
                "name the one that has the schemas"
            )
        files += inside
    return list(dict.fromkeys(files))


def _below(directory: Path) -> Iterator[Path]:
    """The schemas below a directory, but for those of installed packages and hidden folders."""
    for folder, folders, names in os.walk(directory):
        folders[:] = [n for n in folders if not n.startswith(".") and n != "node_modules"]
        yield from (Path(folder, name) for name in names if name.endswith(".bprint"))
