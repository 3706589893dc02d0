"""Synths are played and recorded: what is on the disk, what was called, what a deployment makes."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance import contract, synth_files
from chaim_conformance.config import ProviderConfig
from chaim_conformance.drivers.binder import Sandbox, SynthAnswer
from chaim_conformance.errors import ProviderNotStartable
from chaim_conformance.json_form import from_json, read_any_scenario, to_json
from chaim_conformance.plane import Plane, PlaneServer
from chaim_conformance.synth_calls import secret_name
from chaim_conformance.synth_runner import SynthRunner
from chaim_conformance.synth_scenario import Config, SynthCredentials, SynthScenario
from chaim_conformance.synth_transcript import Refusal, SynthTranscript
from tests.engine.fake_binder import FACTS, HANDLER, FakeBinder, app, scenario

HANDLERS = Path(__file__).parents[1] / "handlers"
KEYS = Config(credentials=SynthCredentials(kind="keys"))
ARN = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:chaim/api-credentials-AbCdEf"
Play = Callable[..., SynthTranscript]


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Play]:
    """Plays a scenario against a fake binder with these faults."""
    with ExitStack() as stack:

        def played(scenario: SynthScenario, **faults: Any) -> SynthTranscript:
            server = stack.enter_context(PlaneServer(Plane()))
            runner = SynthRunner(
                driver=FakeBinder(Sandbox(root=tmp_path / "sandbox"), **faults),
                server=server,
                provider=ProviderConfig(root=tmp_path, timeout=20),
            )
            stack.callback(runner.close)
            return runner.play(scenario)

        yield played


def test_a_synth_is_recorded_with_all_that_it_wrote(play: Play) -> None:
    t = play(scenario(app("User", "Order")))
    (record,) = t.records
    assert (record.outcome, record.base, str(record)) == ("synthesized", "snapshots", "synth 1")
    assert [one.path for one in record.local] == [
        f"aws/123456789012/us-east-1/Stack/dynamodb/T__{name}.json" for name in ("Order", "User")
    ]
    assert record.local[0].json["schema"]["entityName"] == "Order"
    assert [one.path for one in record.assets] == [
        f"Stack/T__{name}/{file}"
        for name in ("Order", "User")
        for file in ("index.py", "snapshot.json")
    ]
    assert (record.strays, record.calls, record.secret_values) == ((), (), ())
    (stack,) = record.stacks
    assert (stack.id, stack.name, stack.environment) == (
        "Stack",
        "Stack",
        "aws://123456789012/us-east-1",
    )
    assert [(one.logical_id, one.function) for one in record.publications] == [
        ("UserPublication", "UserHandler"),
        ("OrderPublication", "OrderHandler"),
    ]
    assert record.publications[0].snapshot == next(
        one for one in record.publications[0].files if one.path == "snapshot.json"
    )
    (table,) = record.tables
    assert table.description["TableArn"] == "arn:aws:dynamodb:us-east-1:123456789012:table/T"
    assert (t.deployment, t.planned, t.undeployable) == (None, (), "")


def test_a_transcript_survives_its_json_form(play: Play, tmp_path: Path) -> None:
    t = play(scenario(app("User", configs=(KEYS,)), deploys=True))
    data = json.loads(json.dumps(to_json(t)))
    assert from_json(SynthTranscript, data) == t
    contract.validator("synth-transcript").validate(data)
    contract.validator("synth-scenario").validate(data["scenario"])
    file = tmp_path / "t.json"
    for written in (data, data["scenario"]):
        file.write_text(json.dumps(written), encoding="utf-8")
        assert read_any_scenario(file) == t.scenario
    assert t.deployment is not None
    other = t.deployment.scenario
    file.write_text(json.dumps(to_json(other)), encoding="utf-8")
    assert read_any_scenario(file) == other


def test_the_default_base_is_below_home(play: Play) -> None:
    (record,) = play(scenario(app("User"), default_base=True)).records
    assert record.base == "home/.chaim/cache/snapshots"
    assert [one.name for one in record.local] == ["T__User.json"]
    assert record.strays == ()


def test_a_synth_finds_what_the_one_before_left(play: Play) -> None:
    t = play(scenario(app("User"), app("Order")))
    assert [[one.name for one in record.local] for record in t.records] == [
        ["T__User.json"],
        ["T__Order.json", "T__User.json"],
    ]


def test_a_refusal_is_recorded_and_nothing_is_read_from_an_old_assembly(play: Play) -> None:
    refusal = Refusal(where="binding", binding="User", type="Error", message="no such field")
    refused = SynthAnswer(outcome="refused", refusal=refusal, stderr="no such field")
    (record,) = play(scenario(app("User"), deploys=True), refuses=(refused,)).records
    assert (record.outcome, record.refusal, record.log) == ("refused", refusal, "no such field")
    assert (record.stacks, record.publications, record.local) == ((), (), ())


def test_files_where_no_tool_writes_are_strays(play: Play) -> None:
    def writes(sandbox: Sandbox, environment: Mapping[str, str]) -> None:
        for path in (
            "escaped.json",
            "project/snapshot.json",
            "project/cdk.out/chaim/elsewhere.json",
            "project/cdk.out/nothing-of-cdk/x",
            "home/.chaim/cache/snapshots/x.json",
            "elsewhere/x",
            "project/cdk.out/tree.json",
            "project/cdk.out/asset.0/x",
            "project/cdk.out/assembly-Prod/x",
            "home/.cache/aws/jsii/x",
            "home/.npm/x",
            "tmp/x",
            "project/__pycache__/x.pyc",
        ):
            file = sandbox.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("x", encoding="utf-8")
        (sandbox.project / "schemas/User.bprint").write_text("{}", encoding="utf-8")

    (record,) = play(scenario(app("User")), meanwhile=writes).records
    assert record.strays == (
        "elsewhere/x",
        "escaped.json",
        "home/.chaim/cache/snapshots/x.json",
        "project/cdk.out/chaim/elsewhere.json",
        "project/cdk.out/nothing-of-cdk/x",
        "project/schemas/User.bprint",
        "project/snapshot.json",
    )


def test_what_cannot_be_read_breaks_nothing(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synth_files, "MOST_KEPT", 5_000_000)
    (tmp_path / "outside").write_text("of somebody else", encoding="utf-8")

    def writes(sandbox: Sandbox, environment: Mapping[str, str]) -> None:
        (sandbox.snapshots / "out").symlink_to(tmp_path / "outside")
        (sandbox.snapshots / "round").symlink_to(sandbox.snapshots / "round")
        (sandbox.snapshots / "folder").symlink_to(tmp_path)
        (sandbox.snapshots / "huge").write_bytes(b"x" * 6_000_000)

    (record,) = play(scenario(app("User")), meanwhile=writes).records
    content = {one.path: one.content for one in record.local}
    assert [content[name] for name in ("out", "round", "folder")] == [b"", b"", b""]
    assert len(content["huge"]) == 5_000_000


def test_requests_are_recorded_and_a_secret_that_is_read_is_found_where_it_is_put(
    play: Play,
) -> None:
    def asks(sandbox: Sandbox, environment: Mapping[str, str]) -> None:
        request = urllib.request.Request(
            environment["AWS_ENDPOINT_URL"],
            data=json.dumps({"SecretId": "chaim/api-credentials"}).encode(),
            headers={"X-Amz-Target": "secretsmanager.GetSecretValue"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            secret = json.loads(json.load(answer)["SecretString"])
        (sandbox.snapshots / "clear.json").write_text(secret["apiSecret"], encoding="utf-8")
        encoded = base64.b64encode(f"{secret['apiKey']}:{secret['apiSecret']}".encode())
        (sandbox.project / "cdk.out").mkdir()
        (sandbox.project / "cdk.out/encoded").write_bytes(encoded)
        proxy = urllib.request.ProxyHandler({"http": environment["HTTP_PROXY"]})
        with suppress(OSError):
            urllib.request.build_opener(proxy).open("http://example.com/x?token=y", timeout=60)

    config = Config(credentials=SynthCredentials(secret=ARN))
    t = play(scenario(app("User", configs=(config,))), meanwhile=asks)
    (record,) = t.records
    assert record.calls == (
        "GetSecretValue to Secrets Manager",
        "GET http://example.com/x",
    )
    assert record.secret_values == ("project/cdk.out/encoded", "snapshots/clear.json")
    clear = next(one for one in record.local if one.path == "clear.json")
    assert clear.content.decode() == t.secret.api_secret


def test_a_secret_in_a_template_is_found(play: Play) -> None:
    seen: dict[str, str] = {}

    def bend(template: dict[str, Any]) -> None:
        variables = template["Resources"]["UserHandler"]["Properties"]["Environment"]["Variables"]
        variables["API_SECRET"] = seen["secret"]

    def asks(sandbox: Sandbox, environment: Mapping[str, str]) -> None:
        request = urllib.request.Request(
            environment["AWS_ENDPOINT_URL_SECRETS_MANAGER"],
            data=b'{"SecretId": "chaim/api-credentials"}',
            headers={"X-Amz-Target": "secretsmanager.GetSecretValue"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            seen["secret"] = json.loads(json.load(answer)["SecretString"])["apiSecret"]

    (record,) = play(scenario(app("User")), bend=bend, meanwhile=asks).records
    assert record.secret_values == (
        "project/cdk.out/Stack.template.json",
        "template of stack Stack",
        "environment of UserPublication",
    )


def test_the_base_url_is_told_only_where_the_synth_says_so(play: Play) -> None:
    told = []

    def looks(sandbox: Sandbox, environment: Mapping[str, str]) -> None:
        told.append(environment.get("CHAIM_API_BASE_URL"))

    play(scenario(app("User")), meanwhile=looks)
    play(scenario(app("User"), base_url="https://other.example"), meanwhile=looks)
    assert told == [None, "https://other.example"]


def changed(name: str) -> Any:
    """An app whose entity has another description."""
    one = app(name)
    binding = one.stacks[0].bindings[0]
    text = json.dumps({**json.loads(binding.schema.text or ""), "description": "another"})
    other = replace(binding, schema=replace(binding.schema, text=text))
    return replace(one, stacks=(replace(one.stacks[0], bindings=(other,)),))


@pytest.mark.parametrize(
    ("framework", "capabilities"),
    [(True, {"core", "aws-cdk"}), (False, {"core", "aws-cdk"}), (True, {"core"})],
)
def test_publications_live_on_the_plane(
    play: Play, framework: bool, capabilities: set[str]
) -> None:
    apps = (app("User"), app("User"), changed("User"), app("Order"))
    with_keys = tuple(replace(one, configs=(KEYS,)) for one in apps)
    facts = replace(FACTS, capabilities=frozenset(capabilities))
    t = play(scenario(*with_keys, deploys=True), framework=framework, facts=facts)
    assert t.undeployable == ""
    assert t.deployment is not None
    ids = [one.logical_id.removesuffix("Publication") for one in t.planned]
    planned = [(one.synth, one.request_type) for one in t.planned]
    assert list(zip(planned, ids, strict=True)) == [
        ((0, "Create"), "User"),
        ((2, "Update"), "User"),
        ((3, "Create"), "Order"),
        ((3, "Delete"), "User"),
        ((3, "Delete"), "Order"),
    ]
    if framework or capabilities == {"core"}:
        assert [record.answer.status for record in t.deployment.attempts] == ["SUCCESS"] * 5
    else:  # the handler returns its answer, and nobody puts it to the ResponseURL
        assert t.deployment.answer_style == "response-url"
    assert [entry.verdict for entry in t.deployment.ledger] == ["effective"] * 5
    assert {one.identity[-1]: one.state for one in t.deployment.entities} == {
        "T__User": "deleted",
        "T__Order": "deleted",
    }


@pytest.mark.parametrize("secret", ["chaim/api-credentials", ARN])
def test_a_deployment_gets_its_credentials_from_the_secret(play: Play, secret: str) -> None:
    config = Config(failure_mode="STRICT", credentials=SynthCredentials(secret=secret))
    t = play(scenario(app("User", configs=(config,)), deploys=True))
    assert t.deployment is not None
    assert [one.answer.status for one in t.deployment.attempts] == ["SUCCESS"] * 2
    exchanges = t.deployment.attempts[0].exchanges
    assert [e.endpoint for e in exchanges] == ["secrets", "presign", "bucket"]


def test_a_base_url_of_the_context_leads_to_the_plane(play: Play) -> None:
    def bend(template: dict[str, Any]) -> None:
        variables = template["Resources"]["UserHandler"]["Properties"]["Environment"]["Variables"]
        variables["CHAIM_API_BASE_URL"] = {"Fn::Sub": "https://${AWS::Region}.example/"}

    context = (("chaimApiBaseUrl", "https://us-east-1.example/"),)
    one = app("User", configs=(KEYS,), context=context)
    t = play(scenario(one, deploys=True), bend=bend)
    assert t.deployment is not None
    assert len(t.deployment.ledger) == 2


def test_what_only_a_deployment_would_tell_is_undeployable(play: Play) -> None:
    def bend(template: dict[str, Any]) -> None:
        variables = template["Resources"]["UserHandler"]["Properties"]["Environment"]["Variables"]
        variables["TABLE"] = {"Fn::GetAtt": ["T", "StreamArn"]}

    t = play(scenario(app("User"), deploys=True), bend=bend)
    assert t.deployment is None
    assert t.undeployable == (
        "UserPublication of stack Stack: only a deployment would tell its variable TABLE: "
        "{'Fn::GetAtt': ['T', 'StreamArn']}"
    )


def test_each_publication_is_deployed_for_its_own_appid(play: Play) -> None:
    configs = (KEYS, replace(KEYS, app_id="another"))
    one = app("User", "Order", configs=configs)
    user, order = one.stacks[0].bindings
    stack = replace(one.stacks[0], bindings=(user, replace(order, config=1)))
    t = play(scenario(replace(one, stacks=(stack,)), deploys=True))
    assert t.deployment is not None
    assert [bundle.app_id for bundle in t.deployment.scenario.bundles] == ["my-app", "another"]
    assert {entry.verdict for entry in t.deployment.ledger} == {"effective"}


def test_a_handler_that_speaks_https_only_is_deployed_over_https(play: Play) -> None:
    plain = 'secure = url.startswith("https://")'
    code = HANDLER.read_text(encoding="utf-8").replace(
        plain, f"{plain}\n    if not secure: raise ValueError(url)"
    )
    t = play(scenario(app("User", configs=(KEYS,)), deploys=True), code=code)
    assert t.deployment is not None
    assert {bundle.base_url for bundle in t.deployment.scenario.bundles} == {"https"}
    assert len(t.deployment.ledger) == 2


def test_a_handler_in_node_is_deployed(play: Play) -> None:
    code = (HANDLERS / "framework-cjs" / "index.js").read_text(encoding="utf-8")
    one = app("User", configs=(KEYS,))
    t = play(scenario(one, deploys=True), code=code, runtime="nodejs22.x")
    assert t.records[0].publications[0].handler == "node:index.js:handler"
    assert t.deployment is not None
    assert [record.answer.status for record in t.deployment.attempts] == ["SUCCESS"] * 2
    assert len(t.deployment.ledger) == 2


def test_every_snapshot_is_published_by_the_handler_beside_it(play: Play) -> None:
    """A bundler's stamp, or a name in the code, makes another handler of each bundle."""
    first, second = app("User", "Order", configs=(KEYS,)), app("User", "Item", configs=(KEYS,))
    t = play(scenario(first, second, deploys=True), stamped=True)
    assert t.undeployable == ""
    assert t.deployment is not None
    assert {record.answer.status for record in t.deployment.attempts} == {"SUCCESS"}
    published = {(one.resource_id, one.action) for one in t.deployment.ledger}
    names = {f"T__{entity}" for entity in ("User", "Order", "Item")}
    assert published == {(name, action) for name in names for action in ("UPSERT", "DELETE")}


def test_publications_that_answer_in_two_ways_are_undeployable(play: Play) -> None:
    def bend(template: dict[str, Any]) -> None:
        token = {"Fn::GetAtt": ["OrderHandler", "Arn"]}
        template["Resources"]["OrderPublication"]["Properties"]["ServiceToken"] = token

    t = play(scenario(app("User", "Order"), deploys=True), bend=bend)
    assert t.undeployable.startswith(
        "OrderPublication of stack Stack answers CloudFormation otherwise than UserPublication"
    )


def test_a_handler_that_cannot_be_started_is_undeployable(play: Play) -> None:
    def bend(template: dict[str, Any]) -> None:
        template["Resources"]["UserHandler"]["Properties"]["Handler"] = "missing.handler"

    t = play(scenario(app("User"), deploys=True), bend=bend)
    assert "missing.py" in t.undeployable


def test_a_secret_that_a_program_printed_before_it_failed_is_redacted(play: Play) -> None:
    def fails(sandbox: Sandbox, environment: Mapping[str, str]) -> None:
        request = urllib.request.Request(
            environment["AWS_ENDPOINT_URL"],
            data=b'{"SecretId": "chaim/api-credentials"}',
            headers={"X-Amz-Target": "secretsmanager.GetSecretValue"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            raise ProviderNotStartable(f"it printed {json.load(answer)['SecretString']}")

    with pytest.raises(ProviderNotStartable, match="it printed") as caught:
        play(scenario(app("User")), meanwhile=fails)
    assert "cs-" not in str(caught.value)


def test_a_secrets_name_is_inside_its_arn() -> None:
    assert secret_name("chaim/api-credentials") == secret_name(ARN) == "chaim/api-credentials"
    assert secret_name("arn:aws:secretsmanager:eu-west-1:1:secret:plain") == "plain"
