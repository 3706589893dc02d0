"""chaim-cdk's own story (User, Order and Product on one table) lived through with the reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance.config import Settings
from chaim_conformance.fixtures import assert_registry_follows
from tests.binder.catalogue import MUTANTS
from tests.binder.mutant import BinderMutant, conformant, provider_of

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")


def configured(root: Path) -> Path:
    """The reference's repo, without the handler that is judged beside its binder."""
    file = root / "chaim.toml"
    file.write_text(
        'contract = "1.0"\n[provider]\nbinder = "cdk-python:chaim_reference.cdk"\n',
        encoding="utf-8",
    )
    return file


def lived(root: Path, tmp_path: Path, *, stories: int, seconds: float, seed: int = 0) -> int:
    settings = Settings(profile="quick", report=tmp_path / "report")
    return assert_registry_follows(
        configured(root), stories=stories, seconds=seconds, seed=seed, settings=settings
    )


def test_the_registry_follows_the_stack(tmp_path: Path) -> None:
    root = conformant("reference", tmp_path).root
    assert lived(root, tmp_path, stories=5, seconds=20) > 1


@pytest.mark.night
@pytest.mark.parametrize("seed", range(5))
def test_it_follows_for_long(seed: int, tmp_path: Path) -> None:
    root = conformant("reference", tmp_path).root
    assert lived(root, tmp_path, stories=100, seconds=600, seed=seed) == 100


OF_ONE_ENTITY = (
    '    action = "DELETE" if event["RequestType"] == "Delete" else "UPSERT"\n',
    '    action = "DELETE" if event["RequestType"] == "Delete" else "UPSERT"\n'
    '    bundled = Path("snapshot.json").read_text()\n'
    '    if action == "DELETE" and \'"entityName": "Order"\' in bundled:\n'
    '        return {"PhysicalResourceId": event["PhysicalResourceId"], "Data": {}}\n',
)
DROPPED = BinderMutant(
    name="delete-of-one-entity-dropped", base="reference", clauses=("B23",), edits=(OF_ONE_ENTITY,)
)
BY_NAME = {str(mutant): mutant for mutant in (*MUTANTS, DROPPED) if mutant.base == "reference"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param(
            "py-renamed-entity-stays",
            r"active too: (User|Order|Product)",
            marks=pytest.mark.night,
        ),
        ("delete-of-one-entity-dropped", "active too: Order"),
        pytest.param(
            "py-fingerprint-without-descriptions",
            "active with other content",
            marks=pytest.mark.night,
        ),
        pytest.param("py-nothing-is-deleted", "active too", marks=pytest.mark.night),
    ],
)
def test_what_stays_behind_is_found(name: str, told: str, tmp_path: Path) -> None:
    root = provider_of(BY_NAME[name], tmp_path).root
    with pytest.raises(AssertionError, match=told) as raised:
        lived(root, tmp_path, stories=5, seconds=10)
    assert "the registry does not follow the stack" in str(raised.value)
    assert (tmp_path / "report/entity-life.json").is_file()
