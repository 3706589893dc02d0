"""``chaim-conformance init``: writes what it found, asks nothing, overwrites nothing."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from chaim_conformance.cli import main
from chaim_conformance.commands.init import GITHUB_FILE, GITLAB_FILE, write_new
from chaim_conformance.config import ProviderConfig, read_config
from tests.examples.copies import EXAMPLES, LEFT_BEHIND
from tests.plugin.provider_repo import PLAIN_PYTHON

REPOS = [*sorted(EXAMPLES.glob("*-provider")), EXAMPLES.parent / "reference_impl"]
HANDLER = "exports.handler = async (event) => ({ PhysicalResourceId: 'chaim' })\n"
PATIENCE = 120


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, which is the working directory."""
    directory = tmp_path / "repo"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return directory


def write_file(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def written(root: Path) -> ProviderConfig:
    """What the new chaim.toml says; reading it holds it against its schema."""
    (provider,) = read_config(root / "chaim.toml")
    return provider


def all_files(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in root.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("example", REPOS, ids=lambda path: path.name)
def test_it_finds_what_each_examples_author_wrote(example: Path, repo: Path) -> None:
    copy = repo / example.name
    shutil.copytree(example, copy, ignore=shutil.ignore_patterns(*LEFT_BEHIND, "chaim.toml"))
    assert main(["init", example.name]) == 0
    (theirs,) = read_config(example / "chaim.toml")
    ours = written(copy)
    keys = ("handler", "binder", "bundle", "prepare")
    assert {k: getattr(ours, k) for k in keys} == {k: getattr(theirs, k) for k in keys}


def test_what_it_wrote_passes_the_doctor(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_file(repo, "publisher/main.py", PLAIN_PYTHON.read_text(encoding="utf-8"))
    assert main(["init"]) == 0
    assert capsys.readouterr().out.endswith("next: chaim-conformance doctor\n")
    assert main(["doctor"]) == 0


def test_files_that_are_there_are_left(repo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = 'contract = "1.0"\n[provider]\nhandler = "node:mine.js"\n'
    write_file(repo, "index.js", HANDLER)
    write_file(repo, "chaim.toml", mine)
    write_file(repo, GITHUB_FILE, "mine: too\n")
    before = all_files(repo)
    assert main(["init", "--handler", "node:index.js"]) == 0
    assert all_files(repo) == before
    said = capsys.readouterr().out
    assert "left as it is: chaim.toml\n" in said
    assert f"left as it is: {GITHUB_FILE}\n" in said
    assert "--handler and --binder were not written" in said


def test_a_second_time_nothing_changes(repo: Path) -> None:
    write_file(repo, "index.js", HANDLER)
    assert main(["init", "--ci", "github"]) == 0
    before = all_files(repo)
    assert main(["init", "--ci", "github"]) == 0
    assert all_files(repo) == before
    assert set(before) == {"index.js", "chaim.toml", GITHUB_FILE}


def test_a_link_that_leads_nowhere_is_a_file_too(repo: Path) -> None:
    write_file(repo, "index.js", HANDLER)
    (repo / "chaim.toml").symlink_to(repo.parent / "elsewhere.toml")
    assert main(["init"]) == 4
    assert not (repo.parent / "elsewhere.toml").exists()


def test_a_new_file_is_whole_or_not_there(repo: Path) -> None:
    write_file(repo, "taken", "mine")
    with pytest.raises(FileExistsError):
        write_new(repo / "taken", "theirs")
    write_new(repo / "new", "all of it")
    assert all_files(repo) == {"taken": "mine", "new": "all of it"}


def test_a_dry_run_prints_and_writes_nothing(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_file(repo, "index.js", HANDLER)
    assert main(["init", "--dry-run", "--ci", "github"]) == 0
    assert set(all_files(repo)) == {"index.js"}
    said = capsys.readouterr().out
    assert "would write chaim.toml:" in said
    assert '    handler = "node:index.js"' in said
    assert f"would write {GITHUB_FILE}:" in said


def test_nothing_found_is_told_with_what_to_name(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_file(repo, "index.js", "exports.other = 1\n")
    assert main(["init"]) == 4
    assert set(all_files(repo)) == {"index.js"}
    said = capsys.readouterr().err
    assert "nothing was written" in said
    assert "--handler LOCATOR   node:FILE[:EXPORT]" in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere",), "nowhere: no such directory"),
        (("--handler", "ruby:main.rb"), "not a locator"),
        (("--binder", "cdk-node:"), "not a locator"),
        (("--ci", "jenkins"), "invalid choice"),
    ],
)
def test_mistakes_are_told(
    repo: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert main(["init", *arguments]) == 4
    assert says in capsys.readouterr().err
    assert all_files(repo) == {}


def test_a_place_that_cannot_be_written_is_told(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_file(repo, ".github", "a file")
    assert main(["init", "--handler", "command:./publish", "--ci", "github"]) == 4
    assert "chaim.yml cannot be written" in capsys.readouterr().err


def test_flags_win_over_what_is_found(repo: Path) -> None:
    write_file(repo, "index.js", HANDLER)
    odd = 'command:./publish "a b" --name=ü\x7f'
    assert main(["init", "--handler", odd, "--binder", "command:./bind"]) == 0
    assert (written(repo).handler, written(repo).binder) == (odd, "command:./bind")


def test_of_several_the_likeliest_is_written_and_the_others_are_comments(repo: Path) -> None:
    write_file(repo, "src/index.js", "exports.handler = async () => 'some other function'\n")
    write_file(repo, "src/publish.js", HANDLER)
    write_file(repo, "test/fake.js", HANDLER)
    assert main(["init"]) == 0
    assert written(repo).handler == "node:src/publish.js"
    text = (repo / "chaim.toml").read_text(encoding="utf-8")
    assert '# handler = "node:src/index.js"   # or this one, which exports handler\n' in text
    assert "fake" not in text


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"index.js": "module.exports = {\n  handler,\n}"}, {"handler": "node:index.js"}),
        (
            {"app.mjs": "const onEvent = 1\nexport { onEvent }"},
            {"handler": "node:app.mjs:onEvent"},
        ),
        ({"index.mjs": "export const handler = async () => {}"}, {"handler": "node:index.mjs"}),
        (
            {  # a bundler's output, and no source of it
                "dist/lambda-handler/index.js": "__export(src_exports, {\n  handler: () => x\n});",
                "package.json": '{"scripts": {"build": "esbuild"}}',
                "pnpm-lock.yaml": "",
            },
            {"handler": "node:dist/lambda-handler/index.js", "prepare": "pnpm run build"},
        ),
        (
            {  # what is built is named, whether or not it was built already
                "src/lambda/handler.ts": "export const handler: Handler = async () => {}",
                "tsconfig.json": '{ // as tsc has it\n"compilerOptions": {"outDir": "./dist",}}',
                "package.json": '{"scripts": {"build": "tsc"}}',
                "dist/lambda/handler.js": "exports.handler = 1",
            },
            {"handler": "node:dist/lambda/handler.js", "prepare": "npm run build"},
        ),
        (
            {"lib/handler.ts": "export async function handler() {}"},
            {"handler": "node:lib/handler.js", "prepare": "npx tsc"},
        ),
        (
            {  # Node has to see that it is an ES module
                "src/index.js": "export function handler() {}",
                "package.json": '{"type": "module"}',
            },
            {"handler": "node:src/index.js", "bundle": "."},
        ),
        (
            {"src/lambda/index.js": "require('../shared/x'); exports.handler = 1"},
            {"handler": "node:src/lambda/index.js", "bundle": "src"},
        ),
        (
            {
                "packages/p/package.json": '{"scripts": {"build": "tsc"}, "main": "out/index.js"}',
                "packages/p/src/index.ts": "export const handler = 1",
            },
            {
                "handler": "node:packages/p/out/index.js",
                "prepare": "npm --prefix packages/p run build",
            },
        ),
        (
            {"app/on_event.py": "def on_event(event, context): ..."},
            {"handler": "python:app/on_event.py:on_event"},
        ),
        (
            {"pkg/__init__.py": "", "pkg/main.py": "from .x import y\ndef handler(e, c): ..."},
            {"handler": "python:pkg.main:handler"},
        ),
        (
            {"src/pkg/main.py": "import pkg.x\nhandler = pkg.x.make()"},
            {"handler": "python:pkg.main:handler"},
        ),
        (
            {
                "fn/go.mod": "module x",
                "fn/cmd/p/main.go": "package main\nfunc main() {\n\tlambda.Start(x)\n}",
            },
            {
                "handler": "runtime:./bootstrap",
                "bundle": "fn",
                "prepare": "go build -C fn -o bootstrap ./cmd/p",
            },
        ),
        (
            {
                "src/index.ts": "export { ChaimDynamoDBBinder } from './binder'",
                "package.json": '{"name": "b", "main": "lib/index.js", "scripts": {"build": "x"}}',
                "yarn.lock": "",
            },
            {"binder": "cdk-node:.", "prepare": "yarn run build"},
        ),
        (
            {
                "src/binders/__init__.py": "from x import ChaimDynamoDBBinder, FailureMode\n"
                "from y import TableBindingConfig, ChaimCredentials"
            },
            {"binder": "cdk-python:binders"},
        ),
    ],
)
def test_what_is_found(repo: Path, files: dict[str, str], expected: dict[str, str]) -> None:
    for name, text in files.items():
        write_file(repo, name, text)
    assert main(["init"]) == 0
    found = written(repo)
    keys = ("handler", "binder", "prepare")
    assert {k: v for k in keys if (v := getattr(found, k))} | (
        {"bundle": os.path.relpath(found.bundle, repo)} if found.bundle else {}
    ) == expected


@pytest.mark.parametrize(
    "files",
    [
        {"index.js": "// exports.handler = 1\n"},
        {"node_modules/x/index.js": HANDLER},
        {"main.py": "def handler(event): ..."},
        {"main.py": "def handler(:"},
        {"index.d.ts": "export const handler: Handler"},
        {"app.ts": "new ChaimDynamoDBBinder(stack, 'Binder', {})"},
        {"package.json": "[", "index.js": "\0"},
    ],
)
def test_what_is_no_provider_is_taken_for_none(repo: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        write_file(repo, name, text)
    assert main(["init"]) == 4


def test_schemas_that_it_saw_are_worth_a_command(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_file(repo, "index.js", HANDLER)
    write_file(repo, "schemas/a/A.bprint", "{}")
    write_file(repo, "schemas/b/B.bprint", "{}")
    assert main(["init"]) == 0
    assert "chaim-conformance validate schemas\n" in capsys.readouterr().out


def git(repo: Path, *arguments: str) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not on PATH")
    subprocess.run(["git", "-C", repo, *arguments], check=True, timeout=PATIENCE)


@pytest.mark.parametrize(
    ("remote", "file"),
    [
        ("git@github.com:some/repo.git", GITHUB_FILE),
        ("https://user:password@gitlab.example.com/some/repo.git", GITLAB_FILE),
        ("ssh://git@gitlab.com:22/some/repo", GITLAB_FILE),
        ("https://codeberg.org/github/repo", None),
    ],
)
def test_the_ci_file_is_that_of_the_repos_host(
    repo: Path, remote: str, file: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    git(repo, "init", "--quiet")
    git(repo, "remote", "add", "origin", remote)
    write_file(repo, "index.js", HANDLER)
    assert main(["init"]) == 0
    there = [name for name in (GITHUB_FILE, GITLAB_FILE) if (repo / name).exists()]
    assert there == ([file] if file else [])
    assert "password" not in capsys.readouterr().out


def test_a_provider_in_a_folder_of_a_larger_repo(repo: Path) -> None:
    (repo / ".git").mkdir()
    (repo / ".github").mkdir()
    write_file(repo, "providers/one/index.js", HANDLER)
    write_file(repo, "providers/one/package.json", '{"devDependencies": {"x": "1"}}')
    write_file(repo, "providers/one/package-lock.json", "{}")
    assert main(["init", "providers/one"]) == 0
    assert written(repo / "providers/one").handler == "node:index.js"
    workflow = (repo / GITHUB_FILE).read_text(encoding="utf-8")
    assert "working-directory: providers/one\n" in workflow
    assert "path: providers/one/.chaim/\n" in workflow
    assert "cache-dependency-path: providers/one/package-lock.json\n" in workflow


def test_a_repo_whose_ci_runs_the_kit_already_gets_no_second_one(
    repo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_file(repo, "index.js", HANDLER)
    write_file(repo, ".github/workflows/test.yml", "- run: pytest -p chaim_conformance\n")
    assert main(["init"]) == 0
    assert not (repo / GITHUB_FILE).exists()
    assert "test.yml, which runs the kit already" in capsys.readouterr().out


def test_the_versions_of_node_are_those_of_the_package(repo: Path) -> None:
    write_file(repo, "index.js", HANDLER)
    write_file(repo, "package.json", json.dumps({"engines": {"node": ">=22.1"}}))
    assert main(["init", "--ci", "github"]) == 0
    assert "node: [22, 24]\n" in (repo / GITHUB_FILE).read_text(encoding="utf-8")


needs_schemas = pytest.mark.skipif(
    importlib.util.find_spec("check_jsonschema") is None,
    reason="needs the published schemas of CI files: pip install check-jsonschema",
)


@needs_schemas
@pytest.mark.parametrize("example", REPOS, ids=lambda path: path.name)
@pytest.mark.parametrize(
    ("forge", "file", "schema"),
    [
        ("github", GITHUB_FILE, "vendor.github-workflows"),
        ("gitlab", GITLAB_FILE, "vendor.gitlab-ci"),
    ],
)
def test_ci_files_are_valid_by_their_published_schema(
    repo: Path, example: Path, forge: str, file: str, schema: str
) -> None:
    (repo / ".git").mkdir()
    copy = repo / "a folder: of [odd] name"
    shutil.copytree(example, copy, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    assert main(["init", os.fspath(copy), "--ci", forge]) == 0
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, repo / file],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
