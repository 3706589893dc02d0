"""Handlers that are programs: in Go, or a ``bootstrap`` that is there already."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from chaim_conformance.discovery.candidate import Candidate, likeliness
from chaim_conformance.discovery.source_files import SourceFile

# As Lambda's provided.al2023 has it.
PROGRAM = "bootstrap"
_MAIN = re.compile(r"^package main\b.*^func main\(\)", re.MULTILINE | re.DOTALL)
_OF_LAMBDA = re.compile(r"\blambda\.Start|AWS_LAMBDA_RUNTIME_API")


def program_handlers(root: Path, files: tuple[SourceFile, ...]) -> Iterator[Candidate]:
    """Every program for Lambda, as ``runtime:`` locators."""
    for file in files:
        if file.suffix == ".go" and _MAIN.search(file.text) and _OF_LAMBDA.search(file.text):
            yield _of_go(root, file)
    program = root / PROGRAM
    if program.is_file() and os.access(program, os.X_OK):
        yield Candidate(locator=f"runtime:./{PROGRAM}", why="an executable", score=-1)


def _of_go(root: Path, file: SourceFile) -> Candidate:
    folder = PurePosixPath(file.path).parent
    module = next((f for f in (folder, *folder.parents) if (root / f / "go.mod").is_file()), folder)
    package = "." if folder == module else f"./{folder.relative_to(module)}"
    elsewhere = [] if module == PurePosixPath() else ["-C", str(module)]
    return Candidate(
        locator=f"runtime:./{PROGRAM}",
        why=f"{file.path} is a Lambda function in Go",
        score=likeliness(file.text) + 1,
        bundle=str(module) if elsewhere else "",
        prepare=" ".join(["go", "build", *elsewhere, "-o", PROGRAM, package]),
    )
