"""What runs the kit in CI: a workflow of GitHub's, a file to include for GitLab."""

from __future__ import annotations

import json
import shlex
from pathlib import PurePosixPath

from chaim_conformance.discovery.toolchain import Toolchain

_PYTHON = "3.13"
_CHECK = "chaim-conformance check --profile quick"
_REPORT = ".chaim/"
_WHY_QUICK = "quick plays the same in seconds each time; without --profile far more is played"


def github_workflow(needs: Toolchain, directory: str) -> str:
    """``.github/workflows/chaim.yml``; ``directory`` is that of ``chaim.toml`` in the repo."""
    return "\n".join(
        (
            "# Judges the provider by the Chaim ingest contract.",
            "name: chaim",
            "on: [push, pull_request]",
            "permissions:",
            "  contents: read",
            "jobs:",
            "  conformance:",
            "    runs-on: ubuntu-latest",
            "    timeout-minutes: 20",
            *_strategy(needs),
            *_defaults(directory),
            "    steps:",
            "      - uses: actions/checkout@v4",
            *_tools(needs, directory),
            *(f"      - run: {_yaml(command)}" for command in needs.commands),
            f"      # {_WHY_QUICK}",
            f"      - run: {_CHECK}",
            "      - uses: actions/upload-artifact@v4",
            "        if: always()",
            "        with:",
            f"          name: chaim{'-node-${{ matrix.node }}' if needs.nodes else ''}",
            f"          path: {_yaml(_within(directory, _REPORT))}",
            "          include-hidden-files: true",
            "          if-no-files-found: ignore",
            "",
        )
    )


def _strategy(needs: Toolchain) -> tuple[str, ...]:
    if not needs.nodes:
        return ()
    return (
        "    strategy:",
        "      fail-fast: false",
        "      matrix:",
        f"        node: [{', '.join(map(str, needs.nodes))}]",
    )


def _defaults(directory: str) -> tuple[str, ...]:
    if directory == ".":
        return ()
    return ("    defaults:", "      run:", f"        working-directory: {_yaml(directory)}")


def _tools(needs: Toolchain, directory: str) -> list[str]:
    lines = [
        "      - uses: actions/setup-python@v5",
        "        with:",
        f'          python-version: "{_PYTHON}"',
    ]
    if needs.nodes:
        lines += [
            "      - uses: actions/setup-node@v4",
            "        with:",
            "          node-version: ${{ matrix.node }}",
        ]
    if needs.nodes and needs.lock:
        lock = _yaml(_within(directory, needs.lock))
        lines += ["          cache: npm", f"          cache-dependency-path: {lock}"]
    if needs.go:
        lines += [
            "      - uses: actions/setup-go@v5",
            "        with:",
            f"          go-version-file: {_yaml(_within(directory, 'go.mod'))}",
            "          cache: false",
        ]
    return lines


def gitlab_job(needs: Toolchain, directory: str) -> str:
    """A file for ``include: local`` in ``.gitlab-ci.yml``; ``directory`` as for GitHub's."""
    image = "node:$NODE" if needs.nodes else f"python:{_PYTHON}"
    apt = [] if image.startswith("python:") else ["python3-venv"]
    apt += ["golang-go"] if needs.go else []
    apt += ["nodejs"] if needs.jsii and not needs.nodes else []
    before = [f"apt-get update && apt-get install -y --no-install-recommends {' '.join(apt)}"]
    before = (before if apt else []) + [
        "python3 -m venv /tmp/chaim",
        ". /tmp/chaim/bin/activate",
        *([f"cd {shlex.quote(directory)}"] if directory != "." else []),
        *needs.commands,
    ]
    matrix = (
        "  parallel:",
        "    matrix:",
        f"      - NODE: {json.dumps([str(node) for node in needs.nodes])}",
    )
    return "\n".join(
        (
            "# Judges the provider by the Chaim ingest contract.",
            "chaim-conformance:",
            f"  image: {image}",
            "  timeout: 20 minutes",
            *(matrix if needs.nodes else ()),
            "  before_script:",
            *(f"    - {_yaml(command)}" for command in before),
            "  script:",
            f"    # {_WHY_QUICK}",
            f"    - {_CHECK}",
            "  artifacts:",
            "    when: always",
            "    paths:",
            f"      - {_yaml(_within(directory, _REPORT))}",
            "",
        )
    )


def _within(directory: str, path: str) -> str:
    """A path of the repo; a folder keeps its stroke."""
    return str(PurePosixPath(directory) / path) + ("/" if path.endswith("/") else "")


def _yaml(text: str) -> str:
    """A text as YAML's own, in quotes where it could be read as something else."""
    plain = text and text[0].isalpha() and not any(c in text for c in ":#{}[],&*!|>'\"%@`\\")
    return text if plain else json.dumps(text, ensure_ascii=False)
