"""The kit is installed and judges where there is no network, from files that are what they were."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from chaim_conformance.errors import UsageError
from chaim_conformance.wheelhouse import fill, install_command, origin
from tests.ci.machine import INSTALL_SECONDS, surroundings
from tests.plugin.provider_repo import PATIENCE, PLAIN_PYTHON

# Of no index, and of no configuration that names another one.
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null", "PIP_NO_CACHE_DIR": "1"}


def install(python: Path, folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Runs the command that the kit prints."""
    return subprocess.run(
        [python, "-m", *shlex.split(install_command(folder)), *more],
        env=surroundings() | OFFLINE,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS,
        check=False,
    )


@pytest.mark.night
def test_a_machine_without_a_network_gets_all_that_it_takes_to_judge(
    wheelhouse: Path, fresh: Path, tmp_path: Path
) -> None:
    done = install(fresh, wheelhouse)
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.copy(PLAIN_PYTHON, tmp_path)
    command = [fresh.parent / "chaim-conformance", "check", "--profile", "quick", "--select", "H10"]
    run = subprocess.run(
        [*command, "--handler", "python:main.py:lambda_handler"],
        cwd=tmp_path,
        env=surroundings(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "clauses: 1 passed" in run.stdout


@pytest.mark.night
def test_every_wheel_is_listed_with_its_hash(wheelhouse: Path) -> None:
    lines = (wheelhouse / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(list(wheelhouse.glob("*.whl"))) == len(list(wheelhouse.iterdir())) - 1
    assert all(" --hash=sha256:" in line for line in lines)
    assert [line for line in lines if line.startswith("chaim-conformance==")]


@pytest.mark.night
def test_a_wheel_that_was_tampered_with_is_not_installed(
    wheelhouse: Path, fresh: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(wheelhouse, tmp_path / "wheels")
    (kit,) = folder.glob("chaim_conformance-*.whl")
    kit.write_bytes(kit.read_bytes() + b"\0")
    done = install(fresh, folder, "--dry-run", "--ignore-installed")
    assert done.returncode != 0
    assert "DO NOT MATCH THE HASHES" in done.stderr


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "old.whl").touch()
    with pytest.raises(UsageError, match="expected a new or an empty folder"):
        fill(tmp_path, "anything")
    assert [path.name for path in tmp_path.iterdir()] == ["old.whl"]


def test_what_pip_cannot_get_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pip could not get wheels of"):
        fill(tmp_path / "wheels", str(tmp_path / "no-such-folder"))
    assert list(tmp_path.iterdir()) == []


def test_the_kit_knows_where_it_came_from() -> None:
    assert origin().startswith(("file://", "git+", "http", "chaim-conformance=="))
