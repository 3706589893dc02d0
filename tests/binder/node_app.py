"""An app's directory with a Node binder in it, and talks with the program that drives it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chaim_conformance.drivers.cdk_node import lay_cdk_node
from tests.binder.mutant import node_packages
from tests.examples.copies import EXAMPLES, LEFT_BEHIND

SECONDS = 120
EXAMPLE = EXAMPLES / "node-cdk-provider"
Json = dict[str, Any]
PAYMENT: Json = {
    "schemaVersion": 1.0,
    "entityName": "Payment",
    "description": "Payments",
    "primaryKey": {"partitionKey": "id"},
    "fields": [{"name": "id", "type": "string", "required": True}],
}


def installed_cdk() -> Path:
    """The ``node_modules`` of ``CHAIM_NODE_CDK``; without it the test is skipped."""
    packages = node_packages()
    if packages is None:
        pytest.skip(
            "needs aws-cdk-lib for Node: npm install --prefix DIR aws-cdk-lib constructs, "
            "then CHAIM_NODE_CDK=DIR"
        )
    return packages


def checkout_of(source: Path, folder: Path) -> Path:
    """A copy of a provider's repo with CDK installed in it."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    (folder / "node_modules").symlink_to(installed_cdk(), target_is_directory=True)
    return folder


@dataclass(frozen=True)
class Conversation:
    """What the program answered to one start and some synths, and how it ended."""

    answers: tuple[Json, ...]
    stderr: str
    code: int

    @property
    def synths(self) -> tuple[Json, ...]:
        return self.answers[1:]


class NodeApp:
    """A sandbox with a provider in it."""

    def __init__(self, package: Path, root: Path) -> None:
        self.project = root / "project"
        self.snapshots = root / "snapshots"
        self.elsewhere = root / "elsewhere"
        self.home = root / "home"
        for folder in (self.project, self.elsewhere, self.home):
            folder.mkdir(parents=True)
        (self.project / "cdk.json").write_text("{}")
        self.command = lay_cdk_node(package, self.project)

    def schema(self, name: str = "payment.bprint", document: Any = PAYMENT, **changes: Any) -> str:
        """Writes a schema; the path of it."""
        path = self.project / name
        path.write_text(json.dumps({**document, **changes} if changes else document))
        return str(path)

    def converse(self, *apps: Json, environment: dict[str, str] | None = None) -> Conversation:
        """Synthesizes the apps one after the other in one process, from another directory."""
        messages: list[Json] = [
            {"request": "start", "protocol": "1.0", "directory": str(self.project)},
            *({"request": "synth", "id": n, "app": app} for n, app in enumerate(apps, 1)),
            {"request": "stop"},
        ]
        done = subprocess.run(
            self.command,
            input="".join(json.dumps(message) + "\n" for message in messages),
            capture_output=True,
            text=True,
            cwd=self.elsewhere,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "CHAIM_SNAPSHOT_DIR": str(self.snapshots),
                **(environment or {}),
            },
            timeout=SECONDS,
        )
        answers = tuple(json.loads(line) for line in done.stdout.splitlines())
        return Conversation(answers, done.stderr, done.returncode)

    def synthesize(self, app: Json, **environment: str) -> Json:
        """The template of the app's one stack; fails where that was refused."""
        told = self.converse(app, environment=environment)
        assert told.synths == ({"id": 1, "directory": str(self.out)},), told.stderr
        (template,) = self.out.rglob("*.template.json")
        return dict(json.loads(template.read_text()))

    @property
    def out(self) -> Path:
        return self.project / "cdk.out"

    def local(self) -> dict[str, Json]:
        """The LOCAL snapshots by path."""
        return {
            path.relative_to(self.snapshots).as_posix(): json.loads(path.read_text())
            for path in sorted(self.snapshots.rglob("*"))
            if path.is_file()
        }

    def only_snapshot(self) -> Json:
        (snapshot,) = self.local().values()
        return snapshot


def key(name: str, kind: str = "S") -> Json:
    return {"name": name, "type": kind}


def index(name: str, **changes: Any) -> Json:
    return {
        "name": name,
        "partitionKey": None,
        "sortKey": None,
        "projection": "ALL",
        "nonKeyAttributes": [],
        "late": False,
        **changes,
    }


def table(**changes: Any) -> Json:
    return {
        "id": "Users",
        "scopes": [],
        "construct": "Table",
        "name": None,
        "partitionKey": key("pk"),
        "sortKey": None,
        "globalIndexes": [],
        "localIndexes": [],
        "ttlAttribute": None,
        "stream": None,
        "billing": "PAY_PER_REQUEST",
        "encryption": "owned",
        "keyArn": None,
        "pointInTimeRecovery": False,
        "deletionProtection": False,
        "infrequentAccess": False,
        "contributorInsights": False,
        "tags": {},
        **changes,
    }


def binding(schema: str, **changes: Any) -> Json:
    one = {"id": "Binding", "scopes": [], "schema": schema, "stack": 0, "table": 0, "config": 0}
    return {**one, **changes}


def stack(tables: list[Json], bindings: list[Json], **changes: Any) -> Json:
    return {
        "id": "Stack",
        "name": None,
        "stage": None,
        "account": "123456789012",
        "region": "us-east-1",
        "tables": tables,
        "bindings": bindings,
        **changes,
    }


def config(**changes: Any) -> Json:
    secret = {"secret": "chaim/api-credentials"}
    return {"appId": "my-app", "credentials": secret, "failureMode": None, **changes}


def app(*stacks: Json, configs: list[Json] | None = None, **context: str) -> Json:
    return {"stacks": list(stacks), "configs": configs or [config()], "context": context}
