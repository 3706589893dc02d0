"""Takes folders out of the way at once, and removes them while others work."""

from __future__ import annotations

import shutil
from pathlib import Path
from queue import SimpleQueue
from threading import Thread


class Trash:
    """A directory, made here, on the file system of what is thrown away; to be closed.

    A cloud assembly is dozens of folders, and removing it takes as long as half a synth.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        self._directory = directory
        self._thrown = 0
        self._waiting: SimpleQueue[Path | None] = SimpleQueue()
        self._remover = Thread(target=self._remove, daemon=True)
        self._remover.start()

    def throw(self, path: Path) -> None:
        """Takes a file or a folder away, as far as the system lets us."""
        if not path.is_dir() or path.is_symlink():
            path.unlink(missing_ok=True)
            return
        self._thrown += 1
        thrown = self._directory / str(self._thrown)
        try:
            path.rename(thrown)
        except OSError:  # whoever may not write to a folder may not move it either
            shutil.rmtree(path, ignore_errors=True)
        else:
            self._waiting.put(thrown)

    def close(self) -> None:
        """Returns when everything is removed that can be; the directory stays."""
        self._waiting.put(None)
        self._remover.join()

    def _remove(self) -> None:
        while (path := self._waiting.get()) is not None:
            shutil.rmtree(path, ignore_errors=True)
