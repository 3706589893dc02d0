"""A Node package with a binder in it is laid out as an app has it, or refused with what to do."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance.drivers import bundle, locator
from chaim_conformance.drivers.cdk_node import lay_cdk_node
from chaim_conformance.errors import ProviderNotStartable, UsageError

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node is not on PATH")

SECONDS = 60
# Which library one of the app's own modules has, and which one the provider has.
ONE_LIBRARY = """
import { createRequire } from 'node:module';
const name = process.argv[2];
const require = createRequire(import.meta.url);
let provider;
try { provider = require(name); } catch { provider = await import(name); }
console.log(provider.library === require('aws-cdk-lib') && provider.other === 'nested');
"""
USES = "exports.library = require('aws-cdk-lib'); exports.other = require('other')"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An app's empty directory."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def write(folder: Path, **files: Any) -> Path:
    """Files by name, with ``__`` for a dot; what is no text is JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def install(modules: Path, name: str, code: str = "exports.here = __filename") -> Path:
    return write(modules / name, package__json={"name": name}, index__js=code)


def flat(repo: Path) -> Path:
    """What npm installs."""
    for name in ("aws-cdk-lib", "constructs", "@types/node"):
        install(repo / "node_modules", name)
    install(repo / "node_modules", "other", "module.exports = 'nested'")
    return repo


def hoisted(repo: Path) -> Path:
    """A workspace: most packages lie above, some of them in another version beside the package."""
    above = repo.parent / "node_modules"
    for name in ("aws-cdk-lib", "constructs"):
        install(above, name)
    install(above, "other", "module.exports = 'above'")
    install(repo / "node_modules", "other", "module.exports = 'nested'")
    (above / "provider").symlink_to(repo, target_is_directory=True)
    return repo


def strict(repo: Path) -> Path:
    """What pnpm installs: links to a store, in which aws-cdk-lib alone sees constructs."""
    store = repo / "node_modules" / ".pnpm"
    library = install(store / "aws-cdk-lib@2" / "node_modules", "aws-cdk-lib")
    constructs = install(store / "constructs@10" / "node_modules", "constructs")
    (library.parent / "constructs").symlink_to(constructs, target_is_directory=True)
    (repo / "node_modules" / "aws-cdk-lib").symlink_to(library, target_is_directory=True)
    install(repo / "node_modules", "other", "module.exports = 'nested'")
    return repo


def manifest(**changes: Any) -> dict[str, Any]:
    return {"name": "provider", "main": "index.js", **changes}


@pytest.mark.parametrize("installed", [flat, hoisted, strict])
def test_provider_and_program_have_one_library(
    tmp_path: Path, project: Path, installed: Callable[[Path], Path]
) -> None:
    repo = write(tmp_path / "packages" / "provider", package__json=manifest(), index__js=USES)
    command = lay_cdk_node(installed(repo), project)
    assert command[1:] == (str(project / "app.mjs"), "provider")
    (project / "constructs.cjs").write_text("require('constructs')")
    assert told_by(command[0], project) == "true"
    subprocess.run([command[0], "constructs.cjs"], cwd=project, timeout=SECONDS, check=True)


def told_by(node: str, project: Path, name: str = "provider") -> str:
    (project / "one.mjs").write_text(ONE_LIBRARY)
    done = subprocess.run(
        [node, "one.mjs", name],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    return done.stdout.strip()


def test_provider_is_a_copy_without_what_was_installed(tmp_path: Path, project: Path) -> None:
    repo = flat(write(tmp_path / "repo", package__json=manifest(name="@me/it"), index__js=USES))
    for left in (".git", "cdk.out", "__pycache__"):
        write(repo / left, file="left over")
    lay_cdk_node(repo, project)
    copy = project / "node_modules" / "@me" / "it"
    assert sorted(path.name for path in copy.iterdir()) == ["index.js", "package.json"]
    assert told_by("node", project, "@me/it") == "true"
    (copy / "index.js").write_text("changed")
    assert (repo / "index.js").read_text() == USES


@pytest.mark.parametrize(
    "entry",
    [
        {"exports": {".": {"require": "./index.js"}}},
        {"exports": "./main.mjs"},
        {"exports": {".": {"import": {"default": "./main.mjs"}}}},
        {"main": "./main.mjs"},
    ],
)
def test_modules_of_both_kinds_are_found(
    tmp_path: Path, project: Path, entry: dict[str, Any]
) -> None:
    module = "import library from 'aws-cdk-lib'; export const other = 'nested'; export { library }"
    files = {"index__js": USES, "main__mjs": module}
    repo = flat(write(tmp_path / "repo", package__json={"name": "provider", **entry}, **files))
    lay_cdk_node(repo, project)
    assert told_by("node", project) == "true"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "no package.json there"),
        ("{", "package.json cannot be read"),
        ([], "`name` is null"),
        (manifest(name="../escape"), '`name` is "../escape"'),
        (manifest(name="@only-a-scope"), '`name` is "@only-a-scope"'),
    ],
)
def test_folder_that_is_no_package_is_refused(
    tmp_path: Path, project: Path, content: Any, text: str
) -> None:
    files = {} if content is None else {"package__json": content}
    with pytest.raises(ProviderNotStartable, match=text):
        lay_cdk_node(flat(write(tmp_path / "repo", **files)), project)


def test_package_without_cdk_says_what_to_install(tmp_path: Path, project: Path) -> None:
    repo = write(tmp_path / "repo", package__json=manifest(), index__js=USES)
    expected = f"aws-cdk-lib and constructs not installed.*run `npm install` in {repo}"
    with pytest.raises(ProviderNotStartable, match=expected):
        lay_cdk_node(repo, project)


@pytest.mark.parametrize(
    "entry",
    [{"main": "dist/it.js"}, {"exports": {"import": "./dist/it.js"}}, {"exports": "./dist/it.js"}],
)
def test_package_that_is_not_built_says_prepare(
    tmp_path: Path, project: Path, entry: dict[str, Any]
) -> None:
    repo = flat(write(tmp_path / "repo", package__json={"name": "provider", **entry}))
    with pytest.raises(ProviderNotStartable, match=r"dist/it.js.*build it.*`prepare`") as refused:
        lay_cdk_node(repo, project)
    assert str(project) not in str(refused.value)


def test_folder_too_big_for_a_package_is_refused(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "MOST_FILES", 3)
    files = {f"file{number}": "" for number in range(4)}
    repo = flat(write(tmp_path / "repo", package__json=manifest(), index__js=USES, **files))
    with pytest.raises(UsageError, match="cdk-node:DIR"):
        lay_cdk_node(repo, project)


def test_missing_node_is_named(
    tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = flat(write(tmp_path / "repo", package__json=manifest(), index__js=USES))
    locator.find_node.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProviderNotStartable, match="a cdk-node: binder needs Node 20"):
        lay_cdk_node(repo, project)
    locator.find_node.cache_clear()


@pytest.mark.parametrize(
    ("entry", "is_published"),
    [({}, True), ({"files": ["dist"]}, False), ({"files": ["dist", "./cdk.json"]}, True)],
)
def test_apps_of_the_authors_own_stay_at_home_unless_they_are_published(
    tmp_path: Path, project: Path, entry: dict[str, Any], is_published: bool
) -> None:
    files = {"package__json": manifest(**entry), "index__js": USES, "cdk__json": "{}"}
    lay_cdk_node(flat(write(tmp_path / "repo", **files)), project)
    assert (project / "node_modules" / "provider" / "cdk.json").exists() is is_published
