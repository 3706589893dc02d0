"""A scenario of a binder is whole: every number in it names something, and a file has one text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from chaim_conformance.errors import UsageError
from chaim_conformance.json_form import read_any_scenario
from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Schema,
    Synth,
    SynthScenario,
    SynthStack,
    Table,
)

BINDING = Binding(id="One", schema=Schema(file="one.bprint", text="{}"))


def scenario(*bindings: Binding, synth: int = 0) -> SynthScenario:
    stack = SynthStack(tables=(Table(),), bindings=bindings)
    return SynthScenario(apps=(App(stacks=(stack,)),), synths=(Synth(app=synth),))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"table": 1}, "there is no table 1"),
        ({"table": -1}, "there is no table -1"),
        ({"table_of": 1}, "there is no stack 1"),
        ({"table_of": -1}, "there is no stack -1"),
        ({"config": 1}, "there is no config 1"),
    ],
)
def test_a_number_that_names_nothing_is_told(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=f"binding 'One': {said}"):
        scenario(replace(BINDING, **wrong))


def test_a_synth_is_of_an_app_that_there_is() -> None:
    with pytest.raises(ValueError, match=r"synths\[0\].app: there is no app 2"):
        scenario(BINDING, synth=2)


def test_a_file_has_one_text() -> None:
    other = replace(BINDING, id="Two", schema=Schema(file="one.bprint", text="{} "))
    with pytest.raises(ValueError, match=r"one\.bprint has two texts"):
        scenario(BINDING, other)


def test_a_file_with_such_a_number_is_a_mistake_of_its_author(tmp_path: Path) -> None:
    file = tmp_path / "scenario.json"
    file.write_text(
        '{"apps": [{"stacks": [{"tables": [{}], "bindings":'
        ' [{"id": "One", "table_of": 3, "schema": {"file": "one.bprint", "text": "{}"}}]}]}]}'
    )
    with pytest.raises(UsageError, match=r"scenario\.json(.|\n)*there is no stack 3"):
        read_any_scenario(file)
