"""Reads ``.bprint`` files. The rules are in the conformance kit, from which this provider has them.

What is refused is told whole: every problem of every file at once (B19, B20).
"""

from pathlib import Path
from typing import Any

from chaim_conformance.bprint_validation import errors, read_bprint
from chaim_pulumi.errors import BindingError


def read_schemas(paths: list[Path], component: str) -> list[dict[str, Any]]:
    """The documents of these files, each as it stands there; raises :class:`BindingError`."""
    documents: dict[str, dict[str, Any]] = {}
    problems = []
    for path in paths:
        document, found = read_bprint(path)
        if wrong := errors(found):
            problems += [f"{path}: {problem}" for problem in wrong]
            continue
        entity = document["entityName"]
        if entity in documents:
            problems.append(f"{path}: the entity {entity} is bound to this table already")
        documents[entity] = document
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise BindingError(f"{component}: schemas cannot be bound:{lines}")
    return list(documents.values())
