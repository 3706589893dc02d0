"""Reads handler locators such as ``node:index.js`` and finds what they name."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

from chaim_conformance.drivers.bundle import HandlerSource
from chaim_conformance.drivers.lambda_driver import Program
from chaim_conformance.errors import ProviderNotStartable, UsageError

_HERE = Path(__file__).parent
OLDEST_NODE = 20
_NODE_SUFFIXES = (".js", ".mjs", ".cjs")
_FORMS = (
    "python:FILE_OR_MODULE:FUNCTION, node:FILE[:EXPORT], runtime:COMMAND, http:URL, command:COMMAND"
)
Scheme = Literal["python", "node", "runtime", "http", "https", "command"]
_SCHEMES: tuple[Scheme, ...] = get_args(Scheme)


def read_locator(locator: str) -> tuple[Scheme, str]:
    """The kind of handler and what follows the colon; :class:`UsageError` for no locator."""
    name, _, rest = locator.partition(":")
    scheme = next((known for known in _SCHEMES if known == name), None)
    if scheme is None or not rest.strip():
        raise UsageError(f"handler {locator!r}: not a locator; these exist: {_FORMS}")
    return scheme, rest


def find_program(locator: str, *, root: Path, bundle: Path | None) -> Program:
    """What one of the kit's own runtime clients has to load for a ``python:`` or ``node:`` locator.

    Raises :class:`UsageError` or :class:`ProviderNotStartable` where it names nothing.
    """
    scheme, rest = read_locator(locator)
    return _PROGRAMS[scheme](rest, root.resolve(), bundle)


def _python(rest: str, root: Path, bundle: Path | None) -> Program:
    target, _, function = rest.partition(":")
    file, package_root = _python_file(target, root)
    source = _source(file, root, bundle, default=package_root)
    return Program(
        # -P: the kit's own folder is not to be imported from. -u: what the handler printed must
        # be out before its answer.
        command=(sys.executable, "-P", "-u", "-X", "utf8", str(_HERE / "python_runtime.py")),
        execution_env=f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        source=source,
        module=_module_name(source.file),
        export=function or None,
    )


def _python_file(target: str, root: Path) -> tuple[Path, Path]:
    """The file, and the folder from which it is imported."""
    if target.endswith(".py") or "/" in target:
        file = root / target
        _require_file(file)
        return file, file.parent
    parts = target.split(".")
    for base in (root, root / "src"):
        for file in (
            base.joinpath(*parts).with_suffix(".py"),
            base.joinpath(*parts, "__init__.py"),
        ):
            if file.is_file():
                return file, base
    raise ProviderNotStartable(
        f"handler python:{target}: no such module below {root} or {root / 'src'}; "
        "a file is named by its path: python:FILE.py:FUNCTION"
    )


def _module_name(file: Path) -> str:
    parts = list(file.with_suffix("").parts)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    if any("." in part for part in parts):
        raise ProviderNotStartable(
            f"handler file {file}: a dot in a name keeps Python from importing it; rename it"
        )
    return ".".join(parts)


def _node(rest: str, root: Path, bundle: Path | None) -> Program:
    target, _, export = rest.partition(":")
    file = root / target
    _require_file(file)
    if file.suffix not in _NODE_SUFFIXES:
        raise ProviderNotStartable(
            f"handler file {file}: Node loads {', '.join(_NODE_SUFFIXES)}; give the compiled file, "
            "and the command that compiles it as `prepare` in chaim.toml"
        )
    node, version = find_node("a node: handler")
    source = _source(file, root, bundle, default=file.parent)
    return Program(
        command=(node, str(_HERE / "node_runtime.mjs")),
        execution_env=f"AWS_Lambda_nodejs{version}.x",
        source=source,
        module=source.file.with_suffix("").as_posix(),
        export=export or None,
    )


_PROGRAMS: dict[str, Callable[[str, Path, Path | None], Program]] = {
    "python": _python,
    "node": _node,
}


def _require_file(file: Path) -> None:
    if file.is_file():
        return
    near = sorted(p.name for p in file.parent.glob(f"{file.stem}*")) if file.parent.is_dir() else []
    hint = f"; beside it: {', '.join(near[:5])}" if near else ""
    what = "is a directory" if file.is_dir() else "no such file"
    raise ProviderNotStartable(f"handler file {file}: {what}{hint}")


def _source(file: Path, root: Path, bundle: Path | None, *, default: Path) -> HandlerSource:
    folder = (root / bundle if bundle is not None else default).absolute()
    if not folder.is_dir():
        raise UsageError(f"bundle folder {folder}: no such directory")
    if not file.absolute().is_relative_to(folder):
        raise UsageError(f"bundle folder {folder} does not hold the handler's file {file}")
    return HandlerSource(folder=folder, file=file.absolute().relative_to(folder))


@functools.cache
def find_node(who: str) -> tuple[str, int]:
    """Node's path and major version; :class:`ProviderNotStartable` says ``who`` needs one."""
    node = shutil.which("node")
    if node is None:
        raise ProviderNotStartable(
            f"Node is not on PATH, and {who} needs Node {OLDEST_NODE} or later"
        )
    try:
        done = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ProviderNotStartable(f"{node} cannot be run: {error}") from error
    match = re.match(r"v(\d+)\.", done.stdout)
    if match is None or int(match[1]) < OLDEST_NODE:
        raise ProviderNotStartable(
            f"{node} is version {done.stdout.strip()}; {who} needs Node {OLDEST_NODE} or later"
        )
    return node, int(match[1])
