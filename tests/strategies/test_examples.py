"""The examples in the docstrings of the public strategies are true, and every strategy has one."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

from chaim_conformance import strategies

MODULES = sorted(module.name for module in pkgutil.iter_modules(strategies.__path__))
VALUES = {"AppBreakage", "Breakage", "Change", "TableBreakage"}


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    module = importlib.import_module(f"{strategies.__name__}.{name}")
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", sorted({*strategies.__all__} - VALUES))
def test_every_public_strategy_has_an_example(name: str) -> None:
    assert ">>> " in (getattr(strategies, name).__doc__ or "")
