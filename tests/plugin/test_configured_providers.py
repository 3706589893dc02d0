"""What ``chaim.toml`` can say about a provider is so when the provider is judged."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance import corpus
from chaim_conformance.config import ProviderConfig
from chaim_conformance.contract import clause
from chaim_conformance.report.failures import write_failure
from tests.checks.transcripts import perfect
from tests.drivers.programs import endpoint
from tests.plugin.provider_repo import FRAMEWORK_CJS, ONE_FORMAT, WRONG_HASH, ProviderRepo

FEW = ("--chaim-profile", "quick", "--chaim-select", "H02,H10,H12")
HANDLER = 'handler = "python:main.py:lambda_handler"\n'


def assert_passes(repo: ProviderRepo, clauses: int = 3) -> str:
    run = repo.pytest(*FEW)
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"clauses: {clauses} passed, 0 failed" in run.stdout
    return run.stdout


def test_prepare_builds_what_is_judged(repo: ProviderRepo) -> None:
    (repo.directory / "main.py").rename(repo.directory / "source.txt")
    copy = "import pathlib; pathlib.Path('main.py').write_bytes(open('source.txt','rb').read())"
    repo.write("build.py", copy)
    repo.configure(HANDLER + 'prepare = "python3 build.py"')
    assert_passes(repo)


def test_a_bundle_with_modules_beside_the_handler(repo: ProviderRepo) -> None:
    repo.write("dist/lib/publish.js", FRAMEWORK_CJS.read_text(encoding="utf-8"))
    repo.write("dist/index.js", "exports.handler = require('./lib/publish').handler;\n")
    repo.write("node_modules/unrelated/index.js", "throw new Error('not in the bundle');\n")
    repo.configure('handler = "node:dist/index.js"\nbundle = "dist"')
    assert_passes(repo)


@pytest.mark.night
def test_a_package_that_reads_the_environment_when_it_is_loaded(repo: ProviderRepo) -> None:
    """On Lambda that is right: a deployment is a new process. So the kit makes it one."""
    text = FRAMEWORK_CJS.read_text(encoding="utf-8")
    read = "{ apiKey: API_KEY, apiSecret: API_SECRET }"
    assert read in text
    repo.write("index.js", text.replace(read, "require('keys')"))
    keys = "const { API_KEY, API_SECRET } = process.env\n"
    keys += "module.exports = { apiKey: API_KEY, apiSecret: API_SECRET }\n"
    repo.write("node_modules/keys/index.js", keys)
    repo.configure('handler = "node:index.js"')
    run = repo.pytest("--chaim-profile", "quick", "--chaim-select", "H22,H81,H82")
    assert run.returncode == 0, run.stdout
    assert "clauses: 3 passed" in run.stdout


@pytest.mark.night
def test_a_start_command_belongs_to_the_endpoint_that_it_brings_up(repo: ProviderRepo) -> None:
    provider = endpoint(repo.directory)
    repo.configure(f"handler = '{provider.handler}'\nstart = \"{provider.start}\"")
    assert_passes(repo)
    repo.write_handler()
    other = repo.pytest(*FEW, "--chaim-handler", "python:main.py:lambda_handler")
    assert other.returncode == 0, other.stdout + other.stderr


def test_variables_of_other_names(repo: ProviderRepo) -> None:
    text = (repo.directory / "main.py").read_text(encoding="utf-8")
    names = {"CHAIM_API_BASE_URL": "INGEST_URL", "FAILURE_MODE": "ON_TROUBLE"}
    for contract_name, own in names.items():
        assert f'"{contract_name}"' in text
        text = text.replace(f'"{contract_name}"', f'"{own}"')
    repo.write("main.py", text)
    unmapped = repo.pytest(*FEW)
    assert unmapped.returncode == 4
    assert 'environment = { CHAIM_API_BASE_URL = "YOUR_NAME" }' in unmapped.stderr
    pairs = ", ".join(f'{name} = "{own}"' for name, own in names.items())
    repo.configure(HANDLER + f"environment = {{ {pairs} }}")
    run = repo.pytest("--chaim-profile", "quick", "--chaim-select", "H10,H26,H52,H53")
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_handler_that_speaks_https_only(repo: ProviderRepo) -> None:
    repo.write_handler(
        (
            "connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection",
            "assert secure, 'https only'\n        connect = http.client.HTTPSConnection",
        )
    )
    assert "over https" in assert_passes(repo)
    repo.configure(HANDLER + 'scheme = "http"')
    assert repo.pytest(*FEW).returncode == 4


def test_formats_that_the_binder_writes(repo: ProviderRepo) -> None:
    repo.configure(HANDLER + 'formats = ["3.0"]')
    said = assert_passes(repo)
    assert "formats 3.0;" in said


SEVERAL = f"""contract = "1.0"
[provider.good]
handler = "python:main.py:lambda_handler"
{ONE_FORMAT}
[provider.bad]
handler = "python:bad.py:lambda_handler"
{ONE_FORMAT}
"""


@pytest.fixture
def several(repo: ProviderRepo) -> ProviderRepo:
    """A repository with two providers, one of which violates H10."""
    good = (repo.directory / "main.py").read_text(encoding="utf-8")
    repo.write_handler(WRONG_HASH)
    (repo.directory / "main.py").rename(repo.directory / "bad.py")
    repo.write("main.py", good)
    repo.write("chaim.toml", SEVERAL)
    return repo


def test_each_of_several_providers_has_its_lines_and_its_failures(several: ProviderRepo) -> None:
    run = several.pytest(*FEW)
    assert run.returncode == 1, run.stderr
    assert "pass     H10 content-hash[good]" in run.stdout
    assert "FAIL     H10 content-hash[bad]" in run.stdout
    assert "5 passed, 1 failed" in run.stdout
    kept = several.directory / ".chaim/failures"
    assert [path.name for path in kept.iterdir()] == ["bad"]
    assert "replay .chaim/failures/bad/H10-content-hash.json --provider bad" in run.stdout
    command = several.check("--profile", "quick", "--select", "H02,H10,H12")
    assert command.returncode == 1, command.stderr
    good, bad = command.stdout.split("\nprovider bad\n")
    assert good.startswith("provider good\n")
    assert good.count("pass     ") == 3
    assert "good: conformant; 3 passed, 0 failed" in bad
    assert "bad: violations; 2 passed, 1 failed" in bad
    one = several.check("--profile", "quick", "--select", "H10", "--provider", "good")
    assert one.returncode == 0, one.stdout
    assert "bad" not in one.stdout


@pytest.mark.night
def test_known_failures_are_drafted_for_the_provider_that_has_them(several: ProviderRepo) -> None:
    assert several.pytest(*FEW, "--chaim-write-known").returncode == 1
    entries = tomllib.loads((several.directory / "chaim.toml").read_text(encoding="utf-8"))["known"]
    assert [(one["clause"], one["provider"]) for one in entries] == [("H10", "bad")]
    again = several.pytest(*FEW, "-n", "2")
    assert again.returncode == 0, again.stdout
    assert "known    H10 content-hash[bad]" in again.stdout


def test_one_of_several_that_cannot_start_is_named(several: ProviderRepo) -> None:
    several.write("chaim.toml", SEVERAL.replace("bad.py", "missing.py"))
    runs = (several.pytest(*FEW), several.check("--profile", "quick", "--select", "H02"))
    for run in runs:
        assert run.returncode == 4
        assert "provider bad: handler file " in run.stderr


@pytest.mark.night
def test_clauses_about_one_half_leave_out_who_has_the_other(several: ProviderRepo) -> None:
    binder = '[provider.other]\nbinder = "command:no-such-program"\n'
    several.write("chaim.toml", SEVERAL.replace("bad.py", "main.py") + binder)
    run = several.pytest(*FEW)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "clauses: 6 passed" in run.stdout
    command = several.check("--profile", "quick", "--select", "H02")
    assert command.returncode == 0, command.stdout + command.stderr
    assert "provider other: none of the selected clauses is about it" in command.stdout


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[provider."../x"]', "[provider.../x]: a provider's name names a folder"),
        ('[provider]\nhandler = "node:x.js"\n[provider.b]', "each has a name, [provider.NAME]"),
    ],
)
def test_names_that_providers_cannot_have(repo: ProviderRepo, table: str, said: str) -> None:
    repo.write("chaim.toml", f'contract = "1.0"\n{table}\nhandler = "node:index.js"\n')
    run = repo.check()
    assert run.returncode == 4
    assert said in run.stderr


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({"file": Path("chaim.toml")}, ""),
        ({"file": Path("chaim.toml"), "name": "a"}, "--provider a"),
        ({"file": Path("sub/other.toml"), "name": "a"}, "--config sub/other.toml --provider a"),
        ({"file": Path("chaim.toml"), "name": "a", "by_flag": True}, "--provider a --handler n:x"),
        ({"by_flag": True}, "--handler n:x"),
    ],
)
def test_the_command_that_replays_names_the_provider(
    changes: dict[str, Any], flags: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    provider = ProviderConfig(root=tmp_path, handler="n:x", **changes)
    transcript = perfect(corpus.scenario("life-1.0-strict"))
    command = write_failure(Path(".chaim"), clause("H10"), transcript, provider).replay
    folder = f".chaim/failures/{provider.name}".rstrip("/")
    assert command == f"chaim-conformance replay {folder}/H10-content-hash.json {flags}".rstrip()
