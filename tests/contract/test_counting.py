"""Which clauses count under which pin; the rules are those of contract/VERSIONING.md."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from chaim_conformance import contract
from chaim_conformance.assessment import present
from chaim_conformance.config import Known, ProviderConfig, Settings
from chaim_conformance.counting import is_newer, require_supported, reservations, supported_pins
from chaim_conformance.errors import UsageError
from chaim_conformance.verdict import Status, Verdict, Violation

PLAIN = contract.clause("H10")
FAILED = Verdict(clause="H10", status="fail", violation=Violation(expected="a", seen="b"))


@pytest.mark.parametrize(
    ("since", "pin", "newer", "doubts"),
    [
        ("1.0", "1.0", False, ()),
        ("1.0", "1.1", False, ()),
        ("1.1", "1.0", True, ()),
        ("1.1", "1.1", False, ("new in 1.1",)),
        ("1.1", "1.2", False, ()),
        ("1.9", "1.10", False, ()),
        ("1.10", "1.9", True, ()),
        ("2.0", "1.3", True, ()),
        ("2.0", "2.0", False, ()),
        ("1.3", "2.0", False, ()),
    ],
)
def test_a_new_clause_is_report_only_for_one_minor_version(
    since: str, pin: str, newer: bool, doubts: tuple[str, ...]
) -> None:
    clause = replace(PLAIN, since=since)
    assert is_newer(clause, pin) is newer
    assert reservations(clause, pin=pin, odd=False) == doubts


def test_all_reservations_are_named() -> None:
    clause = replace(PLAIN, since="1.1", level="SHOULD", disputed="by many")
    doubts = reservations(clause, pin="1.1", odd=True)
    assert doubts == ("odd", "SHOULD", "disputed", "new in 1.1")


@pytest.mark.parametrize("change", [{"since": "1.1"}, {"disputed": "#7: it cannot be kept"}])
@pytest.mark.parametrize(
    ("status", "strict", "fails"),
    [
        ("fail", False, False),
        ("fail", True, True),
        ("unstable", False, False),
        ("blocked", False, False),
        ("blocked", True, True),
        ("stale", False, True),  # a list that is wrong is wrong whatever the clause
    ],
)
def test_what_there_are_reservations_about_fails_strict_runs_alone(
    change: dict[str, str], status: Status, strict: bool, fails: bool
) -> None:
    listed = (Known(clause="H10", reason="x"),) if status == "stale" else ()
    provider = ProviderConfig(root=Path(), handler="node:index.js", pin="1.1", known=listed)
    verdict = replace(FAILED, status="pass" if status == "stale" else status, blocked_by=("H99",))
    found = present(
        verdict,
        replace(PLAIN, **change),
        provider=provider,
        settings=Settings(strict=strict),
    )
    assert found.status == status
    assert found.reservations
    assert found.fails is fails


@pytest.mark.parametrize(
    ("version", "pins"),
    [("1.0", ("1.0",)), ("1.1", ("1.1", "1.0")), ("1.7", ("1.7", "1.6")), ("2.0", ("2.0",))],
)
def test_the_last_two_minor_versions_are_supported(
    version: str, pins: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chaim_conformance.counting.contract_version", lambda: version)
    assert supported_pins() == pins
    for pin in pins:
        require_supported(pin)
    for pin in ("0.9", "9.9", "1", "one", "1.00"):
        with pytest.raises(UsageError, match=re.escape(f"{pin!r}, expected {pins[0]!r}")):
            require_supported(pin)


def test_the_version_is_said_alike_everywhere() -> None:
    folder = contract.contract_directory()
    version = contract.contract_version()
    assert (
        (folder / "README.md")
        .read_text(encoding="utf-8")
        .startswith(f"# The Chaim ingest contract, version {version}\n")
    )
    assert f"\n## {version}\n" in (folder / "CHANGELOG.md").read_text(encoding="utf-8")
