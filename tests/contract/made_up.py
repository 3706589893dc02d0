"""Contracts that do not exist: a copy of the real one, with other versions, and clauses changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from chaim_conformance import contract


def made_up_contract(folder: Path, version: str, **changes: dict[str, str]) -> Path:
    """Writes a contract of this version to ``folder``; ``changes`` are by the ids of clauses."""
    shutil.copytree(contract.contract_directory(), folder)
    path = folder / "clauses.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["contract"] = version
    for entry in document["clauses"]:
        entry |= changes.get(entry["id"], {})
    contract.validator("clauses").validate(document)
    path.write_text(json.dumps(document), encoding="utf-8")
    return folder


def conftest_for(folder: Path) -> str:
    """A provider's ``conftest.py`` by which the kit reads that contract instead of its own."""
    return (
        "import pathlib\n"
        "from chaim_conformance import contract\n"
        f"contract.contract_directory = lambda: pathlib.Path({str(folder)!r})\n"
    )
