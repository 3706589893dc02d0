"""Copies of the repos under examples/ as their authors have them, whole or with a fault in them."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from chaim_conformance.config import ProviderConfig, read_config

EXAMPLES = Path(__file__).parents[2] / "examples"
NPM_SECONDS = 600
# What a build, a run, an installation or a tool leaves behind, and no fresh clone has: anywhere,
# and at the top alone.
LEFT_BEHIND = (
    *("node_modules", "__pycache__", ".chaim", "snapshot.json"),
    *(".hypothesis", ".mypy_cache", ".pytest_cache", ".ruff_cache"),
)
BUILT = ("dist", "bootstrap", "cdk.out")

Edit = tuple[str, str]


def copy_of(name: str, directory: Path, *edits: Edit) -> ProviderConfig:
    """The example's own ``chaim.toml``, read from a copy into which the edits were made."""
    (provider,) = read_config(folder_of(name, directory, *edits) / "chaim.toml")
    return provider


def folder_of(name: str, directory: Path, *edits: Edit) -> Path:
    """A copy of the example's folder, into which the edits were made."""
    copy = directory / name
    shutil.copytree(EXAMPLES / name, copy, ignore=_left_behind)
    for old, new in edits:
        _edit(copy, old, new)
    return copy


def _left_behind(folder: str, names: list[str]) -> set[str]:
    at_the_top = Path(folder).parent == EXAMPLES
    return {name for name in names if name in (*LEFT_BEHIND, *(BUILT if at_the_top else ()))}


def _edit(copy: Path, old: str, new: str) -> None:
    """Replaces a text that stands in one place of one file."""
    texts = {path: path.read_text(encoding="utf-8") for path in copy.rglob("*") if path.is_file()}
    places = {path: text.count(old) for path, text in texts.items() if old in text}
    if list(places.values()) != [1]:
        raise ValueError(f"{old!r} has to be in {copy} once, found {places}")
    (path,) = places
    path.write_text(texts[path].replace(old, new), encoding="utf-8")


def install_packages(root: Path, kept: Path) -> None:
    """``npm ci`` in ``root``; what a lock file pins is installed once and kept in ``kept``."""
    lock = root / "package-lock.json"
    installed = kept / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if not installed.exists():
        scratch = Path(tempfile.mkdtemp(dir=kept))
        try:
            for file in (lock, root / "package.json"):
                shutil.copy(file, scratch)
            subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=scratch,
                check=True,
                timeout=NPM_SECONDS,
            )
            _move(scratch, installed)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    (root / "node_modules").symlink_to(installed / "node_modules", target_is_directory=True)


def _move(scratch: Path, installed: Path) -> None:
    """At once, so that nobody sees half of it; another worker may have been faster."""
    try:
        scratch.rename(installed)
    except OSError:
        if not installed.is_dir():
            raise
