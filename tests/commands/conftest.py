"""Fixtures for the commands' tests: a provider's repo, as for those of the plugin."""

from __future__ import annotations

from tests.plugin.conftest import repo

__all__ = ["repo"]
