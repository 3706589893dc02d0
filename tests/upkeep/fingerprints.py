"""Fingerprints of what decides a verdict: corpus, checks, and what clauses demand.

The same on every Python, with or without git. Comments, docstrings, formatting and the order of
imports do not count.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LENGTH = 12
# What a clause demands, and of whom; its words are the contract's own business.
DEMANDS = ("id", "level", "since", "disputed", "applies", "check")
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def fingerprints(root: Path = ROOT) -> dict[str, str]:
    """The fingerprint of each part of a checkout."""
    kit = root / "chaim_conformance"
    parts: dict[str, Callable[[], Iterable[str]]] = {
        "corpus": lambda: _json_files(kit / "corpus", ("*.json", "scenarios/*.json")),
        "binder-corpus": lambda: _json_files(kit / "corpus/binder", ("**/*.json",)),
        "checks": lambda: _modules(kit / "checks"),
        "binder-checks": lambda: _modules(kit / "checks/binder"),
        "clauses": lambda: _demands(root / "contract/clauses.json"),
    }
    return {name: _digest(lines()) for name, lines in parts.items()}


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:LENGTH]


def _json_files(folder: Path, patterns: Iterable[str]) -> Iterator[str]:
    paths = sorted(path for pattern in patterns for path in folder.glob(pattern))
    assert paths, f"{folder}: no corpus here"
    for path in paths:
        content = json.loads(path.read_text(encoding="utf-8"))
        yield f"{path.relative_to(folder).as_posix()} {json.dumps(content, sort_keys=True)}"


def _modules(folder: Path) -> Iterator[str]:
    paths = sorted(folder.glob("*.py"))
    assert paths, f"{folder}: no checks here"
    for path in paths:
        yield f"{path.name} {essence(path.read_text(encoding='utf-8'))}"


def _demands(path: Path) -> Iterator[str]:
    for entry in json.loads(path.read_text(encoding="utf-8"))["clauses"]:
        yield json.dumps([entry.get(key) for key in DEMANDS])


def essence(source: str) -> str:
    """What a module does, as a text that stays the same while only its looks change."""
    return _text(ast.parse(source))


def _text(value: object) -> str:
    """A syntax tree as text. ``ast.dump`` differs from one version of Python to the next."""
    match value:
        case ast.JoinedStr():
            return f"JoinedStr({_text(_joined(value.values))})"
        case ast.AST():
            fields = dict(ast.iter_fields(value))
            if isinstance(value, DOCUMENTED):
                fields["body"] = _body(value)
            told = (f"{name}={_text(one)}" for name, one in fields.items() if one not in (None, []))
            return f"{type(value).__name__}({', '.join(told)})"
        case list():
            return f"[{', '.join(map(_text, value))}]"
        case _:
            return repr(value)


def _body(node: DOCUMENTED) -> list[ast.stmt]:
    """The statements without the docstring; imports at the beginning in one order."""
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    imports = [one for one in body if isinstance(one, ast.Import | ast.ImportFrom)]
    for one in imports:
        one.names.sort(key=lambda alias: (alias.name, alias.asname or ""))
    return [*sorted(imports, key=_text), *(one for one in body if one not in imports)]


def _joined(values: list[ast.expr]) -> list[ast.expr]:
    """An f-string's parts with neighbouring texts joined, which not every Python does."""
    joined: list[ast.expr] = []
    for one in values:
        last = joined[-1] if joined else None
        if isinstance(one, ast.Constant) and isinstance(last, ast.Constant):
            joined[-1] = ast.Constant(f"{last.value}{one.value}")
        else:
            joined.append(one)
    return joined
