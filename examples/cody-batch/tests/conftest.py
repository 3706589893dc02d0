"""The stack as ``cdk synth`` would leave it, for all tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from synthesized import APP, Synthesized

PARTS = ("app.py", "cdk.json", "assets", "cody_batch", "schemas")
PATIENCE = 300


def _synthesize(folder: Path, **environment: str) -> Synthesized:
    """Runs a copy of the app as CDK's command does, in a process of its own."""
    for part in PARTS:
        copy = shutil.copytree if (APP / part).is_dir() else shutil.copy2
        copy(APP / part, folder / part)
    found = Synthesized(folder)
    of_the_shell = {name: one for name, one in os.environ.items() if not name.startswith("CDK_")}
    ran = subprocess.run(
        [sys.executable, "app.py"],
        cwd=folder,
        env={
            **of_the_shell,
            "CHAIM_SNAPSHOT_DIR": str(found.local),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (folder / "printed").write_text(ran.stderr)
    return found


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Without an account: where nobody says which one, it is the one that deploys."""
    return _synthesize(tmp_path_factory.mktemp("anywhere"))


@pytest.fixture(scope="session")
def placed(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """With an account and a region, as ``cdk synth --profile`` gives them."""
    folder = tmp_path_factory.mktemp("placed")
    return _synthesize(folder, CDK_DEFAULT_ACCOUNT="123456789012", CDK_DEFAULT_REGION="eu-west-1")
