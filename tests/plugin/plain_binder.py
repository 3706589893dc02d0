"""A binder of a few lines, which knows no CDK: it writes snapshots, and bundles with main.py.

It is as good as most clauses ask for: it takes schemas that are wrong (B19), and nothing that is
left of an earlier synth goes away (B32).
"""

import json
import os
import pathlib
import shutil
import sys
from datetime import UTC, datetime

CAPABILITIES = ["core"]
FEATURES = ["stack-names", "scopes", "unknown-environment", "several-stacks"]


class Refused(Exception):
    """Why an app is not bound."""


def main():
    for line in sys.stdin:
        request = json.loads(line)
        if request["request"] == "stop":
            return
        if request["request"] == "start":
            project = pathlib.Path(request["directory"])
            say(protocol="1.0", capabilities=CAPABILITIES, formats=["1.0"], features=FEATURES)
            continue
        try:
            planned = plan(request["app"])
            say(id=request["id"], publications=[written(project, *one) for one in planned])
        except Refused as error:
            say(id=request["id"], error={"where": "binding", "message": str(error)})


def say(**answer):
    print(json.dumps(answer), flush=True)


def plan(app):
    """Each binding's stack, snapshot and environment; nothing is written before all are known."""
    planned, taken, first = [], {}, {}
    for number, stack in enumerate(app["stacks"]):
        for binding in stack["bindings"]:
            config = app["configs"][binding["config"]]
            place = binding["stack"], binding["table"]
            table = app["stacks"][place[0]]["tables"][place[1]]
            document = read(pathlib.Path(binding["schema"]))
            environment = configured(config)
            name = table["name"] or table["id"]
            same = {k: v for k, v in config.items() if k != "failureMode"}
            other = first.setdefault(place, (binding["id"], same))
            if other[1] != same:
                raise Refused(f"{other[0]} and {binding['id']}: different appId or credentials")
            resource = f"{name}__{document['entityName']}"
            if "/" in resource or "\0" in resource or len(resource.encode()) > 200:
                raise Refused(f"{binding['id']}: {resource!r} cannot be a file's name")
            resource = free(resource, taken.setdefault(number, set()))
            snapshot = {
                "schemaVersion": "1.0",
                "action": "UPSERT",
                "provider": "aws",
                "accountId": stack["account"] or "unknown",
                "region": stack["region"] or "unknown",
                "stackName": stack["name"] or stack["id"],
                "appId": config["appId"],
                "datastoreType": "dynamodb",
                "resourceName": name,
                "resourceId": resource,
                "schema": document,
                "dataStore": metadata(table),
                "capturedAt": datetime.now(UTC).isoformat(),
            }
            planned.append((stack, snapshot, environment))
    return planned


def free(resource, taken):
    """The name, with a number where another binding of the stack has it."""
    names = (f"{resource}__{number}" if number > 1 else resource for number in range(1, 1000))
    name = next(name for name in names if name not in taken)
    taken.add(name)
    return name


def read(path):
    try:
        if path.suffix != ".bprint":
            raise Refused(f"{path.name}: a schema's file ends in .bprint")
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Refused(f"{path.name}: cannot be read as JSON: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("entityName"), str):
        raise Refused(f"{path.name}: entityName is missing")
    return document


def configured(config):
    if not config["appId"]:
        raise Refused("the appId is empty")
    match config["credentials"]:
        case {"secret": secret} if secret.strip() and (
            not secret.startswith("arn:") or all((*secret.split(":"), len(secret.split(":")) == 7))
        ):
            keys = {"SECRET_NAME": secret}
        case {"apiKey": key, "apiSecret": secret} if key and secret:
            keys = {"API_KEY": key, "API_SECRET": secret}
        case _:
            raise Refused("the credentials are missing or malformed")
    mode = config["failureMode"] or "BEST_EFFORT"
    return {"APP_ID": config["appId"], "FAILURE_MODE": mode, **keys}


def metadata(table):
    found = {
        "type": "dynamodb",
        "tableName": table["name"],
        "partitionKey": table["partitionKey"]["name"],
        "sortKey": (table["sortKey"] or {}).get("name"),
        "globalSecondaryIndexes": [index(one) for one in table["globalIndexes"]],
        "localSecondaryIndexes": [index(one) for one in table["localIndexes"]],
        "ttlAttribute": table["ttlAttribute"],
        "streamEnabled": table["stream"] is not None,
        "streamViewType": table["stream"],
        "billingMode": table["billing"],
        "encryptionKeyArn": table["keyArn"],
    }
    return {name: value for name, value in found.items() if value not in (None, [])}


def index(one):
    found = {
        "indexName": one["name"],
        "partitionKey": (one["partitionKey"] or {}).get("name"),
        "sortKey": (one["sortKey"] or {}).get("name"),
        "projectionType": one["projection"],
        "nonKeyAttributes": one["nonKeyAttributes"],
    }
    return {name: value for name, value in found.items() if value not in (None, [])}


def written(project, stack, snapshot, environment):
    """Writes a snapshot and its bundle; what is to be deployed for it."""
    default = pathlib.Path.home() / ".chaim/cache/snapshots"
    base = pathlib.Path(os.environ.get("CHAIM_SNAPSHOT_DIR") or default)
    text = json.dumps(snapshot)
    name, resource = snapshot["stackName"], snapshot["resourceId"]
    folder = base / "aws" / snapshot["accountId"] / snapshot["region"] / name / "dynamodb"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{resource}.json").write_text(text, encoding="utf-8")
    bundle = project / "cdk.out/chaim/assets" / name / resource
    bundle.mkdir(parents=True, exist_ok=True)
    (bundle / "snapshot.json").write_text(text, encoding="utf-8")
    shutil.copy(project / "main.py", bundle / "main.py")
    return {
        "id": resource,
        "stack": stack["id"],
        "bundle": str(bundle),
        "handler": "python:main.py:lambda_handler",
        "environment": environment,
    }


if __name__ == "__main__":
    main()
