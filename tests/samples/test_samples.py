"""The sample violations are of real providers, and come out alike wherever they are made."""

from __future__ import annotations

import json

import pytest

from chaim_conformance import contract
from tests.binder import catalogue as binders
from tests.mutants import catalogue as handlers
from tests.samples.catalogue import BINDERS, HANDLERS
from tests.samples.making import made, steady


def test_each_is_shown_by_a_mutant_that_dies_by_that_clause() -> None:
    dies_by: dict[str, tuple[str, ...]] = {one.name: one.clauses for one in handlers.MUTANTS}
    dies_by |= {one.name: one.clauses for one in binders.MUTANTS}
    for clause, (mutant, _) in (HANDLERS | BINDERS).items():
        assert clause in dies_by[mutant]


def test_the_file_says_the_faults_of_the_catalogue() -> None:
    said = {sample.clause: sample.fault for sample in contract.samples().values()}
    assert said == {clause: fault for clause, (_, fault) in (HANDLERS | BINDERS).items()}


@pytest.mark.parametrize("clause", ["H03", "H30", "H42"])
def test_it_comes_out_alike(clause: str) -> None:
    path = contract.contract_directory() / "violations.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    (kept,) = (one for one in document["violations"] if one["clause"] == clause)
    assert made(clause) == kept


def test_what_differs_from_run_to_run_is_left_out() -> None:
    one, other = "9f8b2c1e-5d4a-4e3b-8a7c-0123456789ab", "0f8b2c1e-5d4a-4e3b-8a7c-0123456789ab"
    assert steady([f"{one}, not {other}", f"again {one}"]) == [
        "<uuid 1>, not <uuid 2>",
        "again <uuid 1>",
    ]
    assert steady(["at 127.0.0.1:40123", "2026-01-15T14:30:00.5+00:00"]) == [
        "at 127.0.0.1:<port>",
        "<time>+00:00",
    ]
    assert steady(["x" * 400])[0].endswith("x…")
