"""Hand-made transcripts of synths: what a perfect binder would leave behind, for tests to bend."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from chaim_conformance.checks.binder import BINDER_CHECKS
from chaim_conformance.checks.binder.bound import said
from chaim_conformance.checks.binder.expected import Expected, expected, stack_name
from chaim_conformance.scenario import Attempt, Bundle, Operation, Scenario
from chaim_conformance.synth_scenario import (
    KEY_ARN,
    App,
    Binding,
    Index,
    Schema,
    Synth,
    SynthScenario,
    SynthStack,
    Table,
)
from chaim_conformance.synth_transcript import (
    DescribedTable,
    Planned,
    Publication,
    SeenFile,
    SeenStack,
    SynthRecord,
    SynthTranscript,
)
from chaim_conformance.verdict import Blocked, Finding, Upheld, Violation
from tests.checks import transcripts

Document = dict[str, Any]
Edit = Callable[[Document], Document]

USER: Document = {
    "schemaVersion": 1.0,
    "entityName": "User",
    "description": "canary000001 users",
    "primaryKey": {"partitionKey": "userId"},
    "fields": [
        {"name": "userId", "type": "string", "required": True},
        {"name": "canary000002Mail", "type": "string", "default": "canary000003"},
    ],
}
ORDER: Document = {
    **USER,
    "entityName": "Order",
    "description": "canary000004 orders",
    "primaryKey": {"partitionKey": "orderId"},
    "fields": [{"name": "orderId", "type": "string"}, {"name": "total", "type": "number"}],
}
FUNCTION, ROLE = "Handler", "HandlerRole"
PARTITION = {"Ref": "AWS::Partition"}
BASIC = {
    "Fn::Join": [
        "",
        ["arn:", PARTITION, ":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
    ]
}


def schema(document: Document = USER) -> Schema:
    return Schema(file=f"{document['entityName'].lower()}.bprint", text=json.dumps(document))


def app(
    *tables: Table, documents: tuple[Document, ...] = (USER,), stack: str = "Stack", **more: Any
) -> App:
    """An app of one stack that binds each document to the first table, or each to its own."""
    bound = tuple(
        Binding(
            id=f"{document['entityName']}Binding",
            schema=schema(document),
            table=number if number < len(tables) else 0,
        )
        for number, document in enumerate(documents)
    )
    of_stack = {key: more.pop(key) for key in ("name", "stage", "account", "region") if key in more}
    made = SynthStack(id=stack, tables=tables or (Table(),), bindings=bound, **of_stack)
    return App(stacks=(made,), **more)


def perfect(*apps: App, form: str = "1.0", synths: tuple[Synth, ...] = ()) -> SynthTranscript:
    """What a binder without fault leaves after a synth of each app, in one process each."""
    every = synths or tuple(Synth(app=number, process=number) for number in range(len(apps)))
    scenario = SynthScenario(apps=apps, synths=every)
    records = tuple(
        record(scenario.apps[one.app], form, number=number, synth=one)
        for number, one in enumerate(every)
    )
    return SynthTranscript(
        scenario=scenario,
        capabilities=("core", "aws-cdk"),
        records=records,
        secret=transcripts.KEYS,
    )


def record(of: App, form: str, *, number: int, synth: Synth) -> SynthRecord:
    bindings = expected(of)
    moment = f"2026-01-15T14:30:0{number}Z"
    made = {one: _file(one, form, moment) for one in bindings}
    return SynthRecord(
        number=number,
        synth=synth,
        outcome="synthesized",
        base="/snapshots",
        local=tuple(SeenFile(path=_local_path(one), content=made[one]) for one in bindings),
        assets=tuple(
            SeenFile(path=f"{one.stack_name}/{one.resource_id}/{name}", content=content)
            for one in bindings
            for name, content in (("snapshot.json", made[one]), ("index.js", b"exports"))
        ),
        stacks=tuple(_stack(stack, bindings) for stack in of.stacks),
        publications=tuple(_publication(one, made[one], of, synth) for one in bindings),
        tables=tuple(
            described(stack, table)
            for stack in of.stacks
            for table in stack.tables
            if table.construct != "imported"
        ),
    )


def _local_path(one: Expected) -> str:
    where = ("aws", one.account, one.region, one.stack_name, "dynamodb", one.resource_id)
    return "/".join(where) + ".json"


def _file(one: Expected, form: str, moment: str) -> bytes:
    document = (nested if form == "3.0" else flat)(one)
    return json.dumps({**document, "capturedAt": moment}).encode()


def metadata(table: Table) -> Document:
    """The metadata of a table, without a word too much."""
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


def flat(one: Expected) -> Document:
    return {
        "schemaVersion": "1.0",
        "action": "UPSERT",
        "provider": "aws",
        "accountId": one.account,
        "region": one.region,
        "stackName": one.stack_name,
        "appId": one.config.app_id,
        "datastoreType": "dynamodb",
        "resourceId": one.resource_id,
        "schema": one.document,
        "dataStore": {"type": "dynamodb", **metadata(one.table)},
    }


def nested(one: Expected) -> Document:
    named = one.table.name is not None
    strategy, name = (
        ("tableName", one.table.name) if named else ("logicalId", logical_id(one.table))
    )
    key = f"dynamodb:{strategy}:{name}"
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
            "stableResourceKeyStrategy": strategy,
            "stableResourceKey": key,
            "resourceId": one.resource_id,
            "entityId": f"{one.config.app_id}:{one.entity}",
            "bindingId": f"{one.config.app_id}:{key}:{one.entity}",
        },
        "resolution": {"mode": "static", "hasTokens": False},
        "schema": one.document,
        "resource": {
            "type": "dynamodb",
            "kind": "table",
            "id": one.table.id,
            "name": one.resource_name,
            "region": one.region,
            **metadata(one.table),
        },
        "producer": {"component": "binder", "version": "0.1.0", "runtime": "nodejs20"},
    }


def logical_id(table: Table) -> str:
    return "".join((*table.scopes, table.id)) + "1A2B3C4D"


def _stack(stack: SynthStack, bindings: tuple[Expected, ...]) -> SeenStack:
    resources: Document = {}
    for table in stack.tables:
        if table.construct != "imported":
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
    name = one.binding.id
    path = "/".join((one.stack.id, *one.binding.scopes, name))
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


def _publication(one: Expected, snapshot: bytes, of: App, synth: Synth) -> Publication:
    credentials = one.config.credentials
    content = json.dumps(said(json.loads(snapshot))).encode()
    url = dict(of.context).get("chaimApiBaseUrl") or synth.base_url or "https://ingest.chaim.co"
    secret = {"SECRET_NAME": credentials.secret}
    keys = {"API_KEY": credentials.api_key, "API_SECRET": credentials.api_secret}
    return Publication(
        stack=one.stack_name,
        logical_id=one.binding.id,
        properties={
            "ServiceToken": {"Fn::GetAtt": [f"{one.binding.id}Framework", "Arn"]},
            "ResourceId": one.resource_id,
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
        function=f"{one.binding.id}{FUNCTION}",
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


# Bending


def bend(t: SynthTranscript, **fields: Any) -> SynthTranscript:
    """The transcript with other fields in its last synth."""
    return replace(t, records=(*t.records[:-1], replace(t.records[-1], **fields)))


def edited(file: SeenFile, edit: Edit) -> SeenFile:
    return replace(file, content=json.dumps(edit(json.loads(file.content))).encode())


def edit_snapshot(t: SynthTranscript, edit: Edit, position: int = 0) -> SynthTranscript:
    """The transcript with one snapshot of the last synth changed, LOCAL and bundled."""
    synth = t.records[-1]
    old = synth.local[position].content

    def files(some: tuple[SeenFile, ...]) -> tuple[SeenFile, ...]:
        return tuple(edited(one, edit) if one.content == old else one for one in some)

    return bend(
        t,
        local=files(synth.local),
        assets=files(synth.assets),
        publications=tuple(replace(p, files=files(p.files)) for p in synth.publications),
    )


def edit_local(t: SynthTranscript, edit: Edit) -> SynthTranscript:
    """The transcript with the first LOCAL snapshot of the last synth changed, and no bundle."""
    first, *others = t.records[-1].local
    return bend(t, local=(edited(first, edit), *others))


def edit_metadata(t: SynthTranscript, **fields: Any) -> SynthTranscript:
    """The transcript with other metadata in its last snapshot; ``None`` takes a field out."""

    def edit(document: Document) -> Document:
        name = "resource" if "snapshotVersion" in document else "dataStore"
        changed = {**document[name], **fields}
        return {**document, name: {k: v for k, v in changed.items() if v is not None}}

    return edit_snapshot(t, edit)


def edit_publication(t: SynthTranscript, **fields: Any) -> SynthTranscript:
    """The transcript with the first publication of its last synth changed."""
    first, *others = t.records[-1].publications
    return bend(t, publications=(replace(first, **fields), *others))


def edit_resource(t: SynthTranscript, logical_id: str, resource: Document) -> SynthTranscript:
    """The transcript with one resource of its last synth's first stack changed, or added."""
    first, *others = t.records[-1].stacks
    resources = {**first.template["Resources"], logical_id: resource}
    return bend(t, stacks=(replace(first, template={"Resources": resources}), *others))


def deployed(t: SynthTranscript) -> SynthTranscript:
    """The transcript with the life of its last synth's publications, from Create to Delete."""
    synth = t.records[-1]
    bundles = tuple(
        Bundle(snapshot=p.snapshot.content.decode(), app_id="my-app")
        for p in synth.publications
        if p.snapshot is not None
    )
    kinds = ("Create", "Delete")
    planned = tuple(
        Planned(synth=synth.number, stack=p.stack, logical_id=p.logical_id, request_type=kind)
        for kind in kinds
        for p in synth.publications
    )
    operations = tuple(
        Operation(request_type=kind, bundle=number, attempts=(Attempt(),))
        for kind in kinds
        for number in range(len(bundles))
    )
    life = transcripts.perfect(Scenario(bundles=bundles, operations=operations))
    scenario = replace(t.scenario, deploys=True)
    return replace(t, scenario=scenario, deployment=life, planned=planned)


def judged(clause: str, t: SynthTranscript) -> list[Finding]:
    return list(BINDER_CHECKS[clause](t))


def verdict(clause: str, t: SynthTranscript) -> str:
    """``pass``, ``fail``, ``blocked by …``, or ``nothing`` where it was not put to the test."""
    findings = judged(clause, t)
    if any(isinstance(finding, Violation) for finding in findings):
        return "fail"
    blocked = [finding.by for finding in findings if isinstance(finding, Blocked)]
    if blocked:
        return f"blocked by {blocked[0]}"
    return "pass" if any(isinstance(finding, Upheld) for finding in findings) else "nothing"


def failures(t: SynthTranscript) -> set[str]:
    """The clauses that this transcript violates."""
    return {clause for clause in BINDER_CHECKS if verdict(clause, t) == "fail"}


def complaint(clause: str, t: SynthTranscript) -> Violation:
    """The first violation of a clause."""
    return next(one for one in judged(clause, t) if isinstance(one, Violation))
