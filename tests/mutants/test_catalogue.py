"""The mutants themselves: each can be built, differs from its base, and is a program."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.mutants.catalogue import BASES, MUTANTS, Mutant, build

# The clauses of single operations that have to be proven by a mutant in each release.
PROVEN = re.compile(r"H0[1-57]|H1[0-2]|H2[0-6]|H3[0-4]|H4[0-3]|H5[0-57]")


def of_scheme(scheme: str) -> list[Mutant]:
    return [mutant for mutant in MUTANTS if BASES[mutant.base].scheme == scheme]


def test_names_are_unique() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names))


def test_every_clause_of_the_spine_has_a_mutant() -> None:
    named = {clause for mutant in MUTANTS for clause in mutant.clauses}
    spine = {clause for n in range(100) if PROVEN.fullmatch(clause := f"H{n:02}")}
    assert spine <= named


@pytest.mark.parametrize("mutant", of_scheme("python"), ids=str)
def test_python_mutants_compile(mutant: Mutant, tmp_path: Path) -> None:
    build(mutant, tmp_path)
    base = BASES[mutant.base]
    mutated = ast.parse((tmp_path / base.files[0]).read_text(encoding="utf-8"))
    original = ast.parse((base.folder / base.files[0]).read_text(encoding="utf-8"))
    # More than a comment or a space has changed.
    assert ast.dump(mutated) != ast.dump(original)


@pytest.mark.parametrize("mutant", of_scheme("node"), ids=str)
def test_node_mutants_parse(mutant: Mutant, tmp_path: Path) -> None:
    build(mutant, tmp_path)
    for name in BASES[mutant.base].files:
        checked = subprocess.run(
            ["node", "--check", str(tmp_path / name)], capture_output=True, text=True, timeout=60
        )
        assert checked.returncode == 0, checked.stderr


def test_an_edit_that_fits_nowhere_is_an_error() -> None:
    stale = Mutant(name="stale", base="reference", clauses=("H10",), edits=(("no such text", ""),))
    with pytest.raises(ValueError, match="mutant stale"):
        stale.sources()


def test_an_edit_that_fits_twice_is_an_error() -> None:
    loose = Mutant(name="loose", base="reference", clauses=("H10",), edits=(("return", ""),))
    with pytest.raises(ValueError, match="mutant loose"):
        loose.sources()
