"""Tables of a Terraform plan or state, as ``terraform show -json`` prints it.

What a plan knows only after apply is left out of its values and marked beside them; so is what a
program does not configure and the provider computes, which then is what DynamoDB has by default.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from chaim_conformance.table_sources.document import Node, Unknown
from chaim_conformance.table_sources.provider_shape import read_table
from chaim_conformance.table_sources.reading import Gaps, Reading, ReadTable

TABLE = "aws_dynamodb_table"
# Tables all the same, in another form.
OTHER_KINDS = ("aws_dynamodb_global_table", "awscc_dynamodb_table", "awscc_dynamodb_global_table")
LOOKED_UP = ": a table of somebody else's, which is only looked up"
ENCRYPTION, KEY = "server_side_encryption", "kms_key_arn"
AFTER_APPLY = Unknown("known only after apply")
_KEYS = re.compile(r'\[(?:"(?:[^"\\]|\\.)*"|\d+)\]')


def is_plan_or_state(document: Any) -> bool:
    """Whether this looks like what ``terraform show -json`` prints."""
    return isinstance(document, dict) and (
        "planned_values" in document or ("values" in document and ("terraform_version" in document))
    )


def read_plan(document: Any) -> Reading:
    """Every table of the plan, or of the state; their addresses are Terraform's."""
    whole = Node(document)
    values = whole["planned_values"] or whole["values"]
    unknown = dict(_unknown(whole))
    configured = dict(_configured(whole["configuration"]["root_module"], ""))
    tables, notes = [], []
    for resource in _resources(values["root_module"]):
        kind = resource["type"].needed()
        address = resource["address"].needed()
        if kind in OTHER_KINDS:
            notes.append(f"{address}: a table in a form that is not read; expected {TABLE}")
        elif kind == TABLE and resource["mode"].text() == "data":
            notes.append(f"{address}{LOOKED_UP}")
        elif kind == TABLE:
            marks = unknown.get(address)
            tables.append(_table(address, resource, marks, configured.get(_bare(address))))
    # What a plan has looked up stands apart from what it plans.
    for resource in _resources(whole["prior_state"]["values"]["root_module"]):
        if (resource["type"].value, resource["mode"].value) == (TABLE, "data"):
            notes.append(f"{resource['address'].needed()}{LOOKED_UP}")
    return Reading(tables=tuple(tables), notes=tuple(notes))


def _table(
    address: str, resource: Node, marks: Any, expressions: Mapping[str, Any] | None
) -> ReadTable:
    said = resource["values"]
    if isinstance(marks, dict) and expressions is not None:
        marks = {name: mark for name, mark in marks.items() if name in expressions}
    gaps = Gaps()
    values = _marked(said.value, marks)
    if expressions is not None:
        values = _asked_for(values, expressions)
    elif _names_a_key(values):
        gaps.notes.append(
            "encryption: whether its key is the account's managed one, values alone do not tell;"
            " it is taken for a customer's"
        )
    return read_table(address, resource["name"].needed(), Node(values, said.steps), str, gaps)


def _names_a_key(values: Any) -> bool:
    """Whether a key is named by its ARN, as it also is where AWS manages it, once it is there."""
    blocks = values.get(ENCRYPTION) if isinstance(values, dict) else None
    return isinstance(blocks, list) and any(
        isinstance(one, dict) and isinstance(one.get(KEY), str) and one[KEY] for one in blocks
    )


def _asked_for(values: Any, expressions: Mapping[str, Any]) -> Any:
    """The values without a key that the program does not name."""
    written = expressions.get(ENCRYPTION)
    named = isinstance(written, list) and any(
        isinstance(one, dict) and KEY in one for one in written
    )
    if named or not _names_a_key(values):
        return values
    return {**values, ENCRYPTION: [{**one, KEY: None} for one in values[ENCRYPTION]]}


def _resources(module: Node) -> Iterator[Node]:
    yield from module["resources"].items()
    for child in module["child_modules"].items():
        yield from _resources(child)


def _unknown(whole: Node) -> Iterator[tuple[str, Any]]:
    """What of each resource is known only after apply, in the form of its values."""
    for change in whole["resource_changes"].items():
        yield change["address"].needed(), change["change"]["after_unknown"].value


def _configured(module: Node, prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Which attributes the program gives, by address without keys of ``for_each``."""
    for resource in module["resources"].items():
        expressions = resource["expressions"].value
        if isinstance(expressions, dict):
            yield prefix + resource["address"].needed(), expressions
    for name, call in module["module_calls"].members():
        yield from _configured(call["module"], f"{prefix}module.{name}.")


def _bare(address: str) -> str:
    return _KEYS.sub("", address)


def _marked(value: Any, mark: Any) -> Any:
    """The value, with what is not known in its place."""
    if mark is True:
        return AFTER_APPLY
    if isinstance(mark, dict):
        given = value if isinstance(value, dict) else {}
        names = dict.fromkeys((*given, *mark))
        return {name: _marked(given.get(name), mark.get(name)) for name in names}
    if isinstance(mark, list) and isinstance(value, list):
        marks = [*mark, *(None for _ in value[len(mark) :])]
        return [_marked(one, marks[place]) for place, one in enumerate(value)]
    return value
