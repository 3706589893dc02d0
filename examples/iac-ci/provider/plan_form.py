"""Writes plan documents as ``terraform show -json`` prints them, of resources that are described.

Nothing here reads a plan. ``kit_app.py`` makes its documents by it, and ``infra/make_plan.py`` the
one that is checked in, as both have no terraform at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

PROVIDER = "registry.terraform.io/hashicorp/aws"
TERRAFORM = "1.9.8"
Json = dict[str, Any]


class Unknown:
    """Stands for a value that the provider computes at apply."""


COMPUTED = Unknown()


@dataclass(frozen=True)
class Ref:
    """A value taken from elsewhere, known already or not; without names, the provider's default."""

    names: tuple[str, ...]
    value: Any = COMPUTED


@dataclass(frozen=True)
class Resource:
    """One instance; ``values`` holds texts, numbers, lists and blocks, with marks in them."""

    type: str
    name: str
    values: Mapping[str, Any]
    index: str | None = None
    schema_version: int = 0

    @property
    def configured_at(self) -> str:
        """Its address in the configuration, where there are no instances."""
        return f"{self.type}.{self.name}"

    @property
    def address(self) -> str:
        """With the key of ``for_each``, where there is one."""
        if self.index is None:
            return self.configured_at
        quoted = self.index.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.configured_at}["{quoted}"]'

    @property
    def place(self) -> Json:
        """What names it in every section."""
        place = {
            "address": self.address,
            "mode": "managed",
            "type": self.type,
            "name": self.name,
        }
        return place if self.index is None else {**place, "index": self.index}


@dataclass(frozen=True)
class Surroundings:
    """What a plan knows beside its resources; ``account`` comes of ``aws_caller_identity``."""

    region: Any
    account: str | None
    variables: Mapping[str, Any] = field(default_factory=dict)


def document(resources: Iterable[Resource], around: Surroundings) -> Json:
    """A plan that creates all of them."""
    planned = sorted(resources, key=lambda one: one.address)
    return {
        "format_version": "1.2",
        "terraform_version": TERRAFORM,
        "variables": {name: {"value": value} for name, value in around.variables.items()},
        "planned_values": {"root_module": {"resources": [_planned(one) for one in planned]}},
        "resource_changes": [_change(one) for one in planned],
        "prior_state": {
            "format_version": "1.0",
            "terraform_version": TERRAFORM,
            "values": {"root_module": {"resources": list(_read(around.account))}},
        },
        "configuration": {
            "provider_config": {
                "aws": {
                    "name": "aws",
                    "full_name": PROVIDER,
                    "expressions": {"region": expression(around.region)},
                }
            },
            "root_module": {
                "resources": list(_configured(planned).values()),
                "variables": {name: {} for name in around.variables},
            },
        },
        "timestamp": "2026-11-28T21:00:00Z",
        "applyable": True,
        "complete": True,
        "errored": False,
    }


def _planned(one: Resource) -> Json:
    return {
        **one.place,
        "provider_name": PROVIDER,
        "schema_version": one.schema_version,
        "values": known(one.values),
        "sensitive_values": {},
    }


def _change(one: Resource) -> Json:
    return {
        **one.place,
        "provider_name": PROVIDER,
        "change": {
            "actions": ["create"],
            "before": None,
            "after": known(one.values),
            "after_unknown": unknown(one.values),
            "before_sensitive": False,
            "after_sensitive": {},
        },
    }


def _read(account: str | None) -> Iterable[Json]:
    if account is not None:
        yield {
            "address": "data.aws_caller_identity.current",
            "mode": "data",
            "type": "aws_caller_identity",
            "name": "current",
            "provider_name": PROVIDER,
            "schema_version": 0,
            "values": {"account_id": account, "id": account},
            "sensitive_values": {},
        }


def _configured(planned: Iterable[Resource]) -> dict[str, Json]:
    """Once for all instances, which have the expressions of the first."""
    found: dict[str, Json] = {}
    for one in planned:
        entry: Json = {
            "address": one.configured_at,
            "mode": "managed",
            "type": one.type,
            "name": one.name,
            "provider_config_key": "aws",
            "expressions": {
                name: expression(value)
                for name, value in one.values.items()
                if _is_configured(value)
            },
            "schema_version": one.schema_version,
        }
        if one.index is not None:
            entry["for_each_expression"] = {}
        found.setdefault(one.configured_at, entry)
    return found


def known(value: Any) -> Any:
    """``after``: what is unknown is left out."""
    match value:
        case Ref():
            return known(value.value)
        case Mapping():
            return {key: known(one) for key, one in value.items() if not _is_unknown(one)}
        case list():
            return [known(one) for one in value]
        case _:
            return value


def unknown(value: Any) -> Any:
    """``after_unknown``: true for what is unknown; of objects only such keys, of lists all."""
    match value:
        case Unknown():
            return True
        case Ref():
            return unknown(value.value)
        case Mapping():
            marks = {key: unknown(one) for key, one in value.items()}
            return {key: mark for key, mark in marks.items() if mark is not False}
        case list():
            return [unknown(one) for one in value]
        case _:
            return False


def _is_configured(value: Any) -> bool:
    """Whether it stands in the configuration, and is not the provider's doing."""
    if isinstance(value, Ref):
        return bool(value.names)
    return value is not COMPUTED and value not in (None, [], {})


def _is_unknown(value: Any) -> bool:
    return value is COMPUTED or (isinstance(value, Ref) and value.value is COMPUTED)


def expression(value: Any) -> Any:
    """What stands in the configuration: a constant, references, or blocks of these."""
    match value:
        case Ref():
            return {"references": list(value.names)}
        case [dict(), *_]:
            return [
                {key: expression(inner) for key, inner in one.items() if _is_configured(inner)}
                for one in value
            ]
        case dict() if names := [
            name for one in value.values() if isinstance(one, Ref) for name in one.names
        ]:
            return {"references": names}
        case _:
            return {"constant_value": value}
