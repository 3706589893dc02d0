"""Binders with one small textual fault: what a mutant is there, and how one is built."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from chaim_conformance.config import ProviderConfig
from tests.mutants.mutant import REPOSITORY, Edit


@dataclass(frozen=True, kw_only=True)
class Base:
    """A conformant binder: its repo's folder, the part of it that can be faulty, its locator."""

    folder: Path
    sources: str
    locator: str


BASES: Mapping[str, Base] = {
    "reference": Base(
        folder=REPOSITORY / "reference_impl",
        sources="chaim_reference/**/*.py",
        locator="cdk-python:chaim_reference.cdk",
    ),
    "node-cdk": Base(
        folder=REPOSITORY / "examples/node-cdk-provider",
        sources="*/*.js",
        locator="cdk-node:.",
    ),
}
LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__", ".*", "cdk.out")


@dataclass(frozen=True, kw_only=True)
class BinderMutant:
    """A base with one fault, made by replacing texts, and the clauses by which it has to die.

    Several clauses stand here only where one fault cannot break the one without the other.
    """

    name: str
    base: str
    clauses: tuple[str, ...]
    edits: tuple[Edit, ...]

    def __str__(self) -> str:
        return self.name

    def edited(self) -> dict[Path, str]:
        """The files with the fault in them, below the base's folder.

        Raises :class:`ValueError` for an edit that does not fit exactly one place.
        """
        base = BASES[self.base]
        texts = {p: p.read_text(encoding="utf-8") for p in base.folder.glob(base.sources)}
        changed: dict[Path, str] = {}
        for old, new in self.edits:
            places = {p: text.count(old) for p, text in texts.items() if old in text}
            if list(places.values()) != [1]:
                found = {p.name: count for p, count in places.items()}
                raise ValueError(f"mutant {self.name}: {old!r} has to be there once, found {found}")
            (path,) = places
            texts[path] = changed[path] = texts[path].replace(old, new)
        return {path.relative_to(base.folder): text for path, text in changed.items()}


def faults_of(base: str, *, prefix: str) -> Callable[..., BinderMutant]:
    """Makes mutants of one base: ``(name, clause, *edits)``."""

    def mutant(name: str, clause: str, *edits: Edit) -> BinderMutant:
        return BinderMutant(name=f"{prefix}-{name}", base=base, clauses=(clause,), edits=edits)

    return mutant


def provider_of(mutant: BinderMutant, root: Path) -> ProviderConfig:
    """The mutant, built below ``root``, as what is to be judged."""
    provider = conformant(mutant.base, root)
    for path, text in mutant.edited().items():
        (provider.root / path).write_text(text, encoding="utf-8")
    return provider


def conformant(base: str, root: Path) -> ProviderConfig:
    """A copy of the base below ``root``, as it is."""
    one, copy = BASES[base], root / "provider"
    shutil.copytree(one.folder, copy, ignore=LEFT_OUT)
    packages = node_packages()
    if base == "node-cdk" and packages is not None:
        (copy / "node_modules").symlink_to(packages, target_is_directory=True)
    return ProviderConfig(root=copy, binder=one.locator)


def node_packages() -> Path | None:
    """Where ``aws-cdk-lib`` for Node is; ``None`` where it is not."""
    folder = os.environ.get("CHAIM_NODE_CDK")
    packages = Path(folder) / "node_modules" if folder else None
    return packages if packages and (packages / "aws-cdk-lib").is_dir() else None
