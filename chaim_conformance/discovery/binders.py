"""Binders for CDK: the packages and modules that have ``ChaimDynamoDBBinder`` among their names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from chaim_conformance.discovery.candidate import Candidate
from chaim_conformance.discovery.node_handlers import build_of, package_root
from chaim_conformance.discovery.node_package import depends_on, main_of, read_manifest
from chaim_conformance.discovery.python_handlers import module_of, names_of, parsed
from chaim_conformance.discovery.source_files import BUILT, SourceFile

# What the kit calls, and so what has to be there.
NAMES = frozenset({"ChaimDynamoDBBinder", "TableBindingConfig", "ChaimCredentials", "FailureMode"})
_BINDER = "ChaimDynamoDBBinder"
_EXPORTED = re.compile(
    rf"\bexports\.{_BINDER}\s*="
    rf"|\bmodule\.exports\s*=\s*\{{[^}}]*\b{_BINDER}\b"
    rf"|\bexport\s+(?:default\s+)?(?:abstract\s+)?class\s+{_BINDER}\b"
    rf"|\bexport\s*\{{[^}}]*\b{_BINDER}\s*[,}}]"
)
_NODE = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")


def binders(root: Path, files: tuple[SourceFile, ...]) -> Iterator[Candidate]:
    """Every binder, as ``cdk-node:`` and ``cdk-python:`` locators."""
    for file in files:
        if file.suffix in _NODE and _EXPORTED.search(file.text):
            if candidate := _of_node(root, file):
                yield candidate
        elif (tree := parsed(file)) is not None and names_of(tree) >= NAMES:
            module, _ = module_of(file.path)
            yield Candidate(
                locator=f"cdk-python:{module}",
                why=f"has {_BINDER}",
                score=4 + file.path.endswith("__init__.py"),
            )


def _of_node(root: Path, file: SourceFile) -> Candidate | None:
    package = package_root(root, file.path)
    manifest = read_manifest(package / "package.json")
    if not manifest.get("name"):  # a package without a name cannot be imported
        return None
    main = main_of(manifest)
    is_built = (
        not BUILT.isdisjoint(Path(main).parts[:-1])
        or not (package / main).is_file()
        or (package / main).with_suffix(".ts").is_file()
    )
    return Candidate(
        locator=f"cdk-node:{package.relative_to(root).as_posix()}",
        why=f"exports {_BINDER}",
        score=4 + ("aws-cdk-lib" in depends_on(manifest)),
        prepare=build_of(root, package) if is_built else "",
    )
