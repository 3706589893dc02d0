"""``cdk-python:``: apps of a real CDK, around a binder that writes down what it was given."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.drivers.binder import BinderDriver, SynthAnswer
from chaim_conformance.drivers.binder_locator import open_binder
from chaim_conformance.errors import HarnessError, ProviderNotStartable, UsageError
from chaim_conformance.synth_scenario import (
    KEY_ARN,
    App,
    Binding,
    Config,
    Index,
    Key,
    Schema,
    Synth,
    SynthCredentials,
    SynthStack,
    Table,
)

pytest.importorskip("aws_cdk", reason="needs aws-cdk-lib: pip install aws-cdk-lib")

PROVIDER = """
import enum, json, os
from pathlib import Path
import aws_cdk, jsii
from aws_cdk import aws_s3_assets
from constructs import Construct

identity = id

class FailureMode(enum.Enum):
    BEST_EFFORT = 1
    STRICT = 2

class ChaimCredentials:
    @staticmethod
    def from_secrets_manager(name):
        return {"secret": name}
    @staticmethod
    def from_api_keys(key, secret):
        return {"key": key, "of": secret}

class TableBindingConfig:
    def __init__(self, app_id, credentials, failure_mode=None):
        if not app_id:
            raise ValueError("appId: empty")
        self.said = [app_id, credentials, failure_mode and failure_mode.name]

@jsii.implements(aws_cdk.IAspect)
class Trouble:
    def visit(self, node):
        raise ValueError("trouble of an aspect")

class ChaimDynamoDBBinder(Construct):
    def __init__(self, scope, id, *, schema_path, table, config):
        super().__init__(scope, id)
        print(f"binding {id}")
        text = Path(schema_path).read_text()
        if text == "late":
            aws_cdk.Aspects.of(self).add(Trouble())
        if text == "noted":
            aws_cdk.Annotations.of(self).add_error("this is wrong")
            aws_cdk.Annotations.of(self).add_warning("this is odd")
        if text == "several":
            raise ExceptionGroup("all wrong", [ValueError("one thing"), ValueError("another")])
        if text == "twice":
            super().__init__(scope, id)
        aws_cdk.CfnOutput(self, "Name", value=table.table_name)
        base = Path(os.environ.get("CHAIM_SNAPSHOT_DIR") or Path.home() / ".chaim")
        base.mkdir(exist_ok=True)
        bundle = Path(__file__).parent.parent / "cdk.out" / "bundle"
        bundle.mkdir(exist_ok=True, parents=True)
        (bundle / "snapshot.json").write_text(text)
        asset = aws_s3_assets.Asset(self, "Asset", path=str(bundle))
        said = {"text": text, "path": self.node.path, "said": config.said,
                "config": identity(config), "module": __file__, "cwd": os.getcwd(),
                "context": self.node.try_get_context("chaimApiBaseUrl"), "asset": asset.asset_hash}
        (base / f"{id}.json").write_text(json.dumps(said))
"""
SCHEMA = Schema(file="schemas/orders.bprint", text="{}")
BOUND = (Binding(id="Bound", schema=SCHEMA),)
Opener = Callable[[], BinderDriver]


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BinderDriver]:
    """The package below ``src``; starting CDK takes seconds, so that all tests share it."""
    root = tmp_path_factory.mktemp("repo")
    package = root / "src" / "tiny_binder"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "cdk.py").write_text(textwrap.dedent(PROVIDER))
    before = sorted(root.rglob("*"))
    with ExitStack() as stack:
        opened = open_binder(
            ProviderConfig(root=root, binder="cdk-python:tiny_binder.cdk"), Settings()
        )
        stack.callback(opened.close)
        yield opened
    assert sorted(root.rglob("*")) == before


def synth(driver: BinderDriver, app: App, how: Synth | None = None) -> SynthAnswer:
    driver.clear()
    driver.lay(app)
    return driver.synth(app, how or Synth(), environment={})


def of(*tables: Table, bindings: tuple[Binding, ...] = BOUND, **stack: Any) -> App:
    return App(stacks=(SynthStack(tables=tables, bindings=bindings, **stack),))


def template(answer: SynthAnswer, name: str = "Stack") -> Mapping[str, Any]:
    assert answer.outcome == "synthesized", answer
    assert answer.directory is not None
    (path,) = answer.directory.rglob(f"{name}.template.json")
    resources: Mapping[str, Any] = json.loads(path.read_text()).get("Resources", {})
    return resources


def table_of(answer: SynthAnswer, kind: str = "Table") -> Mapping[str, Any]:
    found = [
        one["Properties"]
        for one in template(answer).values()
        if one["Type"] == f"AWS::DynamoDB::{kind}"
    ]
    assert len(found) == 1
    properties: Mapping[str, Any] = found[0]
    return properties


def written(driver: BinderDriver, binding: str = "Bound") -> Mapping[str, Any]:
    said: Mapping[str, Any] = json.loads((driver.sandbox.snapshots / f"{binding}.json").read_text())
    return said


def test_what_it_offers(driver: BinderDriver) -> None:
    facts = driver.facts
    assert facts.capabilities == {"core", "aws-cdk"}
    assert facts.formats == ("1.0",)
    assert facts.constructs == {"Table", "TableV2", "imported"}
    assert len(facts.features) == 7


def test_a_binder_is_called_in_the_kits_copy_and_its_prints_are_log(driver: BinderDriver) -> None:
    app = replace(of(Table()), context=(("chaimApiBaseUrl", "https://a.example"),))
    answer = synth(driver, app)
    assert (answer.outcome, answer.stdout) == ("synthesized", "")
    assert "binding Bound" in answer.stderr
    said = written(driver)
    assert said["text"] == "{}"
    assert said["module"] == str(driver.sandbox.project / "tiny_binder" / "cdk.py")
    assert said["cwd"] == str(driver.sandbox.project)
    assert said["context"] == "https://a.example"


def test_an_asset_that_changed_is_another_one(driver: BinderDriver) -> None:
    hashes = set()
    for text in ("{}", "[]", "{}"):
        app = of(Table(), bindings=(replace(BOUND[0], schema=replace(SCHEMA, text=text)),))
        driver.lay(app)
        assert driver.synth(app, Synth(), environment={}).outcome == "synthesized"
        hashes.add(written(driver)["asset"])
    assert len(hashes) == 2


def test_in_other_surroundings(driver: BinderDriver) -> None:
    answer = synth(driver, of(Table()), Synth(elsewhere=True, default_base=True))
    assert answer.outcome == "synthesized", answer
    said = json.loads((driver.sandbox.home / ".chaim" / "Bound.json").read_text())
    assert said["cwd"] == str(driver.sandbox.elsewhere)


FULL = Table(
    name="orders",
    sort_key=Key(name="sk", type="N"),
    global_indexes=(
        Index(name="by-a", partition_key=Key(name="a", type="B"), projection="KEYS_ONLY"),
        Index(name="late", partition_key=Key(name="b"), sort_key=Key(name="c"), late=True),
    ),
    local_indexes=(
        Index(name="by-d", sort_key=Key(name="d"), projection="INCLUDE", non_key_attributes=("e",)),
        Index(name="late-local", sort_key=Key(name="f"), late=True),
    ),
    ttl_attribute="expires",
    stream="OLD_IMAGE",
    billing="PROVISIONED",
    point_in_time_recovery=True,
    deletion_protection=True,
    infrequent_access=True,
    contributor_insights=True,
    tags=(("team", "orders"),),
)


def test_every_property_of_a_table_is_made(driver: BinderDriver) -> None:
    made = table_of(synth(driver, of(FULL)))
    assert made["TableName"] == "orders"
    assert made["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    types = {one["AttributeName"]: one["AttributeType"] for one in made["AttributeDefinitions"]}
    assert types == dict(pk="S", sk="N", a="B", b="S", c="S", d="S", f="S")
    assert [one["IndexName"] for one in made["GlobalSecondaryIndexes"]] == ["by-a", "late"]
    assert [one["Projection"] for one in made["LocalSecondaryIndexes"]] == [
        {"NonKeyAttributes": ["e"], "ProjectionType": "INCLUDE"},
        {"ProjectionType": "ALL"},
    ]
    assert made["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert made["StreamSpecification"] == {"StreamViewType": "OLD_IMAGE"}
    assert "ProvisionedThroughput" in made
    assert made["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert made["DeletionProtectionEnabled"] is True
    assert made["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert made["ContributorInsightsSpecification"] == {"Enabled": True}
    assert made["Tags"] == [{"Key": "team", "Value": "orders"}]


def test_every_property_of_a_global_table_is_made(driver: BinderDriver) -> None:
    made = table_of(synth(driver, of(replace(FULL, construct="TableV2"))), "GlobalTable")
    (replica,) = made["Replicas"]
    assert made["TableName"] == "orders"
    assert [one["IndexName"] for one in made["GlobalSecondaryIndexes"]] == ["by-a", "late"]
    assert [one["IndexName"] for one in made["LocalSecondaryIndexes"]] == ["by-d", "late-local"]
    assert made["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert made["StreamSpecification"] == {"StreamViewType": "OLD_IMAGE"}
    assert made["BillingMode"] == "PROVISIONED"
    assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert replica["DeletionProtectionEnabled"] is True
    assert replica["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert replica["ContributorInsightsSpecification"] == {"Enabled": True}
    assert replica["Tags"] == [{"Key": "team", "Value": "orders"}]


def test_keys_that_encrypt(driver: BinderDriver) -> None:
    tables = [Table(encryption=kind) for kind in ("owned", "managed", "customer", "customer-arn")]
    owned, managed, customer, foreign = [table_of(synth(driver, of(one))) for one in tables]
    assert "SSESpecification" not in owned
    assert managed["SSESpecification"] == {"SSEEnabled": True}
    assert "Fn::GetAtt" in customer["SSESpecification"]["KMSMasterKeyId"]
    assert foreign["SSESpecification"]["KMSMasterKeyId"] == KEY_ARN
    for one in tables:
        assert table_of(synth(driver, of(replace(one, construct="TableV2"))), "GlobalTable")


@pytest.mark.parametrize("name", ["orders", None])
@pytest.mark.parametrize("region", ["cn-north-1", None])
def test_imported_tables_are_no_resources(
    driver: BinderDriver, name: str | None, region: str | None
) -> None:
    imported = Table(construct="imported", name=name)
    app = of(imported, region=region, account="123456789012" if region else None)
    assert template(synth(driver, app)) == {}


def test_stages_scopes_and_names(driver: BinderDriver) -> None:
    nested = (Binding(id="Bound", schema=SCHEMA, scopes=("A", "B")),)
    stacks = (
        SynthStack(id="One", stage="Prod", tables=(Table(scopes=("A",)),), bindings=nested),
        SynthStack(id="Two", stage="Prod", name="named"),
        SynthStack(id="Three", bindings=(Binding(id="Far", schema=SCHEMA, table_of=0),)),
    )
    answer = synth(driver, App(stacks=stacks[:2]))
    assert answer.outcome == "synthesized", answer
    assert written(driver)["path"] == "Prod/One/A/B/Bound"
    assert answer.directory is not None
    manifest = json.loads((answer.directory / "assembly-Prod" / "manifest.json").read_text())
    names = [
        one["properties"].get("stackName", id)
        for id, one in manifest["artifacts"].items()
        if one["type"] == "aws:cloudformation:stack"
    ]
    assert sorted(names) == ["Prod-One", "named"]
    across = (replace(stacks[0], stage=None), stacks[2])
    assert synth(driver, App(stacks=across)).outcome == "synthesized"
    assert written(driver, "Far")["path"] == "Three/Far"


def test_configurations_are_shared_by_their_number(driver: BinderDriver) -> None:
    configs = (
        Config(),
        Config(app_id="a", credentials=SynthCredentials(kind="keys"), failure_mode="STRICT"),
        Config(credentials=SynthCredentials(kind="none")),
        Config(app_id=""),  # nobody's, so that nobody makes it
    )
    bindings = tuple(
        Binding(id=f"B{number}", schema=SCHEMA, config=config)
        for number, config in enumerate((0, 0, 1, 2))
    )
    app = replace(of(Table(), bindings=bindings), configs=configs)
    assert synth(driver, app).outcome == "synthesized"
    said = [written(driver, f"B{number}") for number in range(4)]
    assert said[0]["config"] == said[1]["config"] != said[2]["config"]
    assert [one["said"] for one in said[1:]] == [
        ["my-app", {"secret": "chaim/api-credentials"}, None],
        ["a", {"key": "chaimkey-of-the-app", "of": "chaimsecret-of-the-app"}, "STRICT"],
        ["my-app", None, None],
    ]


def test_who_refused(driver: BinderDriver) -> None:
    refused = synth(driver, replace(of(Table()), configs=(Config(app_id=""),))).refusal
    assert refused is not None
    assert (refused.where, refused.binding) == ("binding", "Bound")
    assert (refused.type, refused.message) == ("ValueError", "appId: empty")

    gone = (Binding(id="Bound", schema=Schema(file="nope.bprint", text=None)),)
    refused = synth(driver, of(Table(), bindings=gone)).refusal
    assert refused is not None
    assert (refused.where, refused.type) == ("binding", "FileNotFoundError")
    assert "nope.bprint" in refused.message

    twice = (Binding(id="Bound", schema=Schema(file="a.bprint", text="twice")),)
    refused = synth(driver, of(Table(), bindings=twice)).refusal
    assert refused is not None
    assert refused.where == "binding"
    assert re.fullmatch(r"There is already a Construct .* in Stack\d* \[Stack\]", refused.message)

    several = (Binding(id="Bound", schema=Schema(file="a.bprint", text="several")),)
    refused = synth(driver, of(Table(), bindings=several)).refusal
    assert refused is not None
    assert refused.message == "all wrong (2 sub-exceptions)\none thing\nanother"

    late = (Binding(id="Bound", schema=Schema(file="a.bprint", text="late")),)
    refused = synth(driver, of(Table(), bindings=late)).refusal
    assert refused is not None
    assert (refused.where, refused.binding) == ("synth", "")
    assert refused.message == "trouble of an aspect"

    noted = (Binding(id="Bound", schema=Schema(file="a.bprint", text="noted")),)
    for stage in (None, "Prod"):
        refused = synth(driver, of(Table(), bindings=noted, stage=stage)).refusal
        assert refused is not None
        assert (refused.where, refused.type) == ("synth", "AppHasErrors")
        assert refused.message.endswith("/Bound: this is wrong")


def test_an_app_that_cdk_refuses_is_the_kits_own_trouble(driver: BinderDriver) -> None:
    with pytest.raises(HarnessError, match=r"could not be built.*already a Construct .* 'Table'"):
        synth(driver, of(Table(), Table()))


def open_text(root: Path, text: str, module: str = "mine") -> None:
    (root / "mine.py").write_text(text)
    open_binder(ProviderConfig(root=root, binder=f"cdk-python:{module}"), Settings()).close()


def test_what_is_no_binder(tmp_path: Path) -> None:
    with pytest.raises(
        ProviderNotStartable, match="module mine has no TableBindingConfig, no Fail"
    ):
        open_text(tmp_path, "ChaimDynamoDBBinder = ChaimCredentials = 1")
    with pytest.raises(ProviderNotStartable, match="No module named 'no_such_dependency'"):
        open_text(tmp_path, "import no_such_dependency")
    with pytest.raises(ProviderNotStartable, match="no such module below"):
        open_text(tmp_path, "", "no_such_module_at_all.cdk")
    with pytest.raises(UsageError, match="is no module; one is named as in an import"):
        open_text(tmp_path, "", "src/mine.py")


def test_a_module_may_be_a_file_and_say_which_formats_it_writes(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(textwrap.dedent(PROVIDER) + "SNAPSHOT_FORMATS = ('3.0',)\n")
    provider = ProviderConfig(root=tmp_path, binder="cdk-python:mine")
    opened = open_binder(provider, Settings())
    try:
        assert opened.facts.formats == ("3.0",)
    finally:
        opened.close()
