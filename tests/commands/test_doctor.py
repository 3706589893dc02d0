"""``chaim-conformance doctor``: what is there, what is not, and what to do about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance.cli import main
from chaim_conformance.doctor.finding import Finding
from tests.plugin.provider_repo import BINDER, FRAMEWORK_CJS, ProviderRepo

BOTH = f"handler = \"python:main.py:lambda_handler\"\nbinder = '{BINDER}'"
NO_NODE = "Node is not on PATH"


@pytest.fixture
def here(repo: ProviderRepo, monkeypatch: pytest.MonkeyPatch) -> ProviderRepo:
    """A provider's repository, which is the working directory."""
    monkeypatch.chdir(repo.directory)
    return repo


def doctor(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[Any]]:
    """The exit code, and the findings as a machine gets them."""
    code = main(["doctor", "--json", *arguments])
    told = json.loads(capsys.readouterr().out)
    assert told["ready"] is (code == 0)
    return code, told["findings"]


def about(findings: list[Any], what: str) -> list[tuple[str, str]]:
    return [(one["status"], one["said"]) for one in findings if one["what"] == what]


def test_both_halves_of_a_provider_are_started(
    here: ProviderRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write_binder()
    here.configure(BOTH)
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok       kit ")
    assert any(line.startswith("ok       handler ") and "answers" in line for line in lines)
    assert any(line.startswith("ok       binder ") and "binds Table" in line for line in lines)
    assert lines[-1] == "all is there; next: chaim-conformance check --profile quick"


def test_one_half_that_does_not_start_is_no_reason_not_to_try_the_other(
    here: ProviderRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write_binder()
    here.configure(BOTH)
    here.write("main.py", "import nowhere_to_be_found")
    code, findings = doctor(capsys)
    assert code == 4
    ((status, said),) = about(findings, "handler")
    assert status == "missing"
    assert "nowhere_to_be_found" in said
    assert about(findings, "binder")[0][0] == "ok"


def test_without_a_provider_it_says_what_could_be_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["doctor"]) == 4
    said = capsys.readouterr().out
    assert "missing  chaim.toml " in said
    assert "do: chaim-conformance init" in said
    assert "handlers node:, python:" in said
    assert "\n1 missing\n" in said


def test_a_handler_that_is_named_needs_no_file(
    here: ProviderRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    (here.directory / "chaim.toml").unlink()
    assert main(["doctor", "--handler", "python:main.py:lambda_handler"]) == 0
    next_one = "check --profile quick --handler python:main.py:lambda_handler\n"
    assert capsys.readouterr().out.endswith(next_one)


def test_a_file_with_a_mistake_is_missing_what_it_should_say(
    here: ProviderRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.configure("handler = 7")
    code, findings = doctor(capsys)
    assert code == 4
    ((status, said),) = about(findings, "chaim.toml")
    assert status == "missing"
    assert "provider.handler: 7" in said


def test_what_a_node_provider_needs_is_missing_only_for_one(
    here: ProviderRepo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from chaim_conformance.drivers.locator import find_node

    monkeypatch.setenv("PATH", str(here.directory))
    find_node.cache_clear()
    code, findings = doctor(capsys)
    assert (code, about(findings, "Node")[0][0]) == (0, "note")
    here.write("index.js", FRAMEWORK_CJS.read_text(encoding="utf-8"))
    code, findings = doctor(capsys, "--handler", "node:index.js")
    assert code == 4
    ((status, said),) = about(findings, "Node")
    assert status == "missing"
    assert NO_NODE in said


def test_the_sdk_that_lambda_has_is_worth_a_note(
    here: ProviderRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write("index.js", FRAMEWORK_CJS.read_text(encoding="utf-8"))
    code, findings = doctor(capsys, "--handler", "node:index.js")
    assert (code, about(findings, "AWS SDK (Node)")[0][0]) == (0, "note")
    installed = "node_modules/@aws-sdk/client-secrets-manager/package.json"
    here.write(installed, '{"version": "3.7.1"}')
    _, findings = doctor(capsys, "--handler", "node:index.js")
    assert about(findings, "AWS SDK (Node)") == [
        ("ok", "@aws-sdk/client-secrets-manager 3.7.1"),
    ]


def test_cdk_is_looked_for_where_the_binders_package_finds_it(
    here: ProviderRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write("package.json", '{"name": "binder", "main": "index.js"}')
    code, findings = doctor(capsys, "--binder", "cdk-node:.")
    assert code == 4
    (cdk,) = (one for one in findings if one["what"] == "aws-cdk-lib (Node)")
    assert cdk["status"] == "missing"
    assert cdk["do"].startswith(f"npm install --prefix {here.directory}")
    assert about(findings, "binder")[0][0] == "missing"


def test_a_build_that_fails_is_told_once(
    here: ProviderRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write_binder()
    here.configure(BOTH + "\nprepare = \"python3 -c 'exit(5)'\"")
    code, findings = doctor(capsys)
    assert code == 4
    ((status, said),) = about(findings, "build")
    assert status == "missing"
    assert "exit code 5" in said
    assert not about(findings, "handler")


def test_without_containment_it_says_so_once(
    here: ProviderRepo, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(here.directory))  # so that there is no nsenter
    code, findings = doctor(capsys)
    assert code == 0
    ((status, said),) = about(findings, "containment")
    assert status == "note"
    assert "proxies lead nowhere instead" in said
    assert sum("proxies lead nowhere" in one["said"] for one in findings) == 1


def test_each_of_several_providers_is_named(
    here: ProviderRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.write(
        "chaim.toml",
        'contract = "1.0"\n'
        '[provider.one]\nhandler = "python:main.py:lambda_handler"\n'
        '[provider.two]\nhandler = "python:gone.py:handler"\n',
    )
    code, findings = doctor(capsys)
    assert code == 4
    assert about(findings, "handler of one")[0][0] == "ok"
    assert about(findings, "handler of two")[0][0] == "missing"


def test_a_provider_of_nothing_is_told_what_to_set(
    here: ProviderRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    here.configure("")
    code, findings = doctor(capsys)
    assert code == 4
    assert "neither a handler nor a binder" in about(findings, "provider")[0][1]


def test_a_finding_is_a_line_unless_what_was_said_has_more() -> None:
    one = Finding(status="missing", what="Go", said="not on PATH", do="install it")
    assert one.lines(6) == "missing  Go     not on PATH; do: install it"
    more = Finding(status="note", what="Go", said="first\nsecond", do="install it")
    assert more.lines(6).splitlines() == [
        "note     Go     first",
        "         second",
        "         do: install it",
    ]
