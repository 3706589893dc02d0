"""Dockerfiles keep the rules that matter; the kit's is built where there is an engine."""

from __future__ import annotations

import io
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ci.machine import CHECKOUT, INSTALL_SECONDS

parser = pytest.importorskip("dockerfile_parse", reason="dockerfile-parse is in `tox -e ci`")
Lines = list[tuple[str, str]]


def lines_of(file: Path) -> Lines:
    """Each instruction with its value."""
    read = parser.DockerfileParser(fileobj=io.BytesIO(file.read_bytes()), env_replace=False)
    return [(one["instruction"], one["value"]) for one in read.structure]


def last_stage(lines: Lines) -> Lines:
    """What the image is made of."""
    return lines[max(number for number, (word, _) in enumerate(lines) if word == "FROM") :]


LINES = lines_of(CHECKOUT / "Dockerfile")
STAGE = last_stage(LINES)
# Those of examples, too.
ALL = pytest.mark.parametrize("name", ["Dockerfile", "examples/iac-ci/docker/Dockerfile"])


@ALL
def test_every_base_is_named_with_its_version(name: str) -> None:
    for word, value in lines_of(CHECKOUT / name):
        if word == "FROM":
            image = value.split()[0]
            assert ":" in image
            assert not image.endswith(":latest")


@ALL
def test_it_is_nobody_important_who_runs(name: str) -> None:
    stage = last_stage(lines_of(CHECKOUT / name))
    words = [word for word, _ in stage]
    user = dict(stage)["USER"].split(":")[0]
    assert user.isdigit()  # by number, so that an orchestrator can tell it is not root
    assert user != "0"
    assert words.index("USER") < words.index("CMD")
    assert "RUN" not in words[words.index("USER") :]


@ALL
def test_commands_are_no_shells_and_what_is_copied_is_named(name: str) -> None:
    lines = lines_of(CHECKOUT / name)
    assert all(value.startswith("[") for word, value in lines if word in ("CMD", "ENTRYPOINT"))
    assert not [word for word, _ in lines if word == "ADD"]


@ALL
def test_no_layer_keeps_what_pip_downloaded(name: str) -> None:
    runs = [value for word, value in lines_of(CHECKOUT / name) if word == "RUN"]
    assert all("--no-cache-dir" in value for value in runs if "pip install" in value)


def test_the_example_copies_what_is_there() -> None:
    folder = CHECKOUT / "examples/iac-ci"
    for word, value in lines_of(folder / "docker/Dockerfile"):
        if word == "COPY":
            (source,) = (one for one in value.split()[:-1] if not one.startswith("--"))
            assert source.startswith("dist/") or (folder / source).exists()


def test_the_command_is_started_without_a_shell() -> None:
    words = [word for word, _ in STAGE]
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert dict(STAGE)["ENTRYPOINT"] == '["chaim-conformance"]'
    assert dict(STAGE)["WORKDIR"] == "/provider"


def test_wheels_are_installed_by_their_hashes_alone() -> None:
    installs = [value for word, value in STAGE if word == "RUN" and "pip install" in value]
    assert len(installs) == 1
    assert {"--no-index", "--require-hashes", "--no-cache-dir"} <= set(shlex.split(installs[0]))


def test_only_the_stage_of_the_wheels_sees_the_sources() -> None:
    assert [word for word, _ in LINES].count("COPY") == 3
    assert all(value.startswith("--from=node ") for word, value in STAGE if word == "COPY")


def test_it_is_built_and_lists_the_clauses(context: Path) -> None:
    docker = shutil.which("docker")
    engine = docker and subprocess.run(
        [docker, "info"], capture_output=True, timeout=60, check=False
    )
    if not docker or not engine or engine.returncode:
        pytest.skip("no container engine here")
    name = "chaim-conformance-test"
    build = [docker, "build", "--quiet", "--tag", name, "--file", "Dockerfile", "."]
    subprocess.run(build, cwd=CHECKOUT, check=True, timeout=3 * INSTALL_SECONDS)
    run = [docker, "run", "--rm", name, "clauses"]
    done = subprocess.run(run, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=True)
    assert "H10 MUST" in done.stdout
