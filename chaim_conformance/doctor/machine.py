"""What is installed: the kit, programs, packages of Python's and of Node's."""

from __future__ import annotations

import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from chaim_conformance import __version__
from chaim_conformance.config import ProviderConfig
from chaim_conformance.discovery.node_package import read_manifest
from chaim_conformance.doctor.finding import Finding
from chaim_conformance.drivers.locator import OLDEST_NODE, find_node, read_locator
from chaim_conformance.errors import ProviderNotStartable, UsageError

CONTRACT = "1.0"
SDK = "@aws-sdk/client-secrets-manager"
CDK = "aws-cdk-lib"
# A program that does not even tell its version in this time does not work (seconds).
_PATIENCE = 60
_HOW_TO_GET_NODE = f"install Node {OLDEST_NODE} or later: https://nodejs.org"


def installed(providers: tuple[ProviderConfig, ...]) -> Iterator[Finding]:
    """What there is; what one of these providers needs, and is not there, is *missing*."""
    yield Finding(status="ok", what="kit", said=f"{__version__}, contract {CONTRACT}")
    yield Finding(status="ok", what="Python", said=f"{platform.python_version()} {sys.executable}")
    yield _python_package("pytest", needed=True)
    yield _python_package("pytest-xdist", needed=False, use="for pytest -n 2, several at once")
    yield _python_package("boto3", needed=True, use="Lambda's Python has it")
    yield _node(needed=any(_needs_node(one) for one in providers))
    prepared_by = {program for one in providers if (program := _prepared_by(one))}
    yield _npm(needed=bool(prepared_by & {"npm", "npx"}))
    yield _go(needed="go" in prepared_by)
    cdk_python = any((one.binder or "").startswith("cdk-python:") for one in providers)
    yield _python_package(CDK, needed=cdk_python, use="for cdk-python: binders")
    for one in providers:
        yield from _packages_of_node(one)


def judgeable() -> Finding:
    """Which kinds of providers could be judged on this machine."""
    handlers, binders = ["python:", "runtime:", "http:", "command:"], ["command:"]
    if _node(needed=False).status == "ok":
        handlers, binders = ["node:", *handlers], ["cdk-node:", *binders]
    if _python_package(CDK, needed=False).status == "ok":
        binders = ["cdk-python:", *binders]
    said = f"handlers {', '.join(handlers)}; binders {', '.join(binders)}"
    return Finding(status="note", what="could be judged", said=said)


def _python_package(name: str, *, needed: bool, use: str = "") -> Finding:
    try:
        return Finding(status="ok", what=name, said=metadata.version(name))
    except metadata.PackageNotFoundError:
        status, why = ("missing", "") if needed else ("note", f" ({use})")
        return Finding(
            status=status,  # type: ignore[arg-type]
            what=name,
            said=f"not installed beside the kit{why}",
            do=f"{shlex.quote(sys.executable)} -m pip install {name}",
        )


def _node(*, needed: bool) -> Finding:
    try:
        path, _ = find_node("a node: handler")
    except ProviderNotStartable as error:
        status = "missing" if needed else "note"
        return Finding(status=status, what="Node", said=str(error), do=_HOW_TO_GET_NODE)  # type: ignore[arg-type]
    return _program("Node", path, "--version", needed=needed, get=_HOW_TO_GET_NODE)


def _npm(*, needed: bool) -> Finding:
    return _program("npm", "npm", "--version", needed=needed, get="install it with Node")


def _go(*, needed: bool) -> Finding:
    return _program("Go", "go", "version", needed=needed, get="install Go: https://go.dev/dl")


def _program(what: str, name: str, argument: str, *, needed: bool, get: str) -> Finding:
    """What a program says of its version."""
    path = shutil.which(name)
    if path is None:
        said, use = f"{name} is not on PATH", "" if needed else "; not needed here"
    else:
        try:
            done = subprocess.run(
                [path, argument], capture_output=True, text=True, timeout=_PATIENCE, check=True
            )
            version = done.stdout.strip().partition("\n")[0].removeprefix("go version ")
            return Finding(status="ok", what=what, said=f"{version} {path}")
        except (OSError, subprocess.SubprocessError, UnicodeDecodeError) as error:
            said, use = f"{path} cannot be run: {error}", ""
    if needed:
        return Finding(status="missing", what=what, said=said, do=get)
    return Finding(status="note", what=what, said=f"{said}{use}")


def _needs_node(provider: ProviderConfig) -> bool:
    binder = provider.binder or ""  # in Python, jsii runs some Node
    return (provider.handler or "").startswith("node:") or binder.startswith("cdk-")


def _prepared_by(provider: ProviderConfig) -> str:
    """The program that ``prepare`` begins with; empty: there is none."""
    try:
        words = shlex.split(provider.prepare or "")
    except ValueError:
        return ""
    return words[0] if words else ""


def _packages_of_node(provider: ProviderConfig) -> Iterator[Finding]:
    """What the provider's halves in Node look for in ``node_modules``."""
    if (provider.binder or "").startswith("cdk-node:"):
        package = provider.root / (provider.binder or "").partition(":")[2].strip()
        version = _version_in_node_modules(CDK, package)
        if version:
            yield Finding(status="ok", what=f"{CDK} (Node)", said=f"{version}, for {package}")
        else:
            yield Finding(
                status="missing",
                what=f"{CDK} (Node)",
                said=f"it is in no node_modules of {package} or above",
                do=f"{_npm_install(package)}; it has to be among the devDependencies,"
                " with constructs",
            )
    try:
        scheme, rest = read_locator(provider.handler or "")
    except UsageError:  # the provider's own finding says so
        return
    if scheme == "node":
        folder = (provider.root / rest.partition(":")[0]).parent
        version = _version_in_node_modules(SDK, folder)
        if version:
            yield Finding(status="ok", what="AWS SDK (Node)", said=f"{SDK} {version}")
        else:
            yield Finding(
                status="note",
                what="AWS SDK (Node)",
                said=f"{SDK} is in no node_modules of {folder} or above: what needs a secret is not"
                " run, where the handler reads it by this package",
                do=_npm_install(provider.root, "--save-dev", SDK),
            )


def _npm_install(folder: Path, *arguments: str) -> str:
    return shlex.join(["npm", "install", "--prefix", str(folder), *arguments])


def _version_in_node_modules(name: str, folder: Path) -> str:
    """The version of a package as Node finds it from this folder; empty: it does not."""
    folder = folder.resolve()
    for above in (folder, *folder.parents):
        manifest = above / "node_modules" / name / "package.json"
        if manifest.is_file():
            return str(read_manifest(manifest).get("version", "of no version"))
    return ""
