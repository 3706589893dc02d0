"""Hand-made transcripts of synths: what a perfect binder would leave behind, for tests to bend."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from chaim_conformance.checks.binder.bound import said
from chaim_conformance.checks.binder.expected import Expected, expected, stack_name
from chaim_conformance.checks.binder.grounds import must_refuse
from chaim_conformance.synth_scenario import (
    KEY_ARN,
    App,
    Index,
    Synth,
    SynthScenario,
    SynthStack,
    Table,
)
from chaim_conformance.synth_transcript import (
    DescribedTable,
    Publication,
    Refusal,
    SeenFile,
    SeenStack,
    SynthRecord,
    SynthTranscript,
)
from tests.checks import transcripts

Document = dict[str, Any]

FUNCTION, ROLE = "Handler", "HandlerRole"
PARTITION = {"Ref": "AWS::Partition"}
BASIC = {
    "Fn::Join": [
        "",
        ["arn:", PARTITION, ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
    ]
}


def synthesized(scenario: SynthScenario, form: str = "1.0") -> SynthTranscript:
    """The transcript of a binder that makes no mistake."""
    records: list[SynthRecord] = []
    for number, synth in enumerate(scenario.synths):
        of = scenario.apps[synth.app]
        before = records[-1] if records else None
        made = _refused(of, number, synth) if must_refuse(of) else _record(of, number, synth, form)
        records.append(made if before is None else _after(before, made))
    return SynthTranscript(
        scenario=scenario,
        capabilities=("core", "aws-cdk"),
        records=tuple(records),
        secret=transcripts.KEYS,
    )


def _refused(of: App, number: int, synth: Synth) -> SynthRecord:
    first = expected(of)[0]
    message = f"{first.binding.schema.file}: not found"
    return SynthRecord(
        number=number,
        synth=synth,
        outcome="refused",
        refusal=Refusal(where="binding", type="Error", message=message, binding=first.binding.id),
    )


def _after(before: SynthRecord, made: SynthRecord) -> SynthRecord:
    """The synth with what the one before it left: bundles lie on, snapshots where it failed."""
    paths = {file.path for file in made.assets}
    kept = tuple(file for file in before.assets if file.path not in paths)
    local = before.local if made.outcome == "refused" else made.local
    return replace(made, local=local, assets=(*kept, *made.assets))


def resource_ids(of: App) -> dict[Expected, str]:
    """The resourceId of each binding, numbered where two tables would have one."""
    found: dict[Expected, str] = {}
    for one in expected(of):
        taken = {name for other, name in found.items() if other.stack == one.stack}
        names = (one.resource_id, *(f"{one.resource_id}__{n}" for n in range(2, 9)))
        found[one] = next(name for name in names if name not in taken)
    return found


def _record(of: App, number: int, synth: Synth, form: str) -> SynthRecord:
    ids = resource_ids(of)
    moment = f"2026-01-15T14:30:0{number}Z"
    made = {one: _file(one, name, form, moment) for one, name in ids.items()}
    return SynthRecord(
        number=number,
        synth=synth,
        outcome="synthesized",
        base="/sandbox/snapshots",
        local=tuple(
            SeenFile(path=_local_path(one, name), content=made[one]) for one, name in ids.items()
        ),
        assets=tuple(
            SeenFile(path=f"{one.stack_name}/{resource}/{name}", content=content)
            for one, resource in ids.items()
            for name, content in (("snapshot.json", made[one]), ("index.js", b"exports"))
        ),
        stacks=tuple(_stack(stack, tuple(ids)) for stack in of.stacks),
        publications=tuple(
            _publication(one, name, made[one], of, synth) for one, name in ids.items()
        ),
        tables=tuple(
            described(stack, table)
            for stack in of.stacks
            for table in stack.tables
            if table.construct != "imported" and table.is_table
        ),
    )


def _local_path(one: Expected, name: str) -> str:
    return "/".join(("aws", one.account, one.region, one.stack_name, one.datastore, f"{name}.json"))


def _file(one: Expected, name: str, form: str, moment: str) -> bytes:
    document = (nested if form == "3.0" else flat)(one, name)
    return json.dumps({**document, "capturedAt": moment}).encode()


def metadata(table: Table) -> Document:
    """The metadata of a table, or of a resource of another kind, without a word too much."""
    if not table.is_table:
        return dict(table.properties)
    known = {"tableName": table.name} if table.name else {}
    if table.construct == "imported":
        return known
    return {
        **known,
        "partitionKey": table.partition_key.name,
        **({"sortKey": table.sort_key.name} if table.sort_key else {}),
        "globalSecondaryIndexes": [_index(index) for index in table.global_indexes],
        "localSecondaryIndexes": [_index(index) for index in table.local_indexes],
        **({"ttlAttribute": table.ttl_attribute} if table.ttl_attribute else {}),
        "streamEnabled": table.stream is not None,
        **({"streamViewType": table.stream} if table.stream else {}),
        "billingMode": table.billing,
        **({"encryptionKeyArn": KEY_ARN} if table.encryption == "customer-arn" else {}),
    }


def _index(index: Index) -> Document:
    keys = {"partitionKey": index.partition_key, "sortKey": index.sort_key}
    return {
        "indexName": index.name,
        **{role: key.name for role, key in keys.items() if key},
        "projectionType": index.projection,
        **(
            {"nonKeyAttributes": list(index.non_key_attributes)} if index.non_key_attributes else {}
        ),
    }


def stable_key(one: Expected) -> str:
    """The table's key: by its physical name, else by its logical id."""
    named = f"tableName:{one.table.name}" if one.table.name else None
    return f"{one.datastore}:{named or f'logicalId:{logical_id(one.table)}'}"


def flat(one: Expected, name: str) -> Document:
    """A snapshot of format 1.0."""
    return {
        "schemaVersion": "1.0",
        "action": "UPSERT",
        "provider": "aws",
        "accountId": one.account,
        "region": one.region,
        "stackName": one.stack_name,
        "appId": one.config.app_id,
        "datastoreType": one.datastore,
        "resourceId": name,
        "identity": {"stableResourceKey": stable_key(one)},
        "schema": one.document,
        "dataStore": {"type": one.datastore, **metadata(one.table)},
        "x-extra": {"more": 1},
    }


def nested(one: Expected, name: str) -> Document:
    """A snapshot of format 3.0."""
    key = stable_key(one)
    return {
        "snapshotVersion": "3.0",
        "action": "UPSERT",
        "providerIdentity": {
            "cloud": "aws",
            "accountId": one.account,
            "region": one.region,
            "deploymentSystem": "cloudformation",
            "deploymentId": one.stack_name,
        },
        "identity": {
            "appId": one.config.app_id,
            "entityName": one.entity,
            "stableResourceKeyStrategy": key.split(":")[1],
            "stableResourceKey": key,
            "resourceId": name,
            "entityId": f"{one.config.app_id}:{one.entity}",
            "bindingId": f"{one.config.app_id}:{key}:{one.entity}",
        },
        "resolution": {"mode": "static", "hasTokens": False},
        "schema": one.document,
        "resource": {
            "type": one.datastore,
            "kind": "table" if one.table.is_table else "cluster",
            "id": one.table.id,
            "name": one.resource_name,
            "region": one.region,
            **metadata(one.table),
        },
        "producer": {"component": "binder", "version": "0.1.0", "runtime": "nodejs20"},
    }


def logical_id(table: Table) -> str:
    return "".join((*table.scopes, table.id)) + "1A2B3C4D"


def publication_id(one: Expected) -> str:
    """The logical id of the custom resource that publishes a binding."""
    return "".join((*one.binding.scopes, one.binding.id))


def _stack(stack: SynthStack, bindings: tuple[Expected, ...]) -> SeenStack:
    resources: Document = {}
    for table in stack.tables:
        if not table.is_table:
            resources[logical_id(table)] = {
                "Type": "AWS::Other::Store",
                "Properties": dict(table.properties),
                "Metadata": {"aws:cdk:path": "/".join((stack.id, *table.scopes, table.id))},
            }
        elif table.construct != "imported":
            path = "/".join((stack.id, *table.scopes, table.id, "Resource"))
            resources[logical_id(table)] = {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {"BillingMode": table.billing},
                "Metadata": {"aws:cdk:path": path},
            }
    for one in bindings:
        if one.stack == stack:
            resources |= resources_of(one)
    template = {"Resources": resources}
    return SeenStack(id=stack.id, name=stack_name(stack), template=template)


def resources_of(one: Expected) -> Document:
    """A custom resource, the handler behind it, and the handler's role."""
    name = publication_id(one)
    path = "/".join((one.stack.id, *one.binding.scopes, one.binding.id))
    credentials = one.config.credentials
    made: Document = {
        name: {
            "Type": "Custom::Chaim",
            "Properties": {"ServiceToken": {"Fn::GetAtt": [f"{name}Framework", "Arn"]}},
            "Metadata": {"aws:cdk:path": f"{path}/Publication/Default"},
        },
        f"{name}{FUNCTION}": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Role": {"Fn::GetAtt": [f"{name}{ROLE}", "Arn"]},
                "Environment": {"Variables": {"APP_ID": one.config.app_id}},
            },
        },
        f"{name}{ROLE}": {
            "Type": "AWS::IAM::Role",
            "Properties": {"ManagedPolicyArns": [BASIC]},
        },
    }
    if credentials.kind == "secret":
        made[f"{name}Policy"] = policy(f"{name}{ROLE}", grant(secret_arn(credentials.secret, one)))
    return made


def secret_arn(name: str, one: Expected, suffix: str = "-??????") -> Any:
    """How CDK writes which secret may be read."""
    region = one.stack.region or {"Ref": "AWS::Region"}
    account = one.stack.account or {"Ref": "AWS::AccountId"}
    parts = ["arn:", PARTITION, ":secretsmanager:", region, ":", account, f":secret:{name}{suffix}"]
    return {"Fn::Join": ["", parts]}


def grant(resource: Any, *actions: str) -> Document:
    wanted = actions or ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")
    return {"Effect": "Allow", "Action": list(wanted), "Resource": resource}


def policy(role: str, *statements: Document) -> Document:
    return {
        "Type": "AWS::IAM::Policy",
        "Properties": {
            "PolicyDocument": {"Statement": list(statements), "Version": "2012-10-17"},
            "Roles": [{"Ref": role}],
        },
    }


def _publication(one: Expected, name: str, snapshot: bytes, of: App, synth: Synth) -> Publication:
    credentials = one.config.credentials
    content = json.dumps(said(json.loads(snapshot))).encode()
    url = dict(of.context).get("chaimApiBaseUrl") or synth.base_url or "https://ingest.chaim.co"
    secret = {"SECRET_NAME": credentials.secret}
    keys = {"API_KEY": credentials.api_key, "API_SECRET": credentials.api_secret}
    return Publication(
        stack=one.stack_name,
        logical_id=publication_id(one),
        properties={
            "ServiceToken": {"Fn::GetAtt": [f"{publication_id(one)}Framework", "Arn"]},
            "ResourceId": name,
            "ContentHash": hashlib.sha256(content).hexdigest(),
        },
        environment={
            "APP_ID": one.config.app_id,
            "FAILURE_MODE": one.config.failure_mode or "BEST_EFFORT",
            "CHAIM_API_BASE_URL": url,
            **(secret if credentials.kind == "secret" else keys),
        },
        files=(
            SeenFile(path="snapshot.json", content=snapshot),
            SeenFile(path="index.js", content=b"exports"),
        ),
        function=f"{publication_id(one)}{FUNCTION}",
        handler="node:index.js",
    )


def described(stack: SynthStack, table: Table) -> DescribedTable:
    """The table in the form of DynamoDB's DescribeTable, with a physical name that was made."""

    def keys(partition: Any, sort: Any) -> list[Document]:
        named = (("HASH", partition), ("RANGE", sort))
        return [{"AttributeName": key.name, "KeyType": role} for role, key in named if key]

    def indexes(some: tuple[Index, ...]) -> list[Document]:
        return [
            {
                "IndexName": one.name,
                "KeySchema": keys(one.partition_key or table.partition_key, one.sort_key),
                "Projection": {
                    "ProjectionType": one.projection,
                    "NonKeyAttributes": list(one.non_key_attributes),
                },
            }
            for one in some
        ]

    name = table.name or f"{stack.id}-{table.id}-1A2B3C"
    description: Document = {
        "TableName": name,
        "TableArn": f"arn:aws:dynamodb:{stack.region}:{stack.account}:table/{name}",
        "KeySchema": keys(table.partition_key, table.sort_key),
        "GlobalSecondaryIndexes": indexes(table.global_indexes),
        "LocalSecondaryIndexes": indexes(table.local_indexes),
        "BillingModeSummary": {"BillingMode": table.billing},
    }
    if table.stream:
        description["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": table.stream,
        }
    return DescribedTable(
        stack=stack_name(stack),
        logical_id=logical_id(table),
        description=description,
        ttl_attribute=table.ttl_attribute,
    )
