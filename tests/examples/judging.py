"""Judges a copy of an example, with the profile that its author would use at every commit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from chaim_conformance import contract
from chaim_conformance.checks import CHECKS
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.judge import Judge
from chaim_conformance.verdict import Verdict


def not_passed(provider: ProviderConfig) -> dict[str, Verdict]:
    """The verdict of each checked clause that the provider does not keep."""
    with Judge(provider, _settings(provider.root)) as judge:
        verdicts = [judge.judge(contract.clause(clause)) for clause in CHECKS if clause != "H56"]
    verdicts.append(_in_time(provider))
    return {verdict.clause: verdict for verdict in verdicts if verdict.status != "pass"}


def _in_time(provider: ProviderConfig) -> Verdict:
    """H56's, with endpoints that never end, of a function that has a few seconds."""
    settings = replace(_settings(provider.root), select=("H56",))
    with Judge(replace(provider, timeout=4), settings) as judge:
        return judge.judge(contract.clause("H56"))


def verdict_of(clause: str, provider: ProviderConfig) -> Verdict:
    """The verdict of this one clause."""
    with Judge(provider, _settings(provider.root)) as judge:
        return judge.judge(contract.clause(clause))


def _settings(root: Path) -> Settings:
    return Settings(profile="quick", report=root / ".chaim")
