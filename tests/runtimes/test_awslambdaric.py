"""The reference handler in AWS's Python client is judged as it is in the kit's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance.checks import CHECKS
from chaim_conformance.config import ProviderConfig
from tests.drivers.programs import PYTHON, REFERENCE, TELLING, copied, judged, outcomes

pytest.importorskip("awslambdaric", reason="awslambdaric is not installed: tox -e runtimes has it")


def provider(folder: Path, *, broken: bool = False) -> ProviderConfig:
    copied((REFERENCE,), folder, broken=broken)
    return ProviderConfig(root=folder, handler=f"runtime:{PYTHON} -m awslambdaric handler.handler")


@pytest.mark.night
def test_the_reference_handler_passes(tmp_path: Path) -> None:
    assert outcomes(judged(provider(tmp_path), TELLING)) == {"pass": set(TELLING)}


@pytest.mark.night
def test_the_reference_handler_passes_every_clause(tmp_path: Path) -> None:
    assert outcomes(judged(provider(tmp_path))) == {
        "pass": set(CHECKS) - {"H56"},
        "not run": {"H56"},
    }


def test_a_fault_is_found(tmp_path: Path) -> None:
    found = judged(provider(tmp_path, broken=True), ("H02", "H03"))
    assert outcomes(found) == {"pass": {"H02"}, "fail": {"H03"}}
