"""Handlers in JavaScript, and in TypeScript by what their build makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from chaim_conformance.discovery.candidate import Candidate, likeliness
from chaim_conformance.discovery.node_package import (
    main_of,
    read_manifest,
    run_script,
    script_of,
)
from chaim_conformance.discovery.source_files import SourceFile

_NAME = "(handler|lambdaHandler|onEvent)"
_EXPORTS = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        rf"\bexports\.{_NAME}\s*=(?!=)",
        rf"\bmodule\.exports\s*=\s*\{{[^}}]*?\b{_NAME}\b",
        rf"\bexport\s+(?:async\s+)?(?:const|let|var|function)\s+{_NAME}\b",
        rf"\bexport\s*\{{[^}}]*?\b{_NAME}\s*[,}}]",
        rf"\b__export\(\w+,\s*\{{[^}}]*?\b{_NAME}\s*:",  # as esbuild has it
    )
)
_COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
_ABOVE = re.compile(r"""(?:require\(|from|import)\s*['"]((?:\.\./)+)""")
_COMPILED = {".ts": ".js", ".mts": ".mjs", ".cts": ".cjs"}
_USUAL = ("handler", "index", "main", "app", "lambda")


def node_handlers(root: Path, files: tuple[SourceFile, ...]) -> Iterator[Candidate]:
    """Every file that exports a handler, as ``node:`` locators."""
    for file in files:
        if file.suffix in (".js", ".mjs", ".cjs", *_COMPILED) and (export := _export_of(file)):
            yield _candidate(root, file, export)


def package_root(root: Path, path: str) -> Path:
    """The folder of the nearest ``package.json`` above a file of the repo, or the repo."""
    for above in PurePosixPath(path).parents:
        if (root / above / "package.json").is_file():
            return root / above
    return root


def build_of(root: Path, package: Path) -> str:
    """What builds the package, as ``prepare`` has to say it; empty: it has no build."""
    if not script_of(read_manifest(package / "package.json"), "build"):
        return ""
    command = run_script(package, "build")
    if package == root:
        return command
    folder = package.relative_to(root).as_posix()
    program, rest = command.split(" ", 1)
    # Each manager has its own way of being told where.
    flag = {"npm": "--prefix", "pnpm": "--dir", "yarn": "--cwd"}[program]
    return f"{program} {flag} {folder} {rest}"


def _export_of(file: SourceFile) -> str:
    text = _COMMENT.sub("", file.text)
    return next((match[1] for one in _EXPORTS if (match := one.search(text))), "")


def _candidate(root: Path, file: SourceFile, export: str) -> Candidate:
    package = package_root(root, file.path)
    manifest = read_manifest(package / "package.json")
    loaded, prepare, why = file.path, "", f"exports {export}"
    if file.suffix in _COMPILED:
        loaded = _compiled(root, package, file, manifest)
        prepare = build_of(root, package) or "npx tsc"
        why = f"{file.path} exports {export}"
    elif file.is_built:
        prepare = build_of(root, package)
    main = main_of(manifest)
    is_main = bool(main) and (package / main).resolve() == (root / loaded).resolve()
    score = likeliness(file.text) + 2 * is_main + (file.name in _USUAL) - 3 * file.is_built
    return Candidate(
        locator=f"node:{loaded}" + ("" if export == "handler" else f":{export}"),
        why=why,
        score=score,
        bundle=_bundle(root, package, loaded, manifest, file.text),
        prepare=prepare,
    )


def _compiled(root: Path, package: Path, file: SourceFile, manifest: dict[str, Any]) -> str:
    """The file that the build makes of this one, by what tsconfig.json and package.json say."""
    source = (root / file.path).relative_to(package)
    name = source.with_suffix(_COMPILED[file.suffix]).name
    main = PurePosixPath(main_of(manifest))
    if main.name == name:
        return (package.relative_to(root) / main).as_posix()
    options = read_manifest(package / "tsconfig.json").get("compilerOptions")
    options = options if isinstance(options, dict) else {}
    base = Path(str(options.get("rootDir") or source.parts[0]))
    inner = source.relative_to(base) if source.is_relative_to(base) else source
    out = Path(str(options.get("outDir") or source.parent))
    made = out / (inner if "outDir" in options else source.name)
    return (package.relative_to(root) / made.with_name(name)).as_posix()


def _bundle(root: Path, package: Path, loaded: str, manifest: dict[str, Any], text: str) -> str:
    """The folder that has to be copied, where that is not the handler's own; else empty.

    It is the package's, where Node has to read ``package.json`` to know an ES module for one; and
    that from which the handler imports files.
    """
    folder = (root / loaded).parent
    is_module = manifest.get("type") == "module" and loaded.endswith(".js")
    if is_module and not (folder / "package.json").is_file():
        wanted = package
    else:
        levels = max((match[1].count("../") for match in _ABOVE.finditer(text)), default=0)
        wanted = (folder, *folder.parents)[levels]
        wanted = wanted if wanted.is_relative_to(package) else package
    return "" if wanted == folder else wanted.relative_to(root).as_posix()
