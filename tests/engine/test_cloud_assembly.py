"""Cloud assemblies are read: stacks by their deployed names, and what publishes each binding."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance.cloud_assembly import locator, read_assembly
from chaim_conformance.errors import HarnessError
from chaim_conformance.intrinsics import Place, Unresolvable, resolved

CUSTOM = "AWS::CloudFormation::CustomResource"


def function(key: Any, handler: str = "index.handler", **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Key": key},
            "Handler": handler,
            "Runtime": "nodejs20.x",
            **properties,
        },
    }


def custom(function: str, kind: str = CUSTOM, **properties: Any) -> dict[str, Any]:
    token = {"Fn::GetAtt": [function, "Arn"]}
    return {"Type": kind, "Properties": {"ServiceToken": token, **properties}}


def framework(called: Any) -> dict[str, Any]:
    variables = {"USER_ON_EVENT_FUNCTION_ARN": called}
    return function("none.zip", Environment={"Variables": variables})


def lay(
    directory: Path,
    resources: dict[str, Any],
    *,
    name: str = "S",
    assets: dict[str, str] | None = None,
    **properties: Any,
) -> None:
    """Writes an assembly of one stack, or adds one to it; ``assets`` are sources by their keys."""
    directory.mkdir(parents=True, exist_ok=True)
    manifest = directory / "manifest.json"
    artifacts = json.loads(manifest.read_text())["artifacts"] if manifest.is_file() else {}
    artifacts |= {
        f"{name}.assets": {
            "type": "cdk:asset-manifest",
            "properties": {"file": f"{name}.assets.json"},
        },
        name: {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/eu-west-1",
            "properties": {"templateFile": f"{name}.json", **properties},
            "dependencies": [f"{name}.assets"],
            "displayName": f"App/{name}",
        },
    }
    manifest.write_text(json.dumps({"artifacts": artifacts}))
    (directory / f"{name}.json").write_text(json.dumps({"Resources": resources}))
    files = {
        key: {"source": {"path": source}, "destinations": {"here": {"objectKey": key}}}
        for key, source in (assets or {}).items()
    }
    (directory / f"{name}.assets.json").write_text(json.dumps({"files": files}))


def asset(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_stack_has_its_deployed_name_also_in_a_stage(tmp_path: Path) -> None:
    lay(tmp_path, {}, name="Plain")
    lay(tmp_path, {}, name="Named", stackName="payments-prod")
    lay(tmp_path / "assembly-Prod", {}, name="ProdInner1234", stackName="Prod-Inner")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    manifest["artifacts"]["assembly-Prod"] = {
        "type": "cdk:cloud-assembly",
        "properties": {"directoryName": "assembly-Prod"},
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    stacks = read_assembly(tmp_path)
    assert [one.name for one in stacks] == ["Plain", "payments-prod", "Prod-Inner"]
    assert [one.id for one in stacks] == ["Plain", "Named", "ProdInner1234"]
    assert stacks[0].place == Place(stack="Plain", account="123456789012", region="eu-west-1")


def test_a_handler_behind_the_framework_and_one_that_answers_by_itself(tmp_path: Path) -> None:
    asset(tmp_path / "asset.1", index_js="1", snapshot_json="{}")
    asset(tmp_path / "asset.2", lib__main_mjs="2", lib__snapshot_json="{}")
    asset(tmp_path / "asset.3", index_js="of somebody else")
    lay(
        tmp_path,
        {
            "H1": function("1.zip", Environment={"Variables": {"APP_ID": {"Ref": "AWS::Region"}}}),
            "F1": framework({"Fn::GetAtt": ["H1", "Arn"]}),
            "One": custom("F1", of="one"),
            "H2": function({"Fn::Sub": "${AWS::Region}/2.zip"}, handler="lib/main.run"),
            "Two": custom("H2", kind="Custom::Binding"),
            "H3": function("3.zip"),
            "Other": custom("H3"),
            "Nobody": custom("Missing"),
            "NoToken": {"Type": CUSTOM},
        },
        assets={"1.zip": "asset.1", "eu-west-1/2.zip": "asset.2", "3.zip": "asset.3"},
    )
    (stack,) = read_assembly(tmp_path)
    one, two = stack.publications()
    assert (one.stack, one.logical_id, one.function) == ("S", "One", "H1")
    assert (one.handler, one.answer_style) == ("node:index.js:handler", "provider-framework")
    assert one.environment == {"APP_ID": {"Ref": "AWS::Region"}}
    assert one.properties["of"] == "one"
    assert [(file.path, file.content) for file in one.files] == [
        ("index.js", b"1"),
        ("snapshot.json", b"{}"),
    ]
    assert (two.logical_id, two.function) == ("Two", "H2")
    assert (two.handler, two.answer_style) == ("node:lib/main.mjs:run", "response-url")


def test_functions_are_found_by_alias_version_and_in_expressions(tmp_path: Path) -> None:
    asset(tmp_path / "asset.1", index_js="1", snapshot_json="{}")
    joined = {"Fn::Join": ["", [{"Fn::GetAtt": "H.Arn"}, ":live"]]}
    lay(
        tmp_path,
        {
            "H": function("1.zip"),
            "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": joined}},
            "Alias": {
                "Type": "AWS::Lambda::Alias",
                "Properties": {"FunctionName": {"Fn::GetAtt": ["Version", "Arn"]}},
            },
            "F": framework({"Ref": "Alias"}),
            "One": custom("F"),
            "Two": {"Type": "Custom::X", "Properties": {"ServiceToken": joined}},
        },
        assets={"1.zip": "asset.1"},
    )
    (stack,) = read_assembly(tmp_path)
    assert [(p.logical_id, p.function) for p in stack.publications()] == [
        ("One", "H"),
        ("Two", "H"),
    ]


def test_an_asset_may_be_a_zip_and_the_highest_snapshot_is_its_own(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr("index.py", "pass")
        archive.writestr("a/package/snapshot.json", "another's")
        archive.writestr("snapshot.json", "{}")
    handler = function("1.zip", Runtime="python3.13", handler="index.main")
    lay(tmp_path, {"H": handler, "One": custom("H")}, assets={"1.zip": "code.zip"})
    (stack,) = read_assembly(tmp_path)
    (publication,) = stack.publications()
    assert publication.handler == "python:index.py:main"
    assert publication.snapshot is not None
    assert publication.snapshot.content == b"{}"


@pytest.mark.parametrize(
    ("runtime", "handler", "files", "expected"),
    [
        ("nodejs22.x", "index.handler", ["index.mjs"], "node:index.mjs:handler"),
        ("nodejs22.x", "./dist/a.b.c", ["dist/a.js"], "node:dist/a.js:b.c"),
        ("nodejs22.x", "gone.handler", [], "node:gone.js:handler"),
        ("python3.12", "app.main.handler", [], "python:app/main.py:handler"),
        ("python3.12", "app.handler", ["app/__init__.py"], "python:app/__init__.py:handler"),
        ("provided.al2023", "whatever", ["bootstrap"], "runtime:./bootstrap"),
        ("java21", "com.example.Handler::handle", [], ""),
    ],
)
def test_a_handler_is_named_as_the_kit_names_it(
    runtime: str, handler: str, files: list[str], expected: str
) -> None:
    assert locator({"Runtime": runtime, "Handler": handler}, frozenset(files)) == expected


def test_no_assembly_is_trouble_of_the_kit(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"manifest\.json: a synth that succeeded leaves"):
        read_assembly(tmp_path)


def test_expressions_are_resolved_as_far_as_they_can_be() -> None:
    known = Place(stack="S", region="cn-north-1").pseudo_parameters
    arn = {"Fn::Join": [":", ["arn", {"Ref": "AWS::Partition"}, {"Ref": "AWS::Region"}]]}
    assert resolved([arn, {"a": {"b": 1}}], known) == ["arn:aws-cn:cn-north-1", {"a": {"b": 1}}]
    assert resolved({"Fn::Select": [2, {"Fn::Split": [":", arn]}]}, known) == "cn-north-1"
    sub = {"Fn::Sub": ["${X}.${AWS::URLSuffix}${!Y}", {"X": "x"}]}
    assert resolved(sub, known) == "x.amazonaws.com.cn${Y}"
    for unknown in ({"Ref": "Table"}, {"Fn::GetAtt": ["T", "Arn"]}, {"Fn::Sub": "${Table}"}):
        with pytest.raises(Unresolvable):
            resolved({"a": [unknown]}, known)
