"""What is thrown away is out of the way at once, and gone at the end."""

from __future__ import annotations

from pathlib import Path

from chaim_conformance.drivers.trash import Trash


def test_a_thrown_folder_makes_room_at_once_and_is_removed_whole(tmp_path: Path) -> None:
    trash = Trash(tmp_path / "trash")
    for _ in range(3):
        (tmp_path / "cdk.out" / "inner").mkdir(parents=True)
        (tmp_path / "cdk.out" / "inner" / "file").write_text("content")
        trash.throw(tmp_path / "cdk.out")
        assert not (tmp_path / "cdk.out").exists()
    trash.close()
    assert list((tmp_path / "trash").iterdir()) == []


def test_of_a_link_the_link_goes_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    trash = Trash(tmp_path / "trash")
    kept = tmp_path / "kept"
    kept.mkdir()
    (tmp_path / "link").symlink_to(kept)
    trash.throw(tmp_path / "link")
    trash.throw(tmp_path / "was never there")
    trash.close()
    assert kept.is_dir()
    assert not (tmp_path / "link").is_symlink()
