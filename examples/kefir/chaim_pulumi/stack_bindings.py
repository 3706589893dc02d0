"""All bindings of the stack whose program runs: which names are taken, what an app may not mix."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
import pulumi_aws as aws
from pulumi.runtime.settings import get_root_resource

from chaim_pulumi.configuration import BindingConfig
from chaim_pulumi.declared import declared_name, is_watched
from chaim_pulumi.errors import BindingError
from chaim_pulumi.outputs import known


@dataclass(frozen=True, kw_only=True, eq=False)
class Binding:
    """A table and its schemas, as one component binds them."""

    component: str
    table: aws.dynamodb.Table
    logical_name: str
    schemas: tuple[Mapping[str, Any], ...]
    files: tuple[Path, ...]
    config: BindingConfig


@dataclass(kw_only=True, eq=False)
class StackBindings:
    """The bindings of one run of a program, in the order in which it makes them."""

    bindings: list[Binding] = field(default_factory=list)
    refused: bool = False
    _ids: dict[tuple[Binding, str], str] = field(default_factory=dict)
    _numbered: int = 0
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    def add(self, binding: Binding) -> None:
        """Takes a binding that disagrees with none before; raises :class:`BindingError`."""
        if not is_watched(binding.table):
            raise BindingError(
                f"{binding.component}: the table {binding.logical_name} was declared before "
                "chaim_pulumi.watch() was called; call it first, at the top of the program"
            )
        for other in self.bindings:
            if other.table is binding.table and not other.config.agrees_with(binding.config):
                raise BindingError(
                    f"{binding.component} ({_listed(binding)}): {other.component} "
                    f"({_listed(other)}) binds the table {binding.logical_name} for application "
                    f"{other.config.app_id!r}; this one says {binding.config.app_id!r}, or has "
                    "other credentials: give all bindings of a table one BindingConfig"
                )
        self.bindings.append(binding)

    async def resource_id(self, binding: Binding, entity: str) -> str:
        """The resourceId of an entity: table and entity, numbered from 2 where it is taken (B09).

        Numbers go by the order of the program, never by what lies on the disk.
        """
        async with self._one_at_a_time:
            while self._numbered < len(self.bindings):
                await self._number(self.bindings[self._numbered])
                self._numbered += 1
        return self._ids[binding, entity]

    @property
    def resource_ids(self) -> frozenset[str]:
        """All that were given so far."""
        return frozenset(self._ids.values())

    async def _number(self, binding: Binding) -> None:
        name = await resource_name(binding)
        for schema in binding.schemas:
            plain = f"{name}__{schema['entityName']}"
            found, number = plain, 1
            while found in self.resource_ids:
                number += 1
                found = f"{plain}__{number}"
            self._ids[binding, schema["entityName"]] = found


async def physical_name(binding: Binding) -> str | None:
    """The name that the program gives its table, if it gives one that is known."""
    name: str | None = await known(declared_name(binding.table))
    return name


async def resource_name(binding: Binding) -> str:
    """The physical name, else the logical one: a name of Pulumi's making has a random suffix."""
    return await physical_name(binding) or binding.logical_name


_STACKS: WeakKeyDictionary[pulumi.Resource, StackBindings] = WeakKeyDictionary()


def of_this_stack() -> StackBindings:
    """Those of the program that runs: each run has a root resource of its own."""
    root = get_root_resource()
    if root is None:
        raise BindingError("there is no Pulumi program that runs")
    return _STACKS.setdefault(root, StackBindings())


def _listed(binding: Binding) -> str:
    return ", ".join(str(file) for file in binding.files)
