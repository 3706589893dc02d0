"""A folder of wheels with their hashes, from which pip installs the kit without a network."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from chaim_conformance import __version__
from chaim_conformance.errors import HarnessError, UsageError

REQUIREMENTS = "requirements.txt"
SECONDS = 1800
_NAME = "chaim-conformance"


@dataclass(frozen=True, kw_only=True)
class Wheel:
    """A file of the folder: ``name`` and ``version`` of what it installs, and its hash."""

    file: str
    name: str
    version: str
    sha256: str

    @property
    def requirement(self) -> str:
        """Its line in a file of requirements."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


def origin() -> str:
    """From where pip installed the kit that runs: a folder, a file, a repository, or an index."""
    try:
        noted = importlib.metadata.distribution(_NAME).read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        noted = None
    if noted is None:
        return f"{_NAME}=={__version__}"
    direct = json.loads(noted)
    vcs = direct.get("vcs_info")
    return f"{vcs['vcs']}+{direct['url']}@{vcs['commit_id']}" if vcs else str(direct["url"])


def fill(directory: Path, *requirements: str) -> tuple[Wheel, ...]:
    """Puts wheels of these, and of all that they need, into ``directory``, with their hashes.

    Raises :class:`UsageError` where the folder has something in it already, where there is no pip,
    and where pip cannot get something.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{directory}: expected a new or an empty folder; name another one")
    if importlib.util.find_spec("pip") is None:
        raise UsageError(
            f"{sys.executable} has no pip, which gets the wheels; `python -m ensurepip` adds it"
        )
    directory.parent.mkdir(parents=True, exist_ok=True)
    # Beside it, so that the folder is whole or not there.
    with tempfile.TemporaryDirectory(dir=directory.parent, prefix=f".{directory.name}.") as scratch:
        made = Path(scratch, "wheels")
        made.mkdir()
        _get(made, requirements)
        wheels = tuple(_wheel(file) for file in sorted(made.glob("*.whl")))
        text = "".join(f"{wheel.requirement}\n" for wheel in wheels)
        (made / REQUIREMENTS).write_text(text, encoding="utf-8")
        os.replace(made, directory)
    return wheels


def _get(directory: Path, requirements: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--disable-pip-version-check", "--quiet"]
    command += ["--wheel-dir", str(directory), "--", *requirements]
    try:
        done = subprocess.run(command, check=False, timeout=SECONDS, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        raise HarnessError(f"pip got no wheels in {SECONDS} s; is its index reachable?") from None
    if done.returncode:
        raise UsageError(
            f"pip could not get wheels of {', '.join(requirements)} (above it says why); expected"
            " paths, URLs or requirements that `pip install` takes, and an index that is reachable"
        )


def _wheel(file: Path) -> Wheel:
    name, version, *_ = file.name.split("-")
    return Wheel(
        file=file.name,
        name=re.sub(r"[-_.]+", "-", name).lower(),
        version=version,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
    )


def install_command(directory: Path) -> str:
    """What installs the kit from the folder, and from nowhere else."""
    where, listed = str(directory), str(directory / REQUIREMENTS)
    return shlex.join(
        ["pip", "install", "--no-index", "--find-links", where, "--require-hashes", "-r", listed]
    )
