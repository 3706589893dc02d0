"""What a synth left on the disk is read, whatever it is, and held in memory once."""

from __future__ import annotations

import zipfile
from pathlib import Path

from chaim_conformance.synth_files import read_bundle, read_folder


def test_a_handler_that_every_binding_bundles_is_held_once(tmp_path: Path) -> None:
    for binding in ("User", "Order"):
        (tmp_path / binding).mkdir()
        (tmp_path / binding / "index.js").write_text("exports.handler = async () => {};\n" * 100)
        (tmp_path / binding / "snapshot.json").write_text(f'{{"resourceId": "T__{binding}"}}')
    seen = read_folder(tmp_path)
    assert [one.path for one in seen] == [
        "Order/index.js",
        "Order/snapshot.json",
        "User/index.js",
        "User/snapshot.json",
    ]
    assert seen[0].content is seen[2].content
    assert seen[1].content != seen[3].content
    archive = tmp_path / "user.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.write(tmp_path / "User" / "index.js", "index.js")
    (zipped,) = read_bundle(archive)
    assert (zipped.path, zipped.content is seen[0].content) == ("index.js", True)


def test_what_leads_out_of_a_folder_is_there_and_empty(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of another")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "secret")
    (link,) = read_folder(tmp_path / "folder")
    assert (link.path, link.content) == ("link", b"")


def test_what_is_no_archive_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "code.zip").write_bytes(b"PK\x03\x04 and no more")
    assert read_bundle(tmp_path / "code.zip") == ()
