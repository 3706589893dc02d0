"""The files of a repo that its authors wrote, or their build made: not packages, not tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Folders with handlers that are none of the provider's own.
_ELSEWHERES = frozenset(
    {
        "__pycache__",
        "__tests__",
        "cdk.out",
        "coverage",
        "example",
        "examples",
        "fixtures",
        "node_modules",
        "samples",
        "site-packages",
        "spec",
        "test",
        "tests",
    }
)
# Where builds put what they make.
BUILT = frozenset({"build", "dist", "out"})
_READ = frozenset({".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".py", ".go", ".bprint"})
# Nobody wrote a larger one (bytes).
_LARGEST = 1_000_000
_MOST_FILES = 20_000


@dataclass(frozen=True, kw_only=True)
class SourceFile:
    """A file that may hold a handler or binder: its path in the repo, with ``/``, and its text."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """The file's own name, without the ending."""
        return Path(self.path).stem

    @property
    def suffix(self) -> str:
        """The ending, with its dot."""
        return Path(self.path).suffix

    @property
    def is_built(self) -> bool:
        """Whether a build made it, by where it lies."""
        return not BUILT.isdisjoint(Path(self.path).parts[:-1])


def source_files(root: Path) -> tuple[SourceFile, ...]:
    """The files below ``root`` that could tell what the provider is."""
    found = []
    for number, path in enumerate(_paths(root)):
        if number >= _MOST_FILES:
            break
        try:
            if path.stat().st_size <= _LARGEST:
                text = path.read_text(encoding="utf-8", errors="replace")
                found.append(SourceFile(path=path.relative_to(root).as_posix(), text=text))
        except OSError:  # a broken link, or nobody may read it
            continue
    return tuple(found)


def _paths(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _ELSEWHERES
            and not Path(folder, name, "pyvenv.cfg").exists()
        )
        for name in sorted(names):
            path = Path(folder, name)
            if path.suffix in _READ and not name.endswith((".d.ts", ".test.js", ".test.ts")):
                yield path
