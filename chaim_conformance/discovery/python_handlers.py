"""Handlers in Python, by their syntax trees: nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from chaim_conformance.discovery.candidate import Candidate, likeliness
from chaim_conformance.discovery.source_files import SourceFile

_NAMES = ("handler", "lambda_handler", "on_event")
_USUAL = ("handler", "index", "main", "app", "lambda_function")


def python_handlers(root: Path, files: tuple[SourceFile, ...]) -> Iterator[Candidate]:
    """Every module that has a handler, as ``python:`` locators."""
    for file in files:
        tree = parsed(file)
        name = _handler_in(tree) if tree is not None else ""
        if tree is None or not name:
            continue
        locator, bundle = _named(root, file, tree)
        yield Candidate(
            locator=f"python:{locator}:{name}",
            why=f"has {name}",
            score=likeliness(file.text) + (file.name in _USUAL) - 3 * file.is_built,
            bundle=bundle,
        )


def parsed(file: SourceFile) -> ast.Module | None:
    """The syntax tree of a Python file; ``None`` for what is no Python."""
    if file.suffix != ".py":
        return None
    try:
        return ast.parse(file.text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def names_of(tree: ast.Module) -> set[str]:
    """What the module defines or imports at its top, by name."""
    found: set[str] = set()
    for node in tree.body:
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                found.add(node.name)
            case ast.ImportFrom() | ast.Import():
                found |= {alias.asname or alias.name for alias in node.names}
            case ast.Assign():
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def module_of(path: str) -> tuple[str, str]:
    """The dotted name of a module of the repo, and the folder from which it is imported."""
    parts = list(PurePosixPath(path).with_suffix("").parts)
    base = parts.pop(0) if parts[0] == "src" and len(parts) > 1 else ""
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts), base


def _handler_in(tree: ast.Module) -> str:
    """The name of a function of an event and a context, or of what stands for one."""
    for name in _NAMES:
        for node in tree.body:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() if node.name == name:
                    taken = [*node.args.posonlyargs, *node.args.args]
                    if len(taken) >= 2 or node.args.vararg is not None:
                        return name
                case ast.Assign() if name in names_of(ast.Module([node], [])):
                    return name
    return ""


def _named(root: Path, file: SourceFile, tree: ast.Module) -> tuple[str, str]:
    """The module as a locator has it, and the bundle that it needs.

    A file is imported from its own folder; a module that imports others of its package, from
    where that package is.
    """
    module, base = module_of(file.path)
    top = module.partition(".")[0]
    if "." not in module or not (_imports_of_its_package(tree, top)):
        return file.path, ""
    if all(part.isidentifier() for part in module.split(".")):
        return module, ""
    return file.path, base or "."


def _imports_of_its_package(tree: ast.Module, top: str) -> bool:
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom() if node.level or (node.module or "").split(".")[0] == top:
                return True
            case ast.Import() if any(a.name.split(".")[0] == top for a in node.names):
                return True
    return False
