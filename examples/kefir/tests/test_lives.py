"""Entities are added, changed, renamed and removed in any order; the registry follows the stack."""

from conftest import ROOT

from chaim_conformance.fixtures import assert_registry_follows


def test_the_registry_follows_the_five_entities() -> None:
    """On the app's own table. Each is published by a program of its own, so not many are played."""
    assert assert_registry_follows(ROOT / "chaim.toml", stories=4, seconds=20) > 1
