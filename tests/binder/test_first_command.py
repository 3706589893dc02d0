"""What a newcomer types first, once the kit is installed: the command of the README."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.provider_repo import PATIENCE, environment

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")

ROOT = Path(__file__).parents[2]


def test_it_finds_both_halves_of_the_reference_conformant() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(
        r"^    python3 -m venv .*&& \.venv/bin/pytest (.*--chaim-config.*)$", readme, re.M
    )
    assert found is not None
    run = subprocess.run(
        # Not `python -m pytest`: that would take the kit from the working directory.
        [
            Path(sys.executable).with_name("pytest"),
            *shlex.split(found[1]),
            "-p",
            "no:cacheprovider",
        ],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(
        r"clauses: \d+ passed, 0 failed, 0 known, 0 n/a, 0 blocked, 1 not run", run.stdout
    )
