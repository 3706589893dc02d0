"""What a synth left on the disk is read, whatever it is."""

from __future__ import annotations

from pathlib import Path

from chaim_conformance.synth_files import read_bundle, read_folder


def test_what_leads_out_of_a_folder_is_there_and_empty(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of another")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "secret")
    (link,) = read_folder(tmp_path / "folder")
    assert (link.path, link.content) == ("link", b"")


def test_what_is_no_archive_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "code.zip").write_bytes(b"PK\x03\x04 and no more")
    assert read_bundle(tmp_path / "code.zip") == ()


def test_json_that_nobody_can_read_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text("[" * 200_000)
    (tmp_path / "other.json").write_bytes(b"\xff\xfe")
    assert [one.json for one in read_folder(tmp_path)] == [None, None]
