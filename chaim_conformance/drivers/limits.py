"""What a sandbox may take of the machine, and what it has taken."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chaim_conformance.drivers.guardian import told_of

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

# Twice what Lambda gives to /tmp unless told otherwise, and most of it is the handler's own.
MOST_BYTES = 1_000_000_000
# Lambda's own limit is 1,024 processes and threads; a publisher needs one or two.
MOST_PROCESSES = 200
# A sandbox is looked at this often while an attempt runs (seconds). Most have ended before.
LOOK_EVERY = 0.5
# An empty file takes something too.
_BLOCK = 4096
# Elsewhere a handler that forks without end is stopped by the system at most.
COUNTS_PROCESSES = os.path.exists("/proc/self/environ")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much a sandbox may have: bytes of files, processes at a time."""

    most_bytes: int = MOST_BYTES
    most_processes: int = MOST_PROCESSES

    def apply(self, pid: int) -> None:
        """Has the system itself refuse core dumps, and a file that alone is too large."""
        if resource is None or not hasattr(resource, "prlimit"):
            return
        with suppress(OSError, ValueError):  # it has ended, or its limits are lower already
            resource.prlimit(pid, resource.RLIMIT_CORE, (0, 0))
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (self.most_bytes, self.most_bytes))

    def exceeded(self, *, folder: Path, sandbox: Path, session: int) -> str:
        """Which limit was hit, in words; empty: none.

        ``folder`` is where files count, ``sandbox`` the sandbox's own, ``session`` its leader.
        """
        if _bytes_beyond(folder, self.most_bytes):
            return f"its files take more than {self.most_bytes:,} bytes"
        if len(told_of(os.fspath(sandbox), sessions={session})) > self.most_processes:
            return f"it has more than {self.most_processes:,} processes"
        return ""

    @property
    def words(self) -> tuple[str, ...]:
        """What is held to, as a run says it."""
        files = f"{self.most_bytes / 1_000_000_000:g} GB of files"
        return (files, f"{self.most_processes} processes") if COUNTS_PROCESSES else (files,)

    @property
    def lacking(self) -> tuple[str, ...]:
        """What is not held to, and why."""
        return () if COUNTS_PROCESSES else ("processes: not counted on this system (no /proc)",)


DEFAULT = Limits()


def _bytes_beyond(folder: Path, most: int) -> bool:
    """Whether there is more than that; who has written that much is not counted to the end."""
    total, folders = 0, [os.fspath(folder)]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with suppress(OSError):  # gone meanwhile
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    total += max(entry.stat(follow_symlinks=False).st_size, _BLOCK)
                if total > most:
                    return True
    return False
