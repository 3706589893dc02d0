"""A command of the provider's own: read, found, and started in the kit's copy of the bundle."""

from __future__ import annotations

import os
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from chaim_conformance.drivers.bundle import HandlerSource, whole_folder
from chaim_conformance.errors import ProviderNotStartable, UsageError

_LINES_SHOWN = 20
# As much of a program as says what kind of one it is (bytes).
_HEAD = 256


@dataclass(frozen=True, kw_only=True)
class CommandLine:
    """A command's words, and the folder in a copy of which it is run."""

    words: tuple[str, ...]
    source: HandlerSource

    def within(self, directory: Path) -> tuple[str, ...]:
        """The words with the program as it is found from this copy of the folder."""
        program, *arguments = self.words
        if "/" not in program:
            return self.words
        copied = directory / program  # which is the program itself where its path is absolute
        # What is no part of a bundle, such as a virtual environment, is not copied.
        found = copied if copied.exists() else self.source.folder / program
        return (str(found), *arguments)


def find_command_line(text: str, *, root: Path, bundle: Path | None, named: str) -> CommandLine:
    """The command of this text; ``named`` is where it stands, for messages.

    A program whose name holds a ``/`` is looked for in the bundle's folder, another one on PATH.
    Raises :class:`UsageError` or :class:`ProviderNotStartable`.
    """
    folder = (root / bundle if bundle is not None else root).absolute()
    if not folder.is_dir():
        raise UsageError(f"bundle folder {folder}: no such directory")
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"{named}: cannot be read as a command: {error}") from error
    if not words:
        raise UsageError(f"{named}: there is no command")
    _require_program(words[0], folder, named)
    return CommandLine(words=words, source=whole_folder(folder))


def _require_program(program: str, folder: Path, named: str) -> None:
    if "/" not in program:
        if shutil.which(program) is None:
            beside = f"; the one in {folder} is ./{program}" if (folder / program).exists() else ""
            raise ProviderNotStartable(f"{named}: {program} is not on PATH{beside}")
        return
    path = folder / program
    if not path.is_file():
        what = "is no file" if path.exists() else "no such file"
        raise ProviderNotStartable(f"{named}: {path}: {what}")
    if not os.access(path, os.X_OK):
        raise ProviderNotStartable(f"{named}: {path} is not executable; run chmod +x on it")


def require_runnable(words: tuple[str, ...]) -> None:
    """Raises :class:`ProviderNotStartable` where the system would not run this program.

    Before it is run: inside an enclosure only an exit code would tell.
    """
    found = shutil.which(words[0])
    if found is None:
        raise not_startable(words, "cannot be run: the program is not there, or not executable")
    try:
        with open(found, "rb") as file:
            head = file.read(_HEAD)
    except PermissionError:  # a program may be run and not be read
        return
    if head.startswith(b"#!"):
        interpreter = os.fsdecode(b"".join(head[2:].partition(b"\n")[0].split()[:1]))
        if not Path(interpreter).is_file():
            raise not_startable(words, f"cannot be run: no such interpreter: {interpreter or '#!'}")
    elif b"\0" not in head:
        raise not_startable(words, "cannot be run: a script has to begin with #! and a program")


def not_startable(words: tuple[str, ...], why: str, printed: str = "") -> ProviderNotStartable:
    """Says that a command did not come up, and what it printed."""
    return did_not_come_up(shlex.join(words), why, printed)


def did_not_come_up(named: str, why: str, printed: str = "") -> ProviderNotStartable:
    """The same of something that has a better name than its command."""
    lines = printed.strip().splitlines()[-_LINES_SHOWN:]
    shown = "\nIt printed:\n" + "\n".join(f"    {line}" for line in lines) if lines else ""
    return ProviderNotStartable(f"{named} {why}{shown}")
