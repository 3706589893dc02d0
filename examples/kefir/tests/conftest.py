"""Runs of the app's program: each stage with the configuration that is checked in."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import engine
import pytest
import yaml
from kefir.program import declare

ROOT = Path(__file__).parents[1]
STAGES = ("dev", "prod")
Runs = Callable[..., engine.Run]


def configuration(stage: str) -> dict[str, str]:
    """What ``Pulumi.STAGE.yaml`` says, in the form in which a program gets it."""
    text = (ROOT / f"Pulumi.{stage}.yaml").read_text(encoding="utf-8")
    values: Mapping[str, Any] = yaml.safe_load(text)["config"]
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
    }


def project() -> str:
    """The project's name."""
    return str(yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["name"])


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where runs put snapshots, and the project's folder for bundles."""
    return tmp_path_factory.mktemp("kefir")


@pytest.fixture(scope="session")
def runs(base: Path) -> Runs:
    """``runs(stage, preview=True)`` is what a run of the whole program declares; made once."""

    @cache
    def of(stage: str, preview: bool = True) -> engine.Run:
        directory = base / f"{stage}-{'preview' if preview else 'update'}"
        (directory / "schemas").parent.mkdir()
        (directory / "schemas").symlink_to(ROOT / "schemas")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CHAIM_SNAPSHOT_DIR", str(directory / "snapshots"))
            return engine.run(
                declare,
                project=project(),
                stack=stage,
                config=configuration(stage),
                preview=preview,
                directory=directory,
            )

    return of


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> str:
    """Each of the two stages."""
    return str(request.param)


@pytest.fixture
def run(runs: Runs, stage: str) -> engine.Run:
    """An update of each stage, in which ARNs are known."""
    return runs(stage, preview=False)
