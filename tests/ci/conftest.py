"""A machine as CI has it: the kit's own files, and environments into which they are installed."""

from __future__ import annotations

import fnmatch
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ci.machine import CHECKOUT, INSTALL_SECONDS, surroundings


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``docker build`` would be given of the checkout: what ``.dockerignore`` lets through."""
    lines = (CHECKOUT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    folder = tmp_path_factory.mktemp("context")
    left = [rule.removeprefix("**/") for rule in rules if rule.startswith("**/")]
    for rule in rules:
        source = CHECKOUT / rule.removeprefix("!")
        if rule.startswith("!") and source.is_dir():
            shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns(*left))
        elif rule.startswith("!"):
            shutil.copy(source, folder)
    assert not [name for name in os.listdir(folder) if fnmatch.fnmatch(name, ".*")]
    return folder


@pytest.fixture(scope="session")
def wheelhouse(context: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the Dockerfile's first stage makes: from the sources, with nothing else installed."""
    python = environment(tmp_path_factory.mktemp("bare"))
    folder = tmp_path_factory.mktemp("offline") / "wheels"
    subprocess.run(
        [python, "-m", "chaim_conformance.cli", "wheelhouse", str(folder), "--kit", "."],
        cwd=context,
        env=surroundings(),
        check=True,
        timeout=INSTALL_SECONDS,
    )
    return folder


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with nothing in it but pip."""
    return environment(tmp_path_factory.mktemp("fresh"))


def environment(folder: Path) -> Path:
    """Makes a virtual environment; returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=INSTALL_SECONDS)
    return folder / "bin/python"
