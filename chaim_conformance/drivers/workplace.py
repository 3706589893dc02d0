"""What every driver has of its own: a directory that goes with it, the bundle, what was left."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from chaim_conformance.drivers.bundle import Bundle, HandlerSource
from chaim_conformance.drivers.guardian import Guardian
from chaim_conformance.transcript import LeftFile

# As much of a file that the handler left as is looked at (bytes).
_MOST_LEFT = 1_000_000


class Workplace:
    """A directory with the bundle in it; both go with :meth:`close`, or with the kit."""

    def __init__(self, source: HandlerSource, *, moves: bool = True) -> None:
        """``moves``: see :class:`Bundle`."""
        self.directory = Path(tempfile.mkdtemp(prefix="chaim-driver-")).resolve()
        self.guardian = Guardian(self.directory)
        self._left: dict[LeftFile, None] = {}
        try:
            self.bundle = Bundle(source, self.directory, moves=moves)
        except BaseException:
            self.close()
            raise

    def collect(self, tmp: Path | None) -> None:
        """Remembers the files that the handler left in its bundle and here, before they go."""
        if tmp is not None:
            self._remember("tmp", tmp, tmp.rglob("*"))
        self._remember("bundle", self.bundle.directory, self.bundle.written())

    def leftovers(self) -> tuple[LeftFile, ...]:
        """What was collected since the last call."""
        left, self._left = self._left, {}
        return tuple(left)

    def close(self) -> None:
        """Removes every file, and ends whatever was not ended before."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.guardian.close()

    def _remember(self, name: str, root: Path, paths: Iterable[Path]) -> None:
        with contextlib.suppress(OSError):  # a process that works on may take a folder away
            # Whoever opens a pipe waits for somebody to write to it.
            for path in filter(Path.is_file, paths):
                with contextlib.suppress(OSError), path.open("rb") as file:
                    inner = os.fsencode(path.relative_to(root)).decode("utf-8", "backslashreplace")
                    content = file.read(_MOST_LEFT)
                    self._left[LeftFile(path=f"{name}/{inner}", content=content)] = None


def empty(directory: Path) -> None:
    """Removes what a directory holds, as far as that can be done."""
    for path in directory.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
