"""What an app has to keep that CDK, AWS and a conformant binder accept: a reading of its own."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator

from chaim_conformance import contract
from chaim_conformance.synth_scenario import App, Config, Schema, SynthStack
from tests.bprint_rules import broken_beyond

STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
PARTITIONS = {"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}


def deployed_name(stack: SynthStack) -> str:
    return stack.name or "-".join(filter(None, (stack.stage, stack.id)))


def siblings(stack: SynthStack) -> Iterator[tuple[tuple[str, ...], str]]:
    """Scope and id of everything that a stack's author makes, the scopes themselves once."""
    of_scopes = set()
    for one in (*stack.tables, *stack.bindings):
        yield one.scopes, one.id
        for depth in range(len(one.scopes)):
            of_scopes.add((one.scopes[:depth], one.scopes[depth]))
    yield from of_scopes


def objections(app: App) -> Iterator[str]:
    """What speaks against it."""
    for what, values in {
        "a stack's name twice": [deployed_name(stack) for stack in app.stacks],
        "a stack's id twice": [(stack.stage, stack.id) for stack in app.stacks],
        "a table's name twice": [
            (stack.account, stack.region, table.name)
            for stack in app.stacks
            for table in stack.tables
            if table.name
        ],
        **{
            f"two constructs of one id in {stack.id}": list(siblings(stack)) for stack in app.stacks
        },
        "an entity twice on a table": [
            (number if b.table_of is None else b.table_of, b.table, entity(b.schema))
            for number, stack in enumerate(app.stacks)
            for b in stack.bindings
        ],
    }.items():
        if any(count > 1 for count in Counter(values).values()):
            yield what
    if not all(STACK_NAME.fullmatch(deployed_name(stack)) for stack in app.stacks):
        yield "a stack's name"
    yield from _of_bindings(app)
    yield from _of_schemas(app)


def entity(schema: Schema) -> str:
    return str(json.loads(schema.text or "")["entityName"])


def _of_bindings(app: App) -> Iterator[str]:
    configs: dict[tuple[int, int], Config] = {}
    for number, stack in enumerate(app.stacks):
        for binding in stack.bindings:
            of = number if binding.table_of is None else binding.table_of
            other = app.stacks[of]
            if (other.stage, other.account, other.region) != (
                stack.stage,
                stack.account,
                stack.region,
            ):
                yield "a table bound across environments or Stages"
            config = app.configs[binding.config]
            first = configs.setdefault((of, binding.table), config)
            if (first.app_id, first.credentials) != (config.app_id, config.credentials):
                yield "two applications on a table"
            if not config.app_id or config.credentials.kind == "none":
                yield "a configuration"
            secret = config.credentials.secret
            partition = PARTITIONS.get(stack.region or "", "aws")
            if secret.startswith("arn:") and not re.fullmatch(
                rf"arn:{partition}:secretsmanager:[a-z0-9-]+:\d{{12}}:secret:[\w/+=.@-]+-\w{{6}}",
                secret,
            ):
                yield "a secret's ARN"
            table = other.tables[binding.table]
            longest = f"{table.name or table.id}__{entity(binding.schema)}__99.json"
            if len(longest.encode()) > 255 or re.search(r"[/\\\0]|\.\.", longest):
                yield "a file's name"
        for table in stack.tables:
            if table.encryption == "customer-arn" and (stack.account, stack.region) != (
                "123456789012",
                "us-east-1",
            ):
                yield "a key of another region"


def _of_schemas(app: App) -> Iterator[str]:
    texts = {b.schema.file: b.schema.text or "" for stack in app.stacks for b in stack.bindings}
    for file, text in texts.items():
        document = json.loads(text)
        if not file.endswith(".bprint") or file.startswith("/"):
            yield "a schema's path"
        if "primaryKey" in document and (
            not contract.validator("bprint").is_valid(document) or list(broken_beyond(document))
        ):
            yield "a schema"
        canary = document["description"][:12]
        if not re.fullmatch("canary[0-9a-z]{6}", canary):
            yield "a description without a canary"
        if sum(canary in other for other in texts.values()) != 1:
            yield "a canary in two files"
