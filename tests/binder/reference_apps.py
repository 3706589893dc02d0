"""Apps of the reference binder, each in a folder of its own, synthesized in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from chaim_reference.cdk import (
    ChaimCredentials,
    ChaimDynamoDBBinder,
    FailureMode,
    TableBindingConfig,
)

HERE = cdk.Environment(account="123456789012", region="eu-west-1")
SECRET = ChaimCredentials.from_secrets_manager("chaim/api-credentials")
CONFIG = TableBindingConfig("my-app", SECRET)
STRICT = TableBindingConfig("my-app", SECRET, FailureMode.STRICT)
Build = Callable[[cdk.App], None]


def document(entity: str = "User", **changes: Any) -> dict[str, Any]:
    return {
        "schemaVersion": 1.0,
        "entityName": entity,
        "description": "CANARY of the schema",
        "primaryKey": {"partitionKey": "pk"},
        "fields": [{"name": "pk", "type": "string", "required": True}],
        **changes,
    }


def key(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


def stack(app: cdk.App, name: str = "Users") -> cdk.Stack:
    return cdk.Stack(app, name, env=HERE)


def table(scope: Any, id: str = "Table", **more: Any) -> dynamodb.Table:
    return dynamodb.Table(scope, id, partition_key=key("pk"), **more)


@dataclass(frozen=True)
class Project:
    """An app's folder, and the snapshots of its machine."""

    folder: Path
    snapshots: Path

    def schema(self, entity: str = "User", **changes: Any) -> str:
        path = self.folder / f"{entity.encode().hex()[:40]}.bprint"
        path.write_text(json.dumps(document(entity, **changes)), "utf-8")
        return str(path)

    def bind(
        self, scope: Any, table: Any, id: str = "Binding", entity: str = "User", **more: Any
    ) -> ChaimDynamoDBBinder:
        arguments = {"schema_path": self.schema(entity), "table": table, "config": CONFIG, **more}
        return ChaimDynamoDBBinder(scope, id, **arguments)

    def synth(self, build: Build, context: Mapping[str, str] | None = None) -> Any:
        """The assembly of the app that ``build`` fills."""
        app = cdk.App(outdir=str(self.folder / "cdk.out"), context=context)
        build(app)
        return app.synth()

    def template(self, build: Build, context: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The template's resources, of an app with one stack."""
        resources: dict[str, Any] = self.synth(build, context).stacks[0].template["Resources"]
        return resources

    def snapshot(self, build: Build) -> dict[str, Any]:
        """The LOCAL snapshot of an app with one binding."""
        self.synth(build)
        (path,) = self.local()
        found: dict[str, Any] = json.loads((self.snapshots / path).read_bytes())
        return found

    def local(self) -> list[str]:
        return _files(self.snapshots)

    def assets(self) -> list[str]:
        return _files(self.folder / "cdk.out" / "chaim" / "assets")


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def of_type(resources: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in resources.values() if one["Type"] == kind]


def handler_of(resources: Mapping[str, Any]) -> dict[str, Any]:
    """The one function of an app with one binding that is not the framework's."""
    (found,) = [
        one["Properties"]
        for one in of_type(resources, "AWS::Lambda::Function")
        if one["Properties"]["Runtime"].startswith("python")
    ]
    return dict(found)


def fingerprint(resources: Mapping[str, Any]) -> str:
    (found,) = of_type(resources, "Custom::ChaimBinding")
    return str(found["Properties"]["Fingerprint"])


def bound(project: Project, **table_has: Any) -> Build:
    """An app with one binding."""

    def build(app: cdk.App) -> None:
        here = stack(app)
        project.bind(here, table(here, **table_has))

    return build
