"""What a provider needs on a machine that has nothing: in CI."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from chaim_conformance.config import ProviderConfig
from chaim_conformance.discovery.node_package import depends_on, install_command, read_manifest
from chaim_conformance.drivers.locator import OLDEST_NODE

# Those of Lambda's runtimes of today, and of Node's own support.
NODES = (20, 22, 24)
_KIT = "chaim-conformance"


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """What is to be installed, and by which commands, in the folder of ``chaim.toml``.

    ``nodes`` are the versions of Node to judge it with, none where it is not in Node.
    ``jsii`` says that CDK in Python is used, which runs some Node itself.
    ``lock`` is the lock file of npm, where there is one.
    """

    nodes: tuple[int, ...] = ()
    go: bool = False
    jsii: bool = False
    lock: str = ""
    commands: tuple[str, ...] = ()


def toolchain_of(providers: tuple[ProviderConfig, ...], root: Path) -> Toolchain:
    """What these providers, of one ``chaim.toml`` in ``root``, need."""
    halves = [half for one in providers for half in (one.handler or "", one.binder or "")]
    builds = [one.prepare or "" for one in providers]
    in_node = any(half.startswith(("node:", "cdk-node:")) for half in halves) or any(
        build.startswith(("npm ", "npx ", "pnpm ", "yarn ")) for build in builds
    )
    jsii = any(half.startswith("cdk-python:") for half in halves)
    in_python = any(half.startswith(("python:", "cdk-python:")) for half in halves)
    packages = depends_on(read_manifest(root / "package.json"))
    commands = [install_command(root)] if in_node and packages else []
    if in_python:
        commands += _python_packages(root)
    extra = " aws-cdk-lib" if jsii else ""
    return Toolchain(
        nodes=_versions(root) if in_node else (),
        go=any(build.startswith("go ") for build in builds),
        jsii=jsii,
        lock="package-lock.json" if (root / "package-lock.json").is_file() else "",
        commands=(*commands, f"python -m pip install {_KIT}{extra}"),
    )


def _python_packages(root: Path) -> list[str]:
    if (root / "requirements.txt").is_file():
        return ["python -m pip install -r requirements.txt"]
    try:
        pyproject = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    # Tables of tools alone make no package.
    return ["python -m pip install ."] if "project" in pyproject else []


def _versions(root: Path) -> tuple[int, ...]:
    """The versions of Node that the package is for, as far as it says so in a plain way."""
    engines = read_manifest(root / "package.json").get("engines")
    wanted = str(engines.get("node", "")) if isinstance(engines, dict) else ""
    match = re.match(r"\s*(?:>=|\^|~)?\s*v?(\d+)", wanted)
    least = max(OLDEST_NODE, int(match[1]) if match else 0)
    if match and not wanted.strip().startswith(">"):
        return (least,)
    return tuple(node for node in NODES if node >= least) or (least,)
