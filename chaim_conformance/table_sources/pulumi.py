"""Tables of a Pulumi stack, as ``pulumi stack export`` prints it."""

from __future__ import annotations

import json
from typing import Any

from chaim_conformance.table_sources.document import Node, Unknown
from chaim_conformance.table_sources.provider_shape import read_table
from chaim_conformance.table_sources.reading import Gaps, Reading

TABLE = "aws:dynamodb/table:Table"
# Tables all the same, in another form.
OTHER_KINDS = (
    "aws:dynamodb/globalTable:GlobalTable",
    "aws-native:dynamodb:Table",
    "aws-native:dynamodb:GlobalTable",
)
ENCRYPTION = "serverSideEncryption"
# How Pulumi marks what is no plain value.
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
# Blocks that may come several times have names of their own there.
PLURALS = {
    "attribute": "attributes",
    "global_secondary_index": "globalSecondaryIndexes",
    "key_schema": "keySchemas",
    "local_secondary_index": "localSecondaryIndexes",
}


def is_export(document: Any) -> bool:
    """Whether this looks like an exported stack."""
    deployment = document.get("deployment") if isinstance(document, dict) else None
    return isinstance(deployment, dict) and "version" in document


def read_export(document: Any) -> Reading:
    """Every table of the stack; their addresses are the names that the program gives them."""
    tables, notes = [], []
    for resource in Node(document)["deployment"]["resources"].items():
        kind = resource["type"].needed()
        name = resource["urn"].needed().rpartition("::")[2]
        if kind in OTHER_KINDS:
            notes.append(f"{name} ({kind}): a table in a form that is not read; expected {TABLE}")
        elif kind == TABLE and resource["external"].flag():
            notes.append(f"{name}: a table of somebody else's, which is only looked up")
        elif kind == TABLE:
            # Before it is deployed there is nothing but what the program asks for.
            said = resource["outputs"] if resource["outputs"].value else resource["inputs"]
            known = Node(_plain(_declared(said.value, resource["inputs"].value)), said.steps)
            tables.append(read_table(name, name, known, spelled, Gaps()))
    return Reading(tables=tuple(tables), notes=tuple(notes))


def spelled(name: str) -> str:
    """Terraform's name as Pulumi has it: ``hash_key`` is ``hashKey``."""
    first, *rest = PLURALS.get(name, name).split("_")
    return first + "".join(part.capitalize() for part in rest)


def _declared(said: Any, inputs: Any) -> Any:
    """What is said of a table, with its encryption as the program asks for it.

    Once deployed it names the key that AWS manages for the account, as if that were one's own.
    """
    if not isinstance(said, dict) or not isinstance(inputs, dict) or ENCRYPTION not in inputs:
        return said
    return {**said, ENCRYPTION: inputs[ENCRYPTION]}


def _plain(value: Any) -> Any:
    """The value; secrets that are shown are what they are, others not known."""
    if value == UNKNOWN:
        return Unknown("known only after the next update")
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE) != SECRET:
        return {name: _plain(one) for name, one in value.items()}
    try:
        return _plain(json.loads(value["plaintext"]))
    except (KeyError, TypeError, ValueError):
        return Unknown("a secret; `pulumi stack export --show-secrets` has it")
