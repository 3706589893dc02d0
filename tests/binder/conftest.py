from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

# The reference provider is a distribution of its own, which these tests use from the checkout.
sys.path.insert(0, str(Path(__file__).parents[2] / "reference_impl"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The app's main module lies in its folder; package and working directory are elsewhere."""
    folder = tmp_path / "project"
    (folder / "app").mkdir(parents=True)
    (folder / "cdk.json").write_text("{}")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr("chaim_reference.cdk.paths.__file__", str(tmp_path / "installed.py"))
    monkeypatch.chdir(tmp_path / "elsewhere")
    main = sys.modules["__main__"]  # a worker of pytest-xdist has no file
    monkeypatch.setattr(main, "__file__", str(folder / "app" / "main.py"), raising=False)
    monkeypatch.setenv("CHAIM_SNAPSHOT_DIR", str(tmp_path / "snapshots"))
    monkeypatch.delenv("CHAIM_API_BASE_URL", raising=False)
    from tests.binder.reference_apps import Project

    return Project(folder, tmp_path / "snapshots")
