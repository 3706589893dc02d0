"""The tests that an example has of its own pass, as its README says to run them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.examples.copies import copy_of
from tests.plugin.provider_repo import PATIENCE, environment


def test_the_python_examples_own(tmp_path: Path) -> None:
    provider = copy_of("python-provider", tmp_path)
    assert "    pytest -p chaim_conformance tests\n" in (provider.root / "README.md").read_text()
    run = _tests_of(provider.root)
    assert run.returncode == 0, run.stdout + run.stderr


def test_they_notice_when_it_breaks(tmp_path: Path) -> None:
    swallowed = (
        '        if mode == "STRICT":\n            raise Trouble(reason) from None',
        "        if False:\n            pass",
    )
    run = _tests_of(copy_of("python-provider", tmp_path, swallowed).root)
    assert run.returncode == 1
    assert "FAILED tests/test_publisher.py::test_strict_refuses_on_503" in run.stdout


def _tests_of(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "chaim_conformance", "tests"],
        cwd=root,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
