"""What publishes an entity when a stack is updated: two dynamic resources, run by Pulumi itself.

Pulumi gives a resource no name for what it does with it, and tries nothing twice: who tries again
is the person who runs ``pulumi up`` once more. So the operation has a resource of its own. It is
made before it is used, and lies in the state when publishing fails: the next run finds it there,
which makes that run another attempt of the same operation (H03). It is replaced when there is
something new to publish, and goes with its entity, so the next operation has another id (H04).
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

PUBLISHER = Path(__file__).parent / "publisher"
COMMAND = "publish.py"
SECONDS = 300
# What a program needs of its surroundings, and nothing that an application is configured by.
SURROUNDINGS = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
AWS = "AWS_"

Properties = dict[str, Any]


class NotPublished(Exception):
    """Why an update fails: the failure mode is STRICT, and nothing was published."""


class OperationProvider(ResourceProvider):
    """Gives an id to each operation."""

    def create(self, props: Properties) -> CreateResult:
        """A new one."""
        return CreateResult(str(uuid.uuid4()), props)

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """What is published is another content: another operation."""
        new = _olds.get("fingerprint") != _news.get("fingerprint")
        return DiffResult(changes=new, replaces=["fingerprint"] if new else [])


class PublicationProvider(ResourceProvider):
    """Publishes an entity, again when it changes, and its deletion at the end."""

    def create(self, props: Properties) -> CreateResult:
        """Publishes the bundle."""
        _publish(props)
        return CreateResult(props["resource_id"], props)

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Publishes the bundle as it is now."""
        _publish(_news)
        return UpdateResult(_news)

    def delete(self, _id: str, _props: Properties) -> None:
        """Publishes that the entity is gone, from what the state has of it."""
        with tempfile.TemporaryDirectory(prefix="chaim-") as folder:
            bundle = Path(folder, "bundle")
            shutil.copytree(PUBLISHER, bundle)
            (bundle / "snapshot.json").write_text(_props["remains"], encoding="utf-8")
            _run("delete", deletion(_props["operation_id"]), bundle, _props["environment"])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Another resourceId is another entity to the service: the old one has to be deleted."""
        names = ("resource_id", "operation_id", "environment")
        changed = [name for name in names if _olds.get(name) != _news.get(name)]
        return DiffResult(
            changes=bool(changed), replaces=[one for one in changed if one == "resource_id"]
        )


class Operation(Resource):
    """The id of what is done with an entity next, kept in the state; see the module."""

    def __init__(
        self, name: str, *, fingerprint: pulumi.Input[str], opts: pulumi.ResourceOptions
    ) -> None:
        super().__init__(
            OperationProvider(), f"{name}.operation", {"fingerprint": fingerprint}, opts
        )


class Publication(Resource):
    """An entity, published."""

    resource_id: pulumi.Output[str]
    bundle: pulumi.Output[str]
    environment: pulumi.Output[Mapping[str, str]]

    def __init__(
        self,
        name: str,
        *,
        resource_id: pulumi.Input[str],
        bundle: pulumi.Input[str],
        remains: pulumi.Input[str],
        environment: Mapping[str, pulumi.Input[str]],
        operation_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        inputs = {
            "resource_id": resource_id,
            "bundle": bundle,
            "remains": remains,
            "environment": environment,
            "operation_id": operation_id,
        }
        super().__init__(PublicationProvider(), name, inputs, opts)


def deletion(operation_id: str) -> str:
    """The id of deleting what this operation published: the same however often that is tried."""
    digest = hashlib.sha256(f"delete {operation_id}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


def _publish(props: Properties) -> None:
    _run("publish", props["operation_id"], Path(props["bundle"]), props["environment"])


def _run(operation: str, operation_id: str, bundle: Path, environment: Mapping[str, str]) -> None:
    """Runs the bundle's command as the contract describes publishers that are no Lambda."""
    request = {
        "protocol": "1.0",
        "operation": operation,
        "operationId": operation_id,
        "attempt": 1,
        "bundle": str(bundle),
        "deadlineMs": int((time.time() + SECONDS) * 1000),
    }
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in SURROUNDINGS or name.startswith(AWS)
    }
    run = subprocess.run(
        [sys.executable, COMMAND],
        cwd=bundle,
        env={**kept, **environment},
        input=json.dumps(request),
        capture_output=True,
        text=True,
        timeout=SECONDS + 10,
        check=False,
    )
    for line in run.stderr.splitlines():
        pulumi.log.warn(line)
    try:
        answer = json.loads(run.stdout)
    except ValueError:
        answer = {"status": "FAILED", "reason": f"the publisher ended with {run.returncode}"}
    if answer["status"] != "SUCCESS":
        raise NotPublished(answer.get("reason", "no reason was given"))
