"""Drives the binder for the conformance kit: a Pulumi program for each app that it is asked for.

It speaks the kit's protocol of binders, one JSON object a line. What it declares of an app is what
an author would write; the provider under test is ``chaim_pulumi``, and the engine is stood in for.
"""

import contextlib
import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import engine
import pulumi_aws as aws
from chaim_pulumi import BindingConfig, BindingError, ChaimTableBinding, Keys, Secret, watch

# An app is one Pulumi program, so one stack; a name in it stands once, whatever is around it.
STARTED = {
    "protocol": "1.0",
    "capabilities": ["core"],
    "formats": ["3.0"],
    "constructs": ["Table"],
    "features": ["stack-names", "unknown-environment", "context"],
}
PUBLICATION = "pulumi-python:dynamic:Resource"
COMMAND = "command:python3 publish.py"

Json = Mapping[str, Any]


def main(requests: Iterable[str], answers: TextIO) -> None:
    """Answers until it is told to stop."""
    project = Path()
    for line in requests:
        request = json.loads(line)
        match request["request"]:
            case "start":
                project, answer = Path(request["directory"]), STARTED
            case "synth":
                answer = {"id": request["id"], **_synthesized(request["app"], project)}
            case _:
                return
        print(json.dumps(answer), file=answers, flush=True)


def _synthesized(app: Json, project: Path) -> Json:
    """What comes of a preview: what would be published, or why there is nothing."""
    (stack,) = app["stacks"]
    name = stack["name"] or stack["id"]
    project_name, stack_name = _pulumi_names(name)
    try:
        run = engine.run(
            lambda: _declare(stack, app["configs"]),
            project=project_name,
            stack=stack_name,
            config=dict(_configuration(stack, app["context"])),
            directory=project,
        )
    except BindingError as error:
        return {"error": {"where": "binding", "type": "BindingError", "message": str(error)}}
    return {"publications": [_publication(one, name) for one in _published(run)]}


def _pulumi_names(deployed: str) -> tuple[str, str]:
    """The names of a project and a stack that is deployed under this name."""
    project, _, stack = deployed.partition("-")
    return (project, stack) if project and stack else (deployed, deployed)


def _configuration(stack: Json, context: Json) -> Iterator[tuple[str, str]]:
    if stack["region"]:
        yield "aws:region", stack["region"]
    if stack["account"]:
        yield "aws:allowedAccountIds", json.dumps([stack["account"]])
    if base_url := context.get("chaimApiBaseUrl"):
        yield "chaim:apiBaseUrl", base_url


def _declare(stack: Json, configs: list[Json]) -> None:
    """The program."""
    watch()
    tables = [_table(one) for one in stack["tables"]]
    # One object for each number, so that what is equal by value is told from what is the same.
    made = [_config(one) for one in configs]
    # Neighbours with a table and a configuration in common are one component's.
    for (table, config), bindings in itertools.groupby(
        stack["bindings"], key=lambda one: (one["table"], one["config"])
    ):
        some = list(bindings)
        ChaimTableBinding(
            some[0]["id"],
            table=tables[table],
            schemas=[one["schema"] for one in some],
            config=made[config],
        )


def _config(config: Json) -> BindingConfig:
    credentials: Secret | Keys | None = None
    match config["credentials"]:
        case {"secret": reference}:
            credentials = Secret(reference)
        case {"apiKey": key, "apiSecret": secret}:
            credentials = Keys(key, secret)
    mode = config["failureMode"]
    return (
        BindingConfig(config["appId"], credentials, mode)
        if mode
        else BindingConfig(config["appId"], credentials)
    )


def _table(table: Json) -> aws.dynamodb.Table:
    """A table, and what belongs to it."""
    keys = [table["partitionKey"], table["sortKey"]]
    indexes = [*table["globalIndexes"], *table["localIndexes"]]
    keys += [index[key] for index in indexes for key in ("partitionKey", "sortKey")]
    types = {key["name"]: key["type"] for key in keys if key}
    capacity = 5 if table["billing"] == "PROVISIONED" else None
    made = aws.dynamodb.Table(
        table["id"],
        name=table["name"],
        hash_key=table["partitionKey"]["name"],
        range_key=_name(table["sortKey"]),
        attributes=[
            aws.dynamodb.TableAttributeArgs(name=name, type=kind) for name, kind in types.items()
        ],
        billing_mode=table["billing"],
        read_capacity=capacity,
        write_capacity=capacity,
        global_secondary_indexes=[_global(one, capacity) for one in table["globalIndexes"]] or None,
        local_secondary_indexes=[_local(one) for one in table["localIndexes"]] or None,
        ttl=aws.dynamodb.TableTtlArgs(attribute_name=table["ttlAttribute"], enabled=True)
        if table["ttlAttribute"]
        else None,
        stream_enabled=True if table["stream"] else None,
        stream_view_type=table["stream"],
        server_side_encryption=_encryption(table),
        point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(
            enabled=table["pointInTimeRecovery"]
        ),
        deletion_protection_enabled=table["deletionProtection"],
        table_class="STANDARD_INFREQUENT_ACCESS" if table["infrequentAccess"] else None,
        tags=table["tags"],
    )
    if table["contributorInsights"]:
        aws.dynamodb.ContributorInsights(f"{table['id']}-insights", table_name=made.name)
    return made


def _global(index: Json, capacity: int | None) -> aws.dynamodb.TableGlobalSecondaryIndexArgs:
    keys = (("HASH", index["partitionKey"]), ("RANGE", index["sortKey"]))
    return aws.dynamodb.TableGlobalSecondaryIndexArgs(
        name=index["name"],
        key_schemas=[
            aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(
                attribute_name=key["name"], key_type=kind
            )
            for kind, key in keys
            if key
        ],
        projection_type=index["projection"],
        non_key_attributes=index["nonKeyAttributes"] or None,
        read_capacity=capacity,
        write_capacity=capacity,
    )


def _local(index: Json) -> aws.dynamodb.TableLocalSecondaryIndexArgs:
    return aws.dynamodb.TableLocalSecondaryIndexArgs(
        name=index["name"],
        range_key=index["sortKey"]["name"],
        projection_type=index["projection"],
        non_key_attributes=index["nonKeyAttributes"] or None,
    )


def _encryption(table: Json) -> aws.dynamodb.TableServerSideEncryptionArgs | None:
    match table["encryption"]:
        case "managed":
            return aws.dynamodb.TableServerSideEncryptionArgs(enabled=True)
        case "customer":
            key = aws.kms.Key(f"{table['id']}-key")
            return aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=key.arn)
        case "customer-arn":
            return aws.dynamodb.TableServerSideEncryptionArgs(
                enabled=True, kms_key_arn=table["keyArn"]
            )
        case _:
            return None


def _name(key: Json | None) -> str | None:
    return None if key is None else str(key["name"])


def _published(run: engine.Run) -> Iterator[tuple[str, Json]]:
    for one in sorted(run.resources, key=lambda one: one.name):
        if one.type == PUBLICATION and "bundle" in one.inputs:
            yield one.name, one.inputs


def _publication(published: tuple[str, Json], stack: str) -> Json:
    """What is deployed for an entity; a resource that Pulumi would replace is another one."""
    name, inputs = published
    return {
        "id": f"{name}/{inputs['resource_id']}",
        "stack": stack,
        "bundle": inputs["bundle"],
        "handler": COMMAND,
        "environment": inputs["environment"],
    }


if __name__ == "__main__":
    # What programs print, and Pulumi, is no answer.
    with contextlib.redirect_stdout(sys.stderr):
        main(sys.stdin, sys.__stdout__ or sys.stdout)
