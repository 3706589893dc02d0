"""Programs of every other kind are judged as handlers are, by every clause that applies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chaim_conformance import contract
from chaim_conformance.checks import CHECKS
from chaim_conformance.config import ProviderConfig
from chaim_conformance.errors import ProviderNotStartable
from tests.drivers.programs import TELLING, command, endpoint, judged, outcomes, runtime

NOT_ITS = {c.id for c in contract.clauses() if {"cfn", "lambda"} & set(c.applies)} & set(CHECKS)


# By day tests/runtimes has one in AWS's own client, examples/iac-ci an endpoint, examples/kefir a
# command, and each has a fault in it found.
@pytest.mark.night
@pytest.mark.parametrize("kind", [runtime, endpoint])
def test_a_function_that_is_started_in_another_way_passes(
    kind: Callable[..., ProviderConfig], tmp_path: Path
) -> None:
    assert outcomes(judged(kind(tmp_path), TELLING)) == {"pass": set(TELLING)}


@pytest.mark.night
def test_a_command_passes_every_clause_that_applies_to_it(tmp_path: Path) -> None:
    found = judged(command(tmp_path))
    assert outcomes(found) == {"pass": set(CHECKS) - NOT_ITS, "n/a": NOT_ITS}
    assert found["H05"].reason == "the provider is not cfn"


def test_what_a_program_prints_instead_of_starting_holds_no_credentials(tmp_path: Path) -> None:
    leak = tmp_path / "leak"
    leak.write_text('#!/bin/sh\necho "key: $API_KEY"\nexit 1\n', encoding="utf-8")
    leak.chmod(0o755)
    with pytest.raises(ProviderNotStartable, match=r"key: \[redacted\]"):
        judged(ProviderConfig(root=tmp_path, handler="runtime:./leak"))


@pytest.mark.night
@pytest.mark.parametrize("kind", [runtime, endpoint, command])
def test_a_fault_is_found_in_each(kind: Callable[..., ProviderConfig], tmp_path: Path) -> None:
    found = judged(kind(tmp_path, broken=True), ("H02", "H03"))
    assert outcomes(found) == {"pass": {"H02"}, "fail": {"H03"}}
