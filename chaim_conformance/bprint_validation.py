"""What is wrong with a ``.bprint`` document or file, by the rules of ``bprint-rules.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from chaim_conformance.bprint_beyond import beyond_schema
from chaim_conformance.bprint_nodes import Dialect, dialect_of, json_path, nodes, quoted
from chaim_conformance.bprint_shapes import by_schema
from chaim_conformance.json_positions import Found, Steps, find, line_and_column


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One breach of one rule, at a JSON path such as ``$.fields[2].default``.

    ``rule`` is a name of ``bprint-rules.json``; besides there are ``file``, ``extension``,
    ``encoding``, ``json`` and ``duplicate-key`` of what is read, ``schema`` for what the JSON
    Schema asks and no rule has a name for, and ``key-declared``, a warning: the contract says it
    with SHOULD. Line and column are from 1, where a file was read.
    """

    rule: str
    path: str
    message: str
    line: int | None = None
    column: int | None = None
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = "" if self.line is None else f"line {self.line}, column {self.column}: "
        return f"{place}{self.message} ({self.rule})"


def problems(document: Any, *, dialect: Dialect | None = None) -> list[Problem]:
    """Every breach of a rule in a document as ``json.loads`` gives it; empty for a valid one.

    Without a dialect given, ``identity`` or a type that only dialect 2 has makes it dialect 2.
    """
    return [problem for _, problem in _placed(document, dialect)]


def errors(found: list[Problem]) -> list[Problem]:
    """Those that make a document invalid; the others are warnings."""
    return [problem for problem in found if problem.level == "error"]


def _placed(document: Any, dialect: Dialect | None) -> Iterator[tuple[Steps, Problem]]:
    """The problems, each with the steps of its path."""
    chosen = dialect or dialect_of(document)
    for node in nodes(document, chosen):
        for one in (*by_schema(node, chosen), *beyond_schema(node)):
            steps = node.path(*one.inside)
            message = f"{node.label}: {one.text}" if node.label else one.text
            path = json_path(steps)
            yield steps, Problem(rule=one.rule, path=path, message=message, level=one.level)


def read_bprint(path: Path) -> tuple[Any, list[Problem]]:
    """A file's document (``None`` where there is none to be had) and all that is wrong with both.

    Never raises for what the file is or holds.
    """
    found = []
    if path.suffix != ".bprint":
        ending = f"ends with {quoted(path.suffix)}" if path.suffix else "has no ending"
        text = f"the file's name {ending}, expected .bprint"
        found.append(Problem(rule="extension", path="$", message=text))
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise OSError(0, "it is no regular file")  # a pipe, say, that nobody may ever write to
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # a ValueError is a NUL in the name
        return None, [*found, Problem(rule="file", path="$", message=_unreadable(path, error))]
    document, in_text = _read(data)
    return document, [*found, *in_text]


def _unreadable(path: Path, error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError():
            return "there is no such file"
        case IsADirectoryError():
            return "it is a directory, expected a file"
        case OSError():
            return f"it cannot be read: {error.strerror}"
        case _:
            return f"its name is none: {error}"


def _read(data: bytes) -> tuple[Any, list[Problem]]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        message = f"it is not UTF-8: byte 0x{data[error.start]:02x}"
        problem = Problem(rule="encoding", path="$", message=message)
        return None, [_located(before, problem, len(before))]
    found = []
    if text.startswith("\ufeff"):
        text = text[1:]
        message = "it begins with a byte order mark, which JSON readers refuse; save it without"
        found.append(Problem(rule="encoding", path="$", message=message, line=1, column=1))
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        said = f"{error.msg[:1].lower()}{error.msg[1:]}"
        message = f"it is no JSON: {said}" if text.strip() else "it is empty, expected JSON"
        problem = Problem(rule="json", path="$", message=message)
        return None, [*found, _located(text, problem, error.pos)]
    except RecursionError:
        return None, [*found, Problem(rule="json", path="$", message="it is nested too deep")]
    except ValueError:  # the one other thing that Python does not read
        message = "it has a number of thousands of digits, which not every reader takes"
        return None, [*found, Problem(rule="json", path="$", message=message)]
    placed = list(_placed(document, None))
    seen = find(text, {steps for steps, _ in placed})
    found += [_located(text, problem, seen.values.get(steps)) for steps, problem in placed]
    found += _of_text(text, seen)
    return document, sorted(found, key=lambda one: (one.line or 0, one.column or 0))


def _of_text(text: str, seen: Found) -> Iterator[Problem]:
    """What JSON readers take in different ways."""
    for constant, offset in seen.constants:
        message = f"it is no JSON: {constant} is no number there"
        yield _located(text, Problem(rule="json", path="$", message=message), offset)
    for steps, offset in seen.twice:
        holder = json_path(steps[:-1]) if steps[1:] else "the document"
        message = f"the key {quoted(steps[-1])} comes twice in {holder}"
        yield _located(
            text, Problem(rule="duplicate-key", path=json_path(steps), message=message), offset
        )


def _located(text: str, problem: Problem, offset: int | None) -> Problem:
    if offset is None:
        return problem
    line, column = line_and_column(text, offset)
    return replace(problem, line=line, column=column)
