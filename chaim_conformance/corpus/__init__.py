"""The frozen corpus: scenarios as files, the same for everybody until the kit's version changes.

``index.json`` says for each file of ``scenarios/`` which clauses it is for. ``quick`` plays it and
nothing else. How it is made: ``tests/mutants/distil.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from chaim_conformance.errors import UsageError
from chaim_conformance.json_form import from_json, read, read_any_scenario, to_json
from chaim_conformance.scenario import Scenario
from chaim_conformance.strategies.bundles import Format
from chaim_conformance.synth_scenario import SynthScenario

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A scenario of the corpus.

    ``format`` is that of its snapshots. Where a provider knows several formats, what does not
    depend on the format is played in its first one only; ``every`` marks what does.
    """

    name: str
    format: Format
    every: bool
    clauses: tuple[str, ...]


@cache
def entries(directory: Path = HERE) -> tuple[Entry, ...]:
    """All entries, in the order in which they are played."""
    index = json.loads((directory / "index.json").read_text(encoding="utf-8"))
    return tuple(from_json(Entry, entry) for entry in index["entries"])


@cache
def scenario(name: str, directory: Path = HERE) -> Scenario:
    """The scenario of this name."""
    return read(Scenario, directory / "scenarios" / f"{name}.json")


def frozen(clause: str, formats: tuple[Format, ...]) -> tuple[Scenario, ...]:
    """What the corpus has for a clause and a provider that knows these formats."""
    return tuple(
        scenario(entry.name)
        for entry in entries()
        if clause in entry.clauses
        and (entry.format == formats[0] or (entry.every and entry.format in formats))
    )


@dataclass(frozen=True, kw_only=True)
class SynthEntry:
    """A binder's scenario of the corpus, below ``binder/``."""

    name: str
    clauses: tuple[str, ...]


@cache
def frozen_synths(clause: str, directory: Path = HERE / "binder") -> tuple[SynthScenario, ...]:
    """What the corpus has for a clause about binders."""
    index = json.loads((directory / "index.json").read_text(encoding="utf-8"))
    named = (from_json(SynthEntry, entry) for entry in index["entries"])
    return tuple(_synths(one.name, directory) for one in named if clause in one.clauses)


@cache
def _synths(name: str, directory: Path) -> SynthScenario:
    return read(SynthScenario, directory / "scenarios" / f"{name}.json")


def write_synths(made: dict[SynthEntry, SynthScenario], directory: Path = HERE / "binder") -> None:
    """Writes the binder's part of a corpus; what else was there goes."""
    _write(directory, {entry.name: one for entry, one in made.items()})
    _dump(directory / "index.json", {"entries": [to_json(entry) for entry in made]})


def write(directory: Path, made: dict[Entry, Scenario]) -> None:
    """Writes a corpus: the index and a file for each entry; what else was there goes."""
    _write(directory, {entry.name: one for entry, one in made.items()})
    _dump(directory / "index.json", {"entries": [to_json(entry) for entry in made]})


def _write(directory: Path, made: Mapping[str, Scenario | SynthScenario]) -> None:
    folder = directory / "scenarios"
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.json"):
        stale.unlink()
    for name, one in made.items():
        _dump(folder / f"{name}.json", to_json(one))


def _dump(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def of_directory(directory: Path) -> tuple[Scenario | SynthScenario, ...]:
    """A provider's own scenarios, of both halves: every ``.json`` file, but transcripts, by name.

    Raises :class:`UsageError` where there is none, or one cannot be read.
    """
    if not directory.is_dir():
        raise UsageError(f"scenarios {directory}: there is no such folder")
    paths = [p for p in sorted(directory.glob("*.json")) if not p.stem.endswith(".transcript")]
    if not paths:
        raise UsageError(f"scenarios {directory}: no .json files there; name a folder of scenarios")
    return tuple(read_any_scenario(path) for path in paths)
