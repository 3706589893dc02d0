"""The Dockerfile keeps the rules that matter; it is built where there is an engine to build it."""

from __future__ import annotations

import io
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ci.machine import CHECKOUT, INSTALL_SECONDS

parser = pytest.importorskip("dockerfile_parse", reason="dockerfile-parse is in `tox -e ci`")
LINES = [
    (one["instruction"], one["value"])
    for one in parser.DockerfileParser(
        fileobj=io.BytesIO((CHECKOUT / "Dockerfile").read_bytes()), env_replace=False
    ).structure
]
LAST = max(number for number, (word, _) in enumerate(LINES) if word == "FROM")
STAGE = LINES[LAST:]


def test_every_base_is_named_with_its_version() -> None:
    for word, value in LINES:
        if word == "FROM":
            image = value.split()[0]
            assert ":" in image
            assert not image.endswith(":latest")


def test_it_is_nobody_important_who_judges() -> None:
    words = [word for word, _ in STAGE]
    user = dict(STAGE)["USER"]
    assert user.split(":")[
        0
    ].isdigit()  # by number, so that an orchestrator can tell it is not root
    assert user.split(":")[0] != "0"
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert "RUN" not in words[words.index("USER") :]


def test_the_command_is_started_without_a_shell() -> None:
    assert dict(STAGE)["ENTRYPOINT"] == '["chaim-conformance"]'
    assert dict(STAGE)["WORKDIR"] == "/provider"


def test_wheels_are_installed_by_their_hashes_alone() -> None:
    installs = [value for word, value in STAGE if word == "RUN" and "pip install" in value]
    assert len(installs) == 1
    assert {"--no-index", "--require-hashes", "--no-cache-dir"} <= set(shlex.split(installs[0]))


def test_only_the_stage_of_the_wheels_sees_the_sources() -> None:
    assert [word for word, _ in LINES].count("COPY") == 3
    assert all(value.startswith("--from=node ") for word, value in STAGE if word == "COPY")
    assert not [word for word, _ in LINES if word == "ADD"]


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
