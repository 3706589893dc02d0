"""A bundle is the provider's folder with the snapshot in it, the same for every deployment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chaim_conformance.drivers import bundle
from chaim_conformance.drivers.bundle import Bundle, HandlerSource
from chaim_conformance.errors import UsageError
from tests.drivers.conftest import Workbench


def assemble(bench: Workbench, tmp_path: Path, file: str = "index.js") -> Bundle:
    """The bundle of the provider's folder."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    return Bundle(HandlerSource(folder=bench.folder, file=Path(file)), workspace)


def contents(made: Bundle) -> dict[str, str]:
    """Every file of the bundle, links not followed."""
    return {
        str(path.relative_to(made.directory)): path.read_text()
        for path in sorted(made.directory.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


def test_the_folder_is_copied_without_what_is_no_part_of_it(
    bench: Workbench, tmp_path: Path
) -> None:
    for name in ("index.js", "lib/a.js", ".env", "other/snapshot.json"):
        bench.write(name, name)
    for name in (".git/HEAD", "cdk.out/x", ".venv/x", "env/pyvenv.cfg", "__pycache__/x.pyc"):
        bench.write(name, name)
    bench.write("snapshot.json", "the author's own")
    os.mkfifo(bench.folder / "pipe")
    (bench.folder / "broken").symlink_to("nowhere")
    (bench.folder / "loop").symlink_to(bench.folder)
    made = assemble(bench, tmp_path)
    made.lay(None)
    assert contents(made) == {
        name: name for name in (".env", "index.js", "lib/a.js", "other/snapshot.json")
    }
    made.lay(b"the kit's")
    assert contents(made)["snapshot.json"] == "the kit's"
    made.lay(None)
    assert "snapshot.json" not in contents(made)
    assert (bench.folder / "snapshot.json").read_text() == "the author's own"


def test_what_a_handler_did_to_its_bundle_is_undone(bench: Workbench, tmp_path: Path) -> None:
    for name in ("index.js", "lib/a.js"):
        bench.write(name, name)
    made = assemble(bench, tmp_path)
    made.lay(b"1")
    expected = contents(made)

    def leave_a_file() -> None:
        (made.directory / "left").write_text("x")

    def leave_a_folder() -> None:
        (made.directory / "new/deep").mkdir(parents=True)

    def change() -> None:
        (made.directory / "lib/a.js").write_text("changed")

    def delete() -> None:
        (made.directory / "lib/a.js").unlink()

    def replace_by_a_folder() -> None:
        delete()
        (made.directory / "lib/a.js/deep").mkdir(parents=True)

    def replace_the_snapshot() -> None:
        (made.directory / "snapshot.json").unlink()
        (made.directory / "snapshot.json").mkdir()

    for mischief in (
        leave_a_file,
        leave_a_folder,
        change,
        delete,
        replace_by_a_folder,
        replace_the_snapshot,
    ):
        before = made.directory
        mischief()
        made.lay(b"1")
        assert contents(made) == expected, mischief.__name__
        assert not (made.directory / "new").exists()
        assert made.directory != before
        assert not before.exists()
    assert contents(made)["index.js"] == (bench.folder / "index.js").read_text()


def test_the_snapshot_is_put_beside_the_handlers_file(bench: Workbench) -> None:
    bench.write("shared/text.js", "module.exports = 'shared';")
    bench.write(
        "src/index.js",
        """
        const text = require('../shared/text');
        const { n } = require('./snapshot.json');
        exports.handler = async () => [text, n, process.cwd() === __dirname];
        """,
    )
    assert bench.open("node:src/index.js", bundle=Path(".")).value() == ["shared", 1, True]


def test_a_folder_that_is_no_bundle_is_refused(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "MOST_FILES", 3)
    for n in range(4):
        bench.write(f"{n}.js", "")
    with pytest.raises(UsageError, match=r"set `bundle` in chaim\.toml"):
        assemble(bench, tmp_path, "0.js")
