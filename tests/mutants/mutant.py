"""What a mutant is: a conformant handler with one small textual fault, and how one is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from chaim_conformance.config import ProviderConfig

REPOSITORY = Path(__file__).parents[2]

Edit = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Base:
    """A conformant handler: where its files are, and the locator once they lie in a folder."""

    folder: Path
    files: tuple[str, ...]
    scheme: str
    function: str

    def locator(self, directory: Path) -> str:
        """How the kit finds the copy in ``directory``; the first file is the entry."""
        return f"{self.scheme}:{directory / self.files[0]}:{self.function}"


BASES: Mapping[str, Base] = {
    "reference": Base(
        folder=REPOSITORY / "reference_impl/chaim_reference",
        files=("handler.py",),
        scheme="python",
        function="handler",
    ),
    "framework-cjs": Base(
        folder=REPOSITORY / "tests/handlers/framework-cjs",
        files=("index.js",),
        scheme="node",
        function="handler",
    ),
    "fetch-esm": Base(
        folder=REPOSITORY / "tests/handlers/fetch-esm",
        files=("index.mjs",),
        scheme="node",
        function="handler",
    ),
    "node-provider": Base(
        folder=REPOSITORY / "examples/node-provider/src",
        files=("index.js", "ingest.js"),
        scheme="node",
        function="handler",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A base with one fault, made by replacing texts, and the clauses by which it has to die.

    Several clauses stand here only where one fault cannot break the one without the other.
    ``timeout`` is the function's own (seconds) where it hangs: then it has to wait for its end.
    """

    name: str
    base: str
    clauses: tuple[str, ...]
    edits: tuple[Edit, ...]
    timeout: float | None = None

    def __str__(self) -> str:
        return self.name

    def sources(self) -> dict[str, str]:
        """The files with the fault in them. Each edit has to fit exactly one place of the base."""
        base = BASES[self.base]
        texts = {name: (base.folder / name).read_text(encoding="utf-8") for name in base.files}
        for old, new in self.edits:
            places = {name: text.count(old) for name, text in texts.items() if old in text}
            if list(places.values()) != [1]:
                raise ValueError(
                    f"mutant {self.name}: {old!r} has to be there once, found {places}"
                )
            (name,) = places
            texts[name] = texts[name].replace(old, new)
        return texts


def faults_of(base: str, *, prefix: str) -> Callable[..., Mutant]:
    """Makes mutants of one base: ``(name, clause, *edits)``."""

    def mutant(name: str, clause: str, *edits: Edit) -> Mutant:
        return Mutant(name=f"{prefix}-{name}", base=base, clauses=(clause,), edits=edits)

    return mutant


def provider_of(mutant: Mutant, root: Path) -> ProviderConfig:
    """The mutant, built below ``root``, as what is to be judged."""
    provider = ProviderConfig(root=root, handler=build(mutant, root / "mutant"))
    return provider if mutant.timeout is None else replace(provider, timeout=mutant.timeout)


def build(mutant: Mutant, directory: Path) -> str:
    """Writes the mutant's files into an empty ``directory``; returns the handler's locator."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in mutant.sources().items():
        (directory / name).write_text(text, encoding="utf-8")
    return BASES[mutant.base].locator(directory)
