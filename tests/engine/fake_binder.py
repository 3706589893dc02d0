"""A binder in the test's own process: it writes what CDK and a provider would write."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chaim_conformance.drivers.binder import (
    AnsweredPublication,
    BinderFacts,
    Sandbox,
    SynthAnswer,
)
from chaim_conformance.examples import SCHEMA
from chaim_conformance.strategies.bundles import flat_snapshot
from chaim_conformance.synth_scenario import (
    App,
    Binding,
    Schema,
    Synth,
    SynthScenario,
    SynthStack,
    Table,
)

HANDLER = Path(__file__).parents[2] / "reference_impl" / "chaim_reference" / "handler.py"
FACTS = BinderFacts(
    capabilities=frozenset({"core", "aws-cdk"}),
    formats=("1.0",),
    constructs=frozenset({"Table"}),
    features=frozenset(),
)
# What a fault does to a template, or to the sandbox, when all is written.
Template = dict[str, Any]


def schema(name: str) -> Schema:
    """The schema of an entity, as a file."""
    return Schema(file=f"schemas/{name}.bprint", text=json.dumps({**SCHEMA, "entityName": name}))


def app(*entities: str, **of_the_app: Any) -> App:
    """An app with these entities on one table."""
    bindings = tuple(Binding(id=name, schema=schema(name)) for name in entities)
    return App(stacks=(SynthStack(tables=(Table(name="T"),), bindings=bindings),), **of_the_app)


def scenario(*apps: App, deploys: bool = False, **of_a_synth: Any) -> SynthScenario:
    """One synth of each of these apps."""
    synths = tuple(Synth(app=number, **of_a_synth) for number in range(len(apps)))
    return SynthScenario(apps=apps, synths=synths, deploys=deploys)


@dataclass
class FakeBinder:
    """A :class:`BinderDriver` that is good, but for what its fields say.

    ``meanwhile`` is done at each synth, with the environment; ``bend`` changes a template;
    ``code`` is the handler's, which is another one in each bundle where it is ``stamped``;
    ``framework``: CDK's Provider framework stands before it.
    """

    sandbox: Sandbox
    facts: BinderFacts = FACTS
    meanwhile: Callable[[Sandbox, Mapping[str, str]], None] = lambda sandbox, environment: None
    bend: Callable[[Template], None] = lambda template: None
    code: str = field(default_factory=lambda: HANDLER.read_text(encoding="utf-8"))
    stamped: bool = False
    framework: bool = True
    runtime: str = "python3.12"
    refuses: tuple[SynthAnswer, ...] = ()
    synths: int = 0

    def clear(self) -> None:
        shutil.rmtree(self.sandbox.root, ignore_errors=True)
        for folder in ("project", "snapshots", "home", "tmp", "elsewhere"):
            (self.sandbox.root / folder).mkdir(parents=True)
        (self.sandbox.project / "cdk.json").write_text("{}")

    def lay(self, app: App) -> None:
        shutil.rmtree(self.sandbox.project / "schemas", ignore_errors=True)
        for stack in app.stacks:
            for binding in stack.bindings:
                if binding.schema.text is not None:
                    _write(self.sandbox.project / binding.schema.file, binding.schema.text)

    def synth(self, app: App, synth: Synth, *, environment: Mapping[str, str]) -> SynthAnswer:
        self.synths += 1
        self.meanwhile(self.sandbox, environment)
        if self.refuses:
            return self.refuses[0]
        home = self.sandbox.home / ".chaim/cache/snapshots"
        base = home if synth.default_base else self.sandbox.snapshots
        answered = [self._stack(stack, app, base) for stack in app.stacks]
        _write(
            self.sandbox.project / "cdk.out/manifest.json",
            json.dumps(
                {"artifacts": {k: v for stack in app.stacks for k, v in _artifacts(stack).items()}}
            ),
        )
        is_cdk = "aws-cdk" in self.facts.capabilities
        publications = tuple(one for listed in answered for one in listed)
        return SynthAnswer(outcome="synthesized", publications=() if is_cdk else publications)

    def renew(self) -> None: ...

    def expect(self, synths: Iterable[tuple[Synth, Mapping[str, str]]]) -> None: ...

    def isolate(self, each: bool) -> None: ...

    def close(self) -> None: ...

    @property
    def _kind(self) -> str:
        return "python" if self.runtime.startswith("python") else "node"

    @property
    def _file(self) -> str:
        return {"python": "index.py", "node": "index.js"}[self._kind]

    def _stack(self, stack: SynthStack, app: App, base: Path) -> list[AnsweredPublication]:
        out = self.sandbox.project / "cdk.out"
        resources: dict[str, Any] = {}
        files, answered = {}, []
        for binding in stack.bindings:
            document = json.loads(binding.schema.text or "")
            id_ = f"T__{document['entityName']}"
            config = app.configs[binding.config]
            snapshot = flat_snapshot(
                document, app_id=config.app_id, captured_at=f"2026-01-15T14:30:{self.synths:02}Z"
            )
            text = json.dumps({**snapshot, "resourceId": id_, "stackName": stack.id})
            _write(base / "aws/123456789012/us-east-1" / stack.id / f"dynamodb/{id_}.json", text)
            asset = out / "chaim/assets" / stack.id / id_
            stamp = f"\n# for {id_}, by synth {self.synths}\n" if self.stamped else ""
            _write(asset / self._file, self.code + stamp)
            _write(asset / "snapshot.json", text)
            key = hashlib.sha256(text.encode()).hexdigest()
            shutil.copytree(asset, out / f"asset.{key}")
            files[key] = {
                "source": {"path": f"asset.{key}", "packaging": "zip"},
                "destinations": {"here": {"objectKey": f"{key}.zip"}},
            }
            variables = {
                "APP_ID": config.app_id,
                "FAILURE_MODE": config.failure_mode or "BEST_EFFORT",
                "CHAIM_API_BASE_URL": {"Fn::Join": ["", ["https://ingest.", "chaim.co"]]},
                **(
                    {"SECRET_NAME": config.credentials.secret}
                    if config.credentials.kind == "secret"
                    else {
                        "API_KEY": config.credentials.api_key,
                        "API_SECRET": config.credentials.api_secret,
                    }
                ),
            }
            resources |= self._resources(binding, f"{key}.zip", variables, document)
            answered.append(
                AnsweredPublication(
                    id=binding.id,
                    stack=stack.id,
                    bundle=asset,
                    handler=f"{self._kind}:{self._file}:handler",
                    environment={**variables, "CHAIM_API_BASE_URL": "https://ingest.chaim.co"},
                )
            )
        template: Template = {"Resources": {**_tables(stack), **resources}}
        self.bend(template)
        _write(out / f"{stack.id}.template.json", json.dumps(template))
        _write(out / f"{stack.id}.assets.json", json.dumps({"files": files}))
        return answered

    def _resources(
        self, binding: Binding, key: str, variables: dict[str, Any], document: Any
    ) -> dict[str, Any]:
        function = f"{binding.id}Handler"
        fingerprint = hashlib.sha256(json.dumps(document).encode()).hexdigest()
        asked = f"{binding.id}Framework" if self.framework else function
        found = {
            function: _function(key, variables, self.runtime),
            f"{binding.id}Publication": {
                "Type": "AWS::CloudFormation::CustomResource",
                "Properties": {
                    "ServiceToken": {"Fn::GetAtt": [asked, "Arn"]},
                    "Fingerprint": fingerprint,
                },
            },
        }
        if self.framework:
            called = {"USER_ON_EVENT_FUNCTION_ARN": {"Fn::GetAtt": [function, "Arn"]}}
            found[asked] = _function("framework.zip", called)
        return found


def _function(key: str, variables: dict[str, Any], runtime: str = "nodejs22.x") -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Bucket": "assets", "S3Key": key},
            "Environment": {"Variables": variables},
            "Handler": "index.handler",
            "Runtime": runtime,
        },
    }


def _tables(stack: SynthStack) -> dict[str, Any]:
    return {
        table.id: {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "TableName": table.name,
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingMode": table.billing,
            },
        }
        for table in stack.tables
    }


def _artifacts(stack: SynthStack) -> dict[str, Any]:
    return {
        f"{stack.id}.assets": {
            "type": "cdk:asset-manifest",
            "properties": {"file": f"{stack.id}.assets.json"},
        },
        stack.id: {
            "type": "aws:cloudformation:stack",
            "environment": "aws://123456789012/us-east-1",
            "properties": {"templateFile": f"{stack.id}.template.json"},
            "dependencies": [f"{stack.id}.assets"],
            "displayName": stack.id,
        },
    }


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
