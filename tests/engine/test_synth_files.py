"""What is read of a folder with large files in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaim_conformance import synth_files
from chaim_conformance.synth_files import read_folder


def test_a_compiled_handler_is_read_whole_and_held_once(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "bootstrap").write_bytes(bytes(12_000_000))
    one, other = read_folder(tmp_path)
    assert len(one.content) == 12_000_000
    assert one.content is other.content


def test_snapshots_are_read_before_all_that_lies_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synth_files, "MOST_READ", 1000)
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules/much.js").write_bytes(bytes(2000))
    (tmp_path / "snapshot.json").write_text("{}")
    packages, snapshot = read_folder(tmp_path)
    assert (packages.path, len(packages.content)) == ("node_modules/much.js", 998)
    assert snapshot.json == {}
