"""The examples in the docstrings of the public strategies are true, and every strategy has one."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from chaim_conformance import strategies

MODULES = sorted(module.name for module in pkgutil.iter_modules(strategies.__path__))
VALUES = {"AppBreakage", "Breakage", "Change", "TableBreakage"}


@pytest.fixture
def patience() -> Iterator[None]:
    """Examples are as an author writes them, without settings; a busy machine may take its time."""
    before = settings.get_current_profile_name()
    settings.register_profile(
        "patient", deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    settings.load_profile("patient")
    yield
    settings.load_profile(before)


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    module = importlib.import_module(f"{strategies.__name__}.{name}")
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", sorted({*strategies.__all__} - VALUES))
def test_every_public_strategy_has_an_example(name: str) -> None:
    assert ">>> " in (getattr(strategies, name).__doc__ or "")
