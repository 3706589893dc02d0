"""``action.yml``: what its steps run, run as GitHub does, says and leaves what it promises."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.ci.machine import CHECKOUT, INSTALL_SECONDS, surroundings
from tests.plugin.provider_repo import PATIENCE, WRONG_HASH, ProviderRepo

ACTION: dict[str, Any] = yaml.safe_load((CHECKOUT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
SCRIPTS = {step["name"]: step for step in STEPS if "run" in step}
ONE_INPUT = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")


def run_step(
    name: str, python: Path, directory: Path, inputs: dict[str, str], **job: str
) -> subprocess.CompletedProcess[str]:
    """Runs a step's script as GitHub's runner does: by bash, with the step's environment."""
    step = SCRIPTS[name]
    assert step["shell"] == "bash"
    defaults = {key: value["default"] for key, value in ACTION["inputs"].items()}
    assert inputs.keys() <= defaults.keys()
    values = defaults | inputs

    def filled(text: str) -> str:
        return ONE_INPUT.sub(lambda found: values[found[1]], text)

    script = directory.parent / "step.sh"
    script.write_text(step["run"], encoding="utf-8")
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
        cwd=directory / filled(step.get("working-directory", ".")),
        env=surroundings()
        | {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}
        | {key: filled(value) for key, value in step["env"].items()}
        | job,
        capture_output=True,
        text=True,
        timeout=INSTALL_SECONDS + PATIENCE,
        check=False,
    )


@pytest.fixture(scope="module")
def python(context: Path, fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The job's Python, after the action has installed the kit from its own checkout."""
    folder = tmp_path_factory.mktemp("install") / "repo"
    folder.mkdir()
    done = run_step("Install the kit", fresh, folder, {}, GITHUB_ACTION_PATH=str(context))
    assert done.returncode == 0, done.stdout + done.stderr
    return fresh


@pytest.fixture
def repo(tmp_path: Path) -> ProviderRepo:
    """A repo with a conformant handler in a folder of it."""
    repo = ProviderRepo(tmp_path / "repo")
    repo.write("there/README.md", "a provider")
    provider = ProviderRepo(repo.directory / "there")
    provider.write_handler()
    provider.configure('handler = "python:main.py:lambda_handler"')
    return repo


def judge(
    repo: ProviderRepo, python: Path, **inputs: str
) -> tuple[subprocess.CompletedProcess[str], dict[str, str], str]:
    """What the step printed, its outputs, and the summary."""
    output, summary = repo.directory.parent / "output", repo.directory.parent / "summary"
    given = {key.replace("_", "-"): value for key, value in inputs.items()}
    done = run_step(
        "Judge the provider",
        python,
        repo.directory,
        {"working-directory": "there", "select": "H10,H11"} | given,
        GITHUB_ACTIONS="true",
        GITHUB_WORKSPACE=str(repo.directory),
        GITHUB_OUTPUT=str(output),
        GITHUB_STEP_SUMMARY=str(summary),
    )
    lines = output.read_text(encoding="utf-8").splitlines()
    outputs = dict(line.split("=", 1) for line in lines)  # the last one counts
    return done, outputs, summary.read_text(encoding="utf-8") if summary.exists() else ""


def test_a_conformant_provider(repo: ProviderRepo, python: Path) -> None:
    done, outputs, summary = judge(repo, python)
    assert done.returncode == 0, done.stdout + done.stderr
    report = repo.directory / "there/.chaim"
    assert outputs == {"outcome": "conformant", "failed": "", "report": str(report)}
    assert {"badge.json", "report.md", "report.json"} <= set(os.listdir(report))
    assert summary.startswith("# ✅")


def test_a_broken_one(repo: ProviderRepo, python: Path) -> None:
    ProviderRepo(repo.directory / "there").write_handler(WRONG_HASH)
    done, outputs, summary = judge(repo, python)
    assert done.returncode == 1, done.stdout + done.stderr
    assert (outputs["outcome"], outputs["failed"]) == ("violations", "H10")
    assert "## First: H10-content-hash" in summary
    assert "\n::error file=there/main.py,title=H10 content-hash" in done.stdout


def test_one_that_cannot_be_started(repo: ProviderRepo, python: Path) -> None:
    (repo.directory / "there/main.py").unlink()
    done, outputs, _ = judge(repo, python)
    assert done.returncode == 4
    assert outputs["outcome"] == "not started"


def test_where_there_is_nothing_to_judge(repo: ProviderRepo, python: Path) -> None:
    (repo.directory / "there/chaim.toml").unlink()
    done, outputs, _ = judge(repo, python)
    assert done.returncode == 4
    assert outputs == {"outcome": "not started", "failed": "", "report": ""}


def test_every_input_gets_to_the_kit(repo: ProviderRepo, python: Path) -> None:
    shutil.move(repo.directory / "there/chaim.toml", repo.directory / "there/other.toml")
    file = repo.directory / "there/other.toml"
    text = file.read_text(encoding="utf-8").replace("[provider]", "[provider.one]")
    file.write_text(f'{text}[provider.two]\nhandler = "node:none.js"\n', encoding="utf-8")
    done, outputs, _ = judge(
        repo, python, config="other.toml", provider="one", strict="true", report="kept here"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = repo.directory / "there/kept here"
    assert outputs["report"] == str(report)
    assert '"strict": true' in (report / "report.json").read_text(encoding="utf-8")


def test_an_input_is_never_code(repo: ProviderRepo, python: Path) -> None:
    done, _, _ = judge(repo, python, select='$(touch broke-in)"; touch broke-in; "`touch broke-in`')
    assert done.returncode == 4
    assert not list(repo.directory.rglob("broke-in"))
    for step in SCRIPTS.values():
        assert "${{" not in step["run"]


def test_every_input_is_described_and_used() -> None:
    used = (CHECKOUT / "action.yml").read_text(encoding="utf-8").partition("\nruns:")[2]
    for name, one in ACTION["inputs"].items():
        assert one["description"]
        assert isinstance(one["default"], str)
        assert f"inputs.{name}" in used


def test_the_report_is_kept_however_the_run_ends() -> None:
    kept = STEPS[-1]
    assert kept["uses"].startswith("actions/upload-artifact@")
    assert kept["if"].startswith("always()")
    assert kept["with"]["include-hidden-files"] is True  # `.chaim` is one


def test_actions_are_githubs_own_at_a_major_version() -> None:
    workflow = (CHECKOUT / "examples/node-provider/.github/workflows/chaim.yml").read_text("utf-8")
    used = [step["uses"] for step in STEPS if "uses" in step]
    used += re.findall(r"uses: (actions/\S+)", workflow)
    assert used
    for one in used:
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", one)
