"""The corpus: complete, valid, the same as what it was distilled from, and readable by replay."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from chaim_conformance import contract, corpus
from chaim_conformance.checks import CHECKS
from chaim_conformance.corners import Formats
from chaim_conformance.errors import UsageError
from chaim_conformance.suite import SUITE

ROOT = Path(__file__).parents[2]
FILES = sorted((corpus.HERE / "scenarios").glob("*.json"))
FORMATS: tuple[Formats, ...] = (("1.0",), ("3.0",), ("1.0", "3.0"))


def test_the_index_lists_what_is_there() -> None:
    names = [entry.name for entry in corpus.entries()]
    assert sorted(names) == sorted(path.stem for path in FILES)
    assert {clause for entry in corpus.entries() for clause in entry.clauses} == set(CHECKS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_a_scenario(path: Path) -> None:
    contract.validator("scenario").validate(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("formats", FORMATS, ids=str)
@pytest.mark.parametrize("clause", sorted(CHECKS))
def test_every_clause_has_its_corners(clause: str, formats: Formats) -> None:
    """A corner that was changed in code, and not distilled anew, shows here."""
    frozen = corpus.frozen(clause, formats)
    assert set(SUITE[clause].corners(formats).values()) <= set(frozen)
    assert bool(frozen) is bool(SUITE[clause].fixed(formats))


def test_what_depends_on_the_format_is_played_in_each() -> None:
    one, three, both = (len(corpus.frozen("H10", formats)) for formats in FORMATS)
    assert one == three
    assert both == one + three
    refusals = [len(corpus.frozen("H51", formats)) for formats in FORMATS]
    assert len(set(refusals)) == 1


def test_any_file_can_be_replayed() -> None:
    path = corpus.HERE / "scenarios/life-1.0-strict.json"
    handler = "python:reference_impl/chaim_reference/handler.py:handler"
    command = [sys.executable, "-m", "chaim_conformance.cli", "replay", str(path)]
    run = subprocess.run(
        [*command, "--handler", handler], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"^\d+ hold$", run.stdout, re.MULTILINE)


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    for name in ("b.json", "a.json"):
        (tmp_path / name).write_bytes(FILES[0].read_bytes())
    (tmp_path / "a.transcript.json").write_text("{}", encoding="utf-8")
    assert len(corpus.of_directory(tmp_path)) == 2
    (tmp_path / "b.json").write_text('{"bundle": []}', encoding="utf-8")
    with pytest.raises(UsageError, match=r"b\.json: this is no Scenario"):
        corpus.of_directory(tmp_path)


@pytest.mark.parametrize("folder", ["none", "empty"])
def test_a_folder_without_scenarios(folder: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=folder):
        corpus.of_directory(tmp_path / folder)
