"""Reads what a plan says of its tables, and nothing that it does not say.

``resource_changes`` is where a plan has both what is known (``change.after``) and what is not
(``change.after_unknown``). A value that is known only after the apply is absent here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from place import Place, PlanError

TABLE = "aws_dynamodb_table"
SUPPORTED = "1."
HOW = "a plan as `terraform show -json PLANFILE` prints it"
UNKNOWN = "unknown"
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")
PROJECTIONS = ("ALL", "KEYS_ONLY", "INCLUDE")
Json = dict[str, Any]


@dataclass(frozen=True)
class PlannedTable:
    """A table as it will be; ``metadata`` holds what is known of it, by the contract's names."""

    address: str
    resource_name: str
    physical_name: str | None
    region: str
    metadata: Json


@dataclass(frozen=True)
class Plan:
    """One plan document; ``account`` and ``region`` are ``unknown`` where it does not say them."""

    top: Place

    @classmethod
    def read(cls, file: Path) -> Plan:
        """The plan in a file."""
        return cls.of(Place.read(file))

    @classmethod
    def of(cls, top: Place) -> Plan:
        """Raises :class:`PlanError` for what is no plan, or one of another kind."""
        version = top.get("format_version") if isinstance(top.value, dict) else None
        if version is None:
            raise top.wrong(f"an object with 'format_version': {HOW}")
        if not version.text.startswith(SUPPORTED):
            raise version.wrong(f"version {SUPPORTED}x")
        if top.get("resource_changes") is None:
            raise PlanError(
                f"{top.file}: the top: no 'resource_changes': that is a state, or a plan without "
                f"resources; expected {HOW}"
            )
        return cls(top)

    @property
    def account(self) -> str:
        """That of ``aws_caller_identity``, where the configuration asks for it."""
        prior = self.top.get("prior_state")
        values = prior and prior.get("values")
        for one in _resources(values["root_module"]) if values else ():
            if one["type"].text == "aws_caller_identity":
                return one["values"]["account_id"].text
        return UNKNOWN

    @property
    def region(self) -> str:
        """The provider's: a constant, or a variable's value.

        A plan does not say whether an expression is the variable or has it in a text, so a value
        that is no region is none.
        """
        aws = self._providers.get("aws")
        expressions = aws and aws.get("expressions")
        region = expressions and expressions.get("region")
        if not region:
            return UNKNOWN
        if constant := region.get("constant_value"):
            return constant.text
        names = [one.text for one in region["references"]]
        value = self._variable(names[0]) if len(names) == 1 else UNKNOWN
        return value if REGION.fullmatch(value) else UNKNOWN

    @property
    def _providers(self) -> dict[str, Place]:
        """AWS's, by the name that the configuration has for each: one, or several in regions."""
        configured = self.top["configuration"].get("provider_config")
        names = configured.value if configured else ()
        found = {name: configured[name] for name in names if configured}
        return {name: one for name, one in found.items() if one["name"].text == "aws"}

    def table(self, address: str) -> PlannedTable:
        """The table at an address; raises :class:`PlanError` where none will be there."""
        tables = {
            one["address"].text: one
            for one in self.top["resource_changes"]
            if one["type"].text == TABLE and one["mode"].text == "managed"
        }
        if address not in tables:
            there = ", ".join(sorted(tables)) or "none"
            raise PlanError(f"{self.top.file}: no table at {address}; tables in this plan: {there}")
        change = tables[address]["change"]
        if change.get("after") is None:
            raise change["actions"].wrong(f"that {address} is there after the apply")
        return self._table(tables[address])

    def _table(self, resource: Place) -> PlannedTable:
        change = resource["change"]
        after, unknown = change["after"], _Marks(change["after_unknown"].value)
        name = unknown.known(after, "name")
        region = unknown.known(after, "region")  # since version 6 of AWS's provider
        default = self.region if len(self._providers) == 1 else UNKNOWN
        index = resource.get("index")
        own = resource["name"].text if index is None else str(index.value)
        return PlannedTable(
            address=resource["address"].text,
            resource_name=name.text if name else own,
            physical_name=name.text if name else None,
            region=region.text if region else default,
            metadata={key: value for key, value in _facts(after, unknown) if value},
        )

    def _variable(self, reference: str) -> str:
        name = reference.removeprefix("var.")
        variables = self.top.get("variables")
        variable = variables.get(name) if variables and name != reference else None
        value = variable and variable.get("value")
        return value.text if value else UNKNOWN


@dataclass(frozen=True)
class _Marks:
    """``after_unknown`` beside ``after``: true at a place is about all below it."""

    marks: Any

    def known(self, owner: Place, key: str) -> Place | None:
        """What is there, if it is known and not null."""
        return None if self.at(key).marks is True else owner.get(key)

    def at(self, key: str | int) -> _Marks:
        """The marks one step below."""
        match self.marks:
            case bool():
                return self
            case dict():
                return _Marks(self.marks.get(key, False))
            case list() if isinstance(key, int) and key < len(self.marks):
                return _Marks(self.marks[key])
            case _:
                return _Marks(False)

    def blocks(self, owner: Place, key: str) -> Iterator[tuple[Place, _Marks]]:
        """The blocks of a kind, each with its marks."""
        found = self.known(owner, key)
        for number, block in enumerate(found or ()):
            if self.at(key).at(number).marks is not True:
                yield block, self.at(key).at(number)


def _resources(module: Place) -> Iterator[Place]:
    """Those of a module and of all modules in it."""
    yield from module.get("resources") or ()
    for child in module.get("child_modules") or ():
        yield from _resources(child)


def _facts(after: Place, unknown: _Marks) -> Iterator[tuple[str, Any]]:
    """What is known of a table; falsy values are no facts."""
    types = {one["name"].text: one["type"].text for one in after["attribute"]}
    yield "partitionKey", _key(after["hash_key"], types)
    yield "sortKey", _sort_key(after, unknown, types)
    yield (
        "globalSecondaryIndexes",
        [
            {"partitionKey": _key(one["hash_key"], types), **_index(one, marks, types)}
            for one, marks in unknown.blocks(after, "global_secondary_index")
        ],
    )
    # These have the table's partition key, and name none.
    yield (
        "localSecondaryIndexes",
        [_index(*one, types) for one in unknown.blocks(after, "local_secondary_index")],
    )
    yield "ttlAttribute", _ttl(after, unknown)
    stream = unknown.known(after, "stream_enabled")
    if stream and stream.flag:
        yield "streamEnabled", True
        view = unknown.known(after, "stream_view_type")
        yield "streamViewType", view and view.text
    for fact, key in (("billingMode", "billing_mode"), ("tableArn", "arn"), ("tableName", "name")):
        found = unknown.known(after, key)
        yield fact, found and found.text
    for one, marks in unknown.blocks(after, "server_side_encryption"):
        enabled, arn = marks.known(one, "enabled"), marks.known(one, "kms_key_arn")
        yield "encryptionKeyArn", enabled and enabled.flag and arn and arn.text


def _key(name: Place, types: dict[str, str]) -> Json:
    if name.text not in types:
        raise name.wrong(f"an attribute that the table declares ({', '.join(sorted(types))})")
    return {"name": name.text, "type": types[name.text]}


def _sort_key(owner: Place, unknown: _Marks, types: dict[str, str]) -> Json | None:
    """That of a table or an index; a plan out of a state may have an empty text for none."""
    name = unknown.known(owner, "range_key")
    return None if name is None or name.value == "" else _key(name, types)


def _index(block: Place, unknown: _Marks, types: dict[str, str]) -> Json:
    """An index, but for its partition key."""
    projection = block["projection_type"]
    if projection.text not in PROJECTIONS:
        raise projection.wrong(" or ".join(PROJECTIONS))
    keys = unknown.known(block, "non_key_attributes")
    found = {
        "indexName": block["name"].text,
        "sortKey": _sort_key(block, unknown, types),
        "projectionType": projection.text,
        "nonKeyAttributes": sorted(one.text for one in keys or ()),
    }
    return {key: value for key, value in found.items() if value}


def _ttl(after: Place, unknown: _Marks) -> str | None:
    """The attribute, if it is known that TTL is on and by which: one that is off stays off."""
    for block, marks in unknown.blocks(after, "ttl"):
        enabled, name = marks.known(block, "enabled"), marks.known(block, "attribute_name")
        if enabled and enabled.flag and name:
            return name.text
    return None
