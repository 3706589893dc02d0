"""Secrets on their way to a handler: named, rotated, bad; and handlers without the AWS SDK."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chaim_conformance import contract
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.errors import ProviderNotStartable
from chaim_conformance.examples import example
from chaim_conformance.judge import Judge
from chaim_conformance.scenario import Attempt, Operation, Scenario
from chaim_conformance.search import Found
from chaim_conformance.strategies import secrets
from chaim_conformance.strategies.faults import BAD_SECRETS
from chaim_conformance.suite import SUITE

ROOT = Path(__file__).parents[2]
CALLS = """
import http.client, json, os, sys
def handler(event, context):
    shown = {name: os.environ.get(name) for name in ("NAMED", "API_KEY", "API_SECRET")}
    print(json.dumps({**shown, "process": os.getpid(), "warm": hasattr(sys, "seen")}))
    sys.seen = True
    url = os.environ["CHAIM_API_BASE_URL"].removeprefix("http://")
    connection = http.client.HTTPConnection(url, timeout=60)
    connection.request("POST", "/ingest/presign", body="{}")
    connection.getresponse().read()
"""


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    (tmp_path / "main.py").write_text(CALLS, encoding="utf-8")
    provider = ProviderConfig(
        root=tmp_path, handler="python:main.py:handler", environment={"SECRET_NAME": "NAMED"}
    )
    with Judge(provider, Settings(profile="quick", report=tmp_path)) as judge:
        yield judge


def test_what_a_deployment_finds(judge: Judge) -> None:
    t = judge.play(secrets.rotated_secret(example("1.0", "STRICT")))
    keys, beside = t.credentials, t.beside
    assert beside is not None
    assert len({k.api_key for k in (*keys, beside)}) == 4
    shown = [shown_by(record.stdout) for record in t.attempts]
    assert (shown[0]["NAMED"], shown[0]["API_KEY"]) == (None, keys[0].api_key)
    assert shown[1]["NAMED"].startswith("chaim/credentials-")
    assert [one["API_KEY"] for one in shown[1:]] == [None, None, None, beside.api_key]
    assert [t.keys(record) for record in t.attempts] == [*keys[:1] * 2, keys[1], *keys[2:] * 2]


def test_a_deployment_with_a_secret_has_a_process_of_its_own(judge: Judge) -> None:
    plain = example("1.0", "STRICT")
    named = replace(plain, credentials="secret-name")
    t = judge.play(
        Scenario(
            bundles=(plain, named, replace(named, failure_mode="BEST_EFFORT")),
            operations=tuple(
                Operation(request_type="Update", bundle=bundle, attempts=(Attempt(), Attempt()))
                for bundle in (0, 1, 2, 0)
            ),
        )
    )
    shown = [shown_by(record.stdout) for record in t.attempts]
    processes = [one["process"] for one in shown]
    assert processes[::2] == processes[1::2]
    assert len(set(processes)) == 4
    assert [one["warm"] for one in shown[2:]] == [False, True] * 3


def test_secrets_are_gone_after_their_scenario(judge: Judge) -> None:
    t = judge.play(secrets.secret_by_arn(example("1.0", "STRICT")))
    arn = shown_by(t.attempts[1].stdout)["NAMED"]
    assert arn.startswith("arn:aws:secretsmanager:us-east-1:123456789012:secret:chaim/credentials-")
    manager = judge._runner.server.plane.secrets
    name = arn.rpartition("-")[0].partition(":secret:")[2]
    assert manager.keep(name, "made anew") != arn
    manager.remove(name)


def shown_by(stdout: str) -> dict[str, str]:
    return dict(json.loads(stdout))


def test_each_bad_secret_is_bad_in_its_own_way() -> None:
    provider = ProviderConfig(
        root=ROOT, handler="python:reference_impl/chaim_reference/handler.py:handler"
    )
    with Judge(provider, Settings(profile="quick")) as judge:
        t = judge.play(secrets.bad_secrets(example("1.0", "STRICT")))
    said = dict(zip(BAD_SECRETS, (record.answer.reason for record in t.attempts[3:]), strict=True))
    words = {
        "secret-not-found": "ResourceNotFoundException",
        "secret-denied": "ClientError",
        "secret-not-json": "JSONDecodeError",
        "secret-without-keys": "API key is missing",
        "secret-empty": "API key is missing",
    }
    assert {kind: word in said[kind] for kind, word in words.items()} == dict.fromkeys(words, True)
    assert [[e.endpoint for e in record.exchanges] for record in t.attempts[3:]] == [
        ["secrets"]
    ] * 5


NODE_HANDLERS = {
    "examples/node-provider": "node:examples/node-provider/src/index.js",
    "tests/handlers/framework-cjs": "node:tests/handlers/framework-cjs/index.js",
    "tests/handlers/fetch-esm": "node:tests/handlers/fetch-esm/index.mjs",
}


@pytest.mark.parametrize("folder", NODE_HANDLERS)
def test_without_the_sdk_what_needs_a_secret_is_not_run(folder: str, tmp_path: Path) -> None:
    if (ROOT / folder / "node_modules").exists():
        pytest.skip("the SDK may be installed there")
    provider = ProviderConfig(root=ROOT, handler=NODE_HANDLERS[folder])
    with Judge(provider, Settings(profile="quick", report=tmp_path)) as judge:
        judge._search = with_corners(judge)  # type: ignore[method-assign]
        secret = judge.judge(contract.clause("H80"))
        rest = judge.judge(contract.clause("H82"))
    assert (secret.status, rest.status) == ("not run", "pass")
    assert "npm install @aws-sdk/client-secrets-manager" in secret.reason


def with_corners(judge: Judge) -> Callable[[contract.Clause], Found]:
    """As ``_search``, whether or not the corpus has been distilled since."""
    search = judge._search

    def searching(clause: contract.Clause) -> Found:
        judge._own = tuple(SUITE[clause.id].corners(judge.facts.formats).values())
        return search(clause)

    return searching


def test_a_handler_that_needs_the_sdk_to_load_cannot_be_started(tmp_path: Path) -> None:
    text = "require('@aws-sdk/client-secrets-manager')\nexports.handler = async () => {}\n"
    (tmp_path / "index.js").write_text(text, encoding="utf-8")
    provider = ProviderConfig(root=tmp_path, handler="node:index.js")
    with (
        pytest.raises(ProviderNotStartable, match="npm install @aws-sdk/client-secrets-manager"),
        Judge(provider, Settings(profile="quick", report=tmp_path)),
    ):
        pass
