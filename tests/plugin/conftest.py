"""Fixtures for running the kit as its users do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.provider_repo import ProviderRepo


@pytest.fixture
def repo(tmp_path: Path) -> ProviderRepo:
    """A provider's repository with a conformant handler, configured."""
    repo = ProviderRepo(tmp_path)
    repo.write_handler()
    repo.configure('handler = "python:main.py:lambda_handler"')
    return repo
