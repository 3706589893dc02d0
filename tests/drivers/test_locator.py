"""A handler that cannot be found, started or loaded gets one clear message."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.drivers import explain_init_failure, locator, open_handler
from chaim_conformance.errors import ProviderNotStartable, UsageError
from chaim_conformance.transcript import Outcome
from tests.drivers.conftest import Workbench

FORMS = (
    r"these exist: python:FILE_OR_MODULE:FUNCTION, node:FILE\[:EXPORT\], runtime:COMMAND, "
    "http:URL, command:COMMAND"
)
NOT_FOUND = {
    "node:nope.js": (ProviderNotStartable, "nope.js: no such file"),
    "python:nope.py:handler": (ProviderNotStartable, "nope.py: no such file"),
    "python:nope.module:handler": (ProviderNotStartable, "no such module"),
    "node:index": (ProviderNotStartable, "index: no such file; beside it: index.js, index.ts"),
    "node:index.ts": (ProviderNotStartable, "compile"),
    "node:folder": (ProviderNotStartable, "is a directory"),
    "node:": (UsageError, FORMS),
    "index.js": (UsageError, FORMS),
    "ruby:a.rb": (UsageError, FORMS),
    "runtime: ": (UsageError, FORMS),
    "runtime:./bootstrap": (ProviderNotStartable, "bootstrap: no such file"),
    "runtime:./folder": (ProviderNotStartable, "is no file"),
    "runtime:./index.js": (ProviderNotStartable, "is not executable; run chmod"),
    "runtime:index.js": (ProviderNotStartable, "is not on PATH; the one in .* is ./index.js"),
    "runtime:'": (UsageError, "cannot be read as a command: No closing quotation"),
    "http://127.0.0.1:9000": (UsageError, 'start is missing.*start = "docker run'),
    "command:no-such-command": (ProviderNotStartable, "no-such-command is not on PATH"),
    "python:a.b.py:handler": (ProviderNotStartable, "rename it"),
}


@pytest.mark.parametrize("named", NOT_FOUND)
def test_a_locator_that_names_nothing(bench: Workbench, named: str) -> None:
    for name in ("index.js", "index.ts", "a.b.py", "folder/x"):
        bench.write(name, "")
    error, message = NOT_FOUND[named]
    with pytest.raises(error, match=f"(?s){message}"):
        bench.drive(named)


WRONGLY_STARTED = {
    "start": ("start = 'start': {bundle} and {env_file} and {port} missing", "http://a:{port}"),
    "start {bundle} {env_file}": ("{port} missing", "http://127.0.0.1:{port}/x"),
    "start {bundle} {env_file} {port}": ("start is not on PATH", "http://127.0.0.1:{port}/x"),
    "a {bundle} {env_file}": ("not a URL", "http:x"),
    "b {bundle} {env_file}": ("is for http: handlers", "node:index.js"),
}


@pytest.mark.parametrize("start", WRONGLY_STARTED)
def test_a_start_command_that_cannot_do(bench: Workbench, start: str) -> None:
    bench.write("index.js", "")
    message, locator = WRONGLY_STARTED[start]
    with pytest.raises(UsageError, match=re.escape(message)):
        bench.drive(locator, start=start)


def test_a_command_has_one_way_to_answer(bench: Workbench) -> None:
    provider = ProviderConfig(root=bench.folder, handler="command:true", answer="response-url")
    with pytest.raises(UsageError, match="remove the key"):
        open_handler(provider, Settings())


def test_the_bundle_has_to_hold_the_handler(bench: Workbench) -> None:
    bench.write("index.js", "")
    bench.write("dist/x", "")
    for folder, message in (("dist", "does not hold"), ("nope", "no such directory")):
        with pytest.raises(UsageError, match=message):
            bench.open("node:index.js", bundle=Path(folder))


@pytest.mark.parametrize(
    ("script", "message"), [("", "not on PATH"), ("echo v18.19.0", "is version v18.19.0")]
)
def test_node_is_missing_or_old(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    bench.write("index.js", "")
    if script:
        node = bench.write("bin/node", f"#!/bin/sh\n{script}\n")
        node.chmod(0o755)
    monkeypatch.setenv("PATH", os.fspath(bench.folder / "bin"))
    locator.find_node.cache_clear()
    with pytest.raises(ProviderNotStartable, match=message):
        bench.open("node:index.js")
    locator.find_node.cache_clear()


UNLOADABLE = {
    "node:syntax.js": ("const a = ;\n", ["cannot be parsed", "syntax.js:1", "const a = ;"]),
    "node:syntax.mjs": ("\nexport const a = ;\n", ["cannot be parsed", "syntax.mjs:2", "a = ;"]),
    "node:import.js": ("require('left-out');", ["Cannot find module 'left-out'", "npm install"]),
    "node:import.mjs": ("import 'left-out';", ["Cannot find package 'left-out'", "npm install"]),
    "node:export.js": (
        "exports.main = () => {}; exports.other = 1;",
        ["handler is undefined or not exported", "it exports: main, other", "node:FILE:EXPORT"],
    ),
    "node:value.js:main": ("exports.main = 1;", ["main is not a function"]),
    "python:syntax.py": ("\ndef handler(:\n", ["cannot be parsed", "syntax.py", "line 2"]),
    "python:import.py": ("import left_out", ["No module named 'left_out'", "install it for"]),
    "python:export.py": (
        "import json\ndef main(e, c): pass",
        ["Handler 'handler or lambda_handler' missing", "it defines: main"],
    ),
    "python:json.py:handler": ("def handler(e, c): pass", ["hides the handler's file"]),
}


@pytest.mark.parametrize("named", UNLOADABLE)
def test_a_handler_that_cannot_be_loaded(bench: Workbench, named: str) -> None:
    text, phrases = UNLOADABLE[named]
    bench.write(named.split(":")[1], text)
    driven = bench.open(named)
    for _ in range(2):
        outcome = driven.invoke().outcome
        assert outcome.kind == "init-failed"
        message = explain_init_failure(outcome, named)
        assert message is not None
        for phrase in (named, *phrases):
            assert phrase in message


def test_an_es_module_that_node_takes_for_commonjs() -> None:
    outcome = Outcome(
        kind="init-failed",
        error_type="Runtime.UserCodeSyntaxError",
        error_message="a.js:1\nSyntaxError: Cannot use import statement outside a module",
    )
    message = explain_init_failure(outcome, "node:a.js")
    assert message is not None
    assert '"type": "module"' in message


def test_a_handler_that_raises_while_it_is_loaded_speaks_for_itself(bench: Workbench) -> None:
    driven = bench.python(
        "open('snapshot.json').close()\ndef handler(event, context): return 'fine'"
    )
    driven.deploy(None)
    outcome = driven.invoke().outcome
    assert (outcome.kind, outcome.error_type) == ("init-failed", "FileNotFoundError")
    assert explain_init_failure(outcome, "python:main.py") is None
    driven.deploy(b"{}")
    assert driven.value() == "fine"


SDK = "@aws-sdk/client-secrets-manager"
WITHOUT_SDK = {
    "at the top": ("index.js", f"require('{SDK}'); exports.handler = async () => 1;"),
    "as an ES module": ("index.mjs", f"import '{SDK}'; export const handler = async () => 1;"),
    "when called": ("index.js", f"exports.handler = async () => require('{SDK}');"),
    "and hushed up": (
        "index.js",
        f"exports.handler = async () => {{ try {{ require('{SDK}') }} catch {{ return 1 }} }};",
    ),
    "dynamically": ("index.mjs", f"export const handler = async () => import('{SDK}');"),
}


@pytest.mark.parametrize("name", WITHOUT_SDK)
def test_a_missing_aws_sdk_is_nobodys_violation(bench: Workbench, name: str) -> None:
    file, text = WITHOUT_SDK[name]
    driven = bench.node(text, file)
    with pytest.raises(ProviderNotStartable, match=f"npm install {SDK}"):
        driven.invoke()


def test_an_aws_sdk_in_node_modules_is_found(bench: Workbench) -> None:
    bench.write(f"node_modules/{SDK}/index.js", "exports.sdk = 'here';")
    driven = bench.node(f"exports.handler = async () => require('{SDK}').sdk;")
    assert driven.value() == "here"
