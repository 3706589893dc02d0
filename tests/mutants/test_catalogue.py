"""The mutants themselves: each can be built, and differs from its base.

That those in JavaScript are programs is seen where they are played.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.mutants.catalogue import BASES, MUTANTS, Mutant, build

IN_PYTHON = [mutant for mutant in MUTANTS if BASES[mutant.base].scheme == "python"]


def test_names_are_unique() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("mutant", IN_PYTHON, ids=str)
def test_python_mutants_compile(mutant: Mutant, tmp_path: Path) -> None:
    build(mutant, tmp_path)
    base = BASES[mutant.base]
    mutated = ast.parse((tmp_path / base.files[0]).read_text(encoding="utf-8"))
    original = ast.parse((base.folder / base.files[0]).read_text(encoding="utf-8"))
    # More than a comment or a space has changed.
    assert ast.dump(mutated) != ast.dump(original)


def test_an_edit_that_fits_nowhere_is_an_error() -> None:
    stale = Mutant(name="stale", base="reference", clauses=("H10",), edits=(("no such text", ""),))
    with pytest.raises(ValueError, match="mutant stale"):
        stale.sources()


def test_an_edit_that_fits_twice_is_an_error() -> None:
    loose = Mutant(name="loose", base="reference", clauses=("H10",), edits=(("return", ""),))
    with pytest.raises(ValueError, match="mutant loose"):
        loose.sources()
