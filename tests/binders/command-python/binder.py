"""A binder that knows neither CDK nor CloudFormation: it is to Terraform what others are to CDK.

It speaks the kit's protocol of binders: one JSON object a line. ``publish.py``, a handler, has to
lie beside it. It is as untidy as tools are: it prints much, and leaves files that concern nobody.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import bprint

HERE = Path(__file__).parent
# A place of its own, hidden, as such tools have one below the project.
BUNDLES = ".terraform/chaim"
ZONE = timezone(timedelta(hours=2))

Json = dict[str, Any]


class Invalid(Exception):
    """What is wrong, in the manner of Terraform; ``binding`` is the first one that has it."""

    def __init__(self, binding: str, message: str) -> None:
        super().__init__(message)
        self.binding = binding


def main() -> None:
    """Answers until it is told to stop, or nobody asks any more."""
    project = Path()
    for line in sys.stdin:
        request = json.loads(line)
        if request["request"] == "start":
            project = Path(request["directory"])
            say(
                {
                    "protocol": "1.0",
                    "capabilities": ["core"],
                    "formats": ["3.0"],
                    "constructs": ["Table"],
                    "features": ["stack-names", "several-stacks"],
                }
            )
        elif request["request"] == "synth":
            say({"id": request["id"], **answer(request["app"], project)})
        else:
            return


def say(answer: Json) -> None:
    """One line, at once."""
    print(json.dumps(answer), flush=True)


def answer(app: Json, project: Path) -> Json:
    """What comes of an app: publications, or an error."""
    try:
        plan = planned(app, project)
    except Invalid as error:
        return {
            "error": {
                "where": "binding",
                "binding": error.binding,
                "type": "Diagnostics",
                "message": str(error),
            }
        }
    litter(plan, project)
    for folder in {one["local"].parent for one in plan}:
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(project / BUNDLES, ignore_errors=True)
    return {"publications": [applied(one, project) for one in plan]}


def litter(plan: list[Json], project: Path) -> None:
    """All that such a tool prints, and writes into the project, the home and for a moment."""
    print(f"Plan: {len(plan)} to add, 0 to change, 0 to destroy.")
    print("DEBUG provider.chaim: " + "x" * 100_000, file=sys.stderr)
    settings = Path.home() / ".chaim"
    settings.mkdir(exist_ok=True)
    (settings / "config.json").write_text("{}")
    (project / ".terraform.lock.hcl").write_text("# maintained automatically")
    (project / "chaim.auto.tfvars.json").write_text(json.dumps({"bindings": len(plan)}))
    tempfile.mkstemp(suffix=".json")


def planned(app: Json, project: Path) -> list[Json]:
    """All that is to be written; raises :class:`Invalid` before anything is."""
    problems: dict[str, str] = {}
    documents: dict[str, Json] = {}
    configs: dict[tuple[int, int], Json] = {}
    for stack in app["stacks"]:
        for binding in stack["bindings"]:
            address = f"chaim_binding.{binding['id']}"
            config = app["configs"][binding["config"]]
            path = Path(binding["schema"])
            try:
                documents[binding["schema"]] = bprint.read(path)
            except bprint.Unreadable as error:
                where = path.relative_to(project)
                problems[binding["id"]] = f"Invalid schema\n\n  with {address},\n  {where}: {error}"
            if wrong := unusable(config):
                problems[binding["id"]] = f"Invalid provider block\n\n  with {address},\n  {wrong}"
            other = configs.setdefault((binding["stack"], binding["table"]), config)
            if any(other[key] != config[key] for key in ("appId", "credentials")):
                one, two = other["appId"], config["appId"]
                problems[binding["id"]] = (
                    f"Inconsistent final plan\n\n  with {address},\n  the table has another"
                    f" binding, chaim_binding.{first_of(app, binding)}, of another application"
                    f" or with other credentials ({one}; {two})"
                )
    if problems:
        raise Invalid(next(iter(problems)), "\n\n".join(f"Error: {p}" for p in problems.values()))
    return [one for stack in app["stacks"] for one in of_stack(stack, app, documents)]


def first_of(app: Json, binding: Json) -> str:
    """The first binding of the same table."""
    table = binding["stack"], binding["table"]
    everyone = (one for stack in app["stacks"] for one in stack["bindings"])
    return next(str(one["id"]) for one in everyone if (one["stack"], one["table"]) == table)


def unusable(config: Json) -> str:
    """What is wrong with a configuration."""
    credentials = config["credentials"] or {}
    if not config["appId"].strip():
        return "app_id must not be empty"
    if not credentials:
        return "one of secret or api_key is required"
    if "secret" not in credentials:
        return "" if all(map(str.strip, credentials.values())) else "api_key is empty"
    secret = credentials["secret"]
    arn = re.fullmatch(r"arn:[\w-]+:secretsmanager:[\w-]+:\d+:secret:.+", secret)
    wrong = secret.startswith("arn:") and not arn
    return f"secret {secret!r} is neither a name nor an ARN" if wrong or not secret.strip() else ""


def of_stack(stack: Json, app: Json, documents: dict[str, Json]) -> list[Json]:
    """A stack's bindings. Who has a name first is a matter of the table's address."""
    names: dict[str, list[str]] = defaultdict(list)
    found = []
    bindings = sorted(stack["bindings"], key=lambda one: (-one["stack"], -one["table"], one["id"]))
    for binding in bindings:
        owner = app["stacks"][binding["stack"]]
        table = owner["tables"][binding["table"]]
        document = documents[binding["schema"]]
        plain = safe(f"{table['name'] or table['id']}__{document['entityName']}")
        number = 1
        while (name := plain if number == 1 else f"{plain}__{number}") in names["taken"]:
            number += 1
        names["taken"].append(name)
        found.append(
            {
                "id": name,
                "stack": stack["name"] or stack["id"],
                "config": app["configs"][binding["config"]],
                "snapshot": snapshot(name, stack, owner, table, document, app, binding),
                "local": local(stack, f"{name}.json"),
            }
        )
    return found


def safe(name: str) -> str:
    """A name that a file can have, and no other one gets."""
    plain = re.sub(r"[^\w.-]|^\.|\.\.|\.$", "~", name)
    if plain == name and len(name.encode()) < 150:
        return name
    return f"{plain[:40]}~{hashlib.sha1(name.encode('utf-8', 'surrogatepass')).hexdigest()}"


def local(stack: Json, name: str) -> Path:
    """Where a LOCAL snapshot goes."""
    base = os.environ.get("CHAIM_SNAPSHOT_DIR") or Path.home() / ".chaim/cache/snapshots"
    place = (stack["account"], stack["region"], stack["name"] or stack["id"], "dynamodb")
    return Path(base, "aws", *place, name)


def snapshot(
    name: str, stack: Json, owner: Json, table: Json, document: Json, app: Json, binding: Json
) -> Json:
    """A snapshot in format 3.0."""
    app_id, entity = app["configs"][binding["config"]]["appId"], document["entityName"]
    address = f"aws_dynamodb_table.{table['id']}"
    key = f"dynamodb:address:{address}"
    return {
        "snapshotVersion": "3.0",
        "action": "UPSERT",
        "capturedAt": datetime.now(ZONE).isoformat(),
        "providerIdentity": {
            "cloud": "aws",
            "accountId": stack["account"],
            "region": stack["region"],
            "deploymentSystem": "terraform",
            "deploymentId": stack["name"] or stack["id"],
            "workspace": "default",
        },
        "identity": {
            "appId": app_id,
            "entityName": entity,
            "stableResourceKeyStrategy": "address",
            "stableResourceKey": key,
            "resourceId": name,
            "entityId": f"{app_id}:{entity}",
            "bindingId": f"{app_id}:{key}:{entity}",
        },
        "resolution": {"mode": "plan", "hasTokens": False},
        "schema": document,
        "resource": {
            "type": "dynamodb",
            "kind": "aws_dynamodb_table",
            "id": address,
            "name": table["name"] or table["id"],
            "region": owner["region"],
            **metadata(table, owner),
        },
        "producer": {
            "component": "terraform-provider-chaim",
            "version": "0.3.1",
            "runtime": "terraform 1.9",
        },
    }


def metadata(table: Json, owner: Json) -> Json:
    """What is declared of the table; what is not there is absent."""
    found: Json = {
        "partitionKey": table["partitionKey"],
        "sortKey": table["sortKey"],
        "globalSecondaryIndexes": [index(one) for one in table["globalIndexes"]],
        "localSecondaryIndexes": [index(one) for one in table["localIndexes"]],
        "ttlAttribute": table["ttlAttribute"],
        "streamEnabled": bool(table["stream"]),
        "streamViewType": table["stream"],
        "billingMode": table["billing"],
        "encryptionKeyArn": table["keyArn"],
        "tableName": table["name"],
    }
    if table["name"]:
        region, account = owner["region"], owner["account"]
        parts = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
        part = next((name for start, name in parts.items() if region.startswith(start)), "aws")
        found["tableArn"] = f"arn:{part}:dynamodb:{region}:{account}:table/{table['name']}"
    return {key: value for key, value in found.items() if value}


def index(of: Json) -> Json:
    """An index, with its keys as they are declared."""
    found = {
        "indexName": of["name"],
        "partitionKey": of["partitionKey"],
        "sortKey": of["sortKey"],
        "projectionType": of["projection"],
        "nonKeyAttributes": of["nonKeyAttributes"],
    }
    return {key: value for key, value in found.items() if value}


def applied(one: Json, project: Path) -> Json:
    """Writes a snapshot and its bundle, and says what is to be deployed."""
    text = json.dumps(one["snapshot"], ensure_ascii=False, separators=(",", ":"))
    content = text.encode("utf-8")
    one["local"].parent.mkdir(parents=True, exist_ok=True)
    one["local"].write_bytes(content)
    digest = hashlib.sha256(f"{one['stack']}/{one['id']}".encode()).hexdigest()[:10]
    bundle = project / BUNDLES / digest
    bundle.mkdir(parents=True)
    (bundle / "snapshot.json").write_bytes(content)
    shutil.copy(HERE / "publish.py", bundle / "publish.py")
    config = one["config"]
    credentials = config["credentials"]
    environment = {"APP_ID": config["appId"], "FAILURE_MODE": config["failureMode"] or ""}
    if "secret" in credentials:
        environment["SECRET_NAME"] = credentials["secret"]
    else:
        environment["API_KEY"] = credentials["apiKey"]
        environment["API_SECRET"] = credentials["apiSecret"]
    return {
        "id": f'module.chaim["{one["id"]}"]',
        "stack": one["stack"],
        "bundle": str(bundle),
        "handler": "python:publish.py:lambda_handler",
        "environment": environment,
    }


if __name__ == "__main__":
    main()
