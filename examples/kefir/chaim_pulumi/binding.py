"""The component that authors use: binds entities to a table."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from chaim_pulumi import stack_bindings
from chaim_pulumi.configuration import BindingConfig
from chaim_pulumi.errors import BindingError
from chaim_pulumi.place import Place, safe_name, write
from chaim_pulumi.publication import Operation, Publication
from chaim_pulumi.schemas import read_schemas
from chaim_pulumi.snapshot import Bound, fingerprint, snapshot
from chaim_pulumi.stack_bindings import Binding, physical_name, resource_name
from chaim_pulumi.table import metadata

PUBLISHER = Path(__file__).parent / "publisher"


class ChaimTableBinding(pulumi.ComponentResource):
    """Binds the entities of ``schemas`` to ``table``, under one configuration.

    A preview writes, for each entity, the LOCAL snapshot and a bundle: what an update publishes.
    Nothing is written where a schema or the configuration is wrong: this raises ``BindingError``.
    ``publications`` are the resources that publish, by entity.
    """

    publications: dict[str, Publication]

    def __init__(
        self,
        name: str,
        *,
        table: aws.dynamodb.Table,
        schemas: Sequence[str | Path],
        config: BindingConfig,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Paths of schemas are relative to the project."""
        stack = stack_bindings.of_this_stack()
        try:
            binding = _checked(name, table, schemas, config)
            stack.add(binding)
        except BindingError:
            # What is still to be written for others is not written either.
            stack.refused = True
            raise
        super().__init__("chaim:index:TableBinding", name, None, opts)
        self._binding, self._stack, self._place = binding, stack, Place.current()
        self.publications = {
            schema["entityName"]: self._publication(schema) for schema in binding.schemas
        }
        self.register_outputs(
            {"resourceIds": [one.resource_id for one in self.publications.values()]}
        )

    def _publication(self, schema: Any) -> Publication:
        """The resources of one entity. Their names are table and entity, which an entity is known
        by, and not this component's: to rename that deletes nothing.
        """
        entity, opts = schema["entityName"], pulumi.ResourceOptions(parent=self)
        written: pulumi.Output[dict[str, str]] = pulumi.Output.from_input(self._written(schema))
        name = safe_name(f"{self._binding.logical_name}.{entity}")
        operation = Operation(name, fingerprint=written["fingerprint"], opts=opts)
        return Publication(
            name,
            resource_id=written["resourceId"],
            bundle=written["bundle"],
            remains=written["remains"],
            environment=self._binding.config.environment(),
            operation_id=operation.id,
            opts=opts,
        )

    async def _written(self, schema: Any) -> dict[str, str]:
        """Writes an entity's snapshot and bundle once all is known that is going to be."""
        binding, place, entity = self._binding, self._place, schema["entityName"]
        resource_id = await self._stack.resource_id(binding, entity)
        content = snapshot(
            Bound(
                app_id=binding.config.app_id,
                schema=schema,
                place=place,
                resource_name=await resource_name(binding),
                resource_id=resource_id,
                declared_as=(binding.table.pulumi_resource_type, binding.logical_name),
                physical_name=await physical_name(binding),
                metadata=await metadata(binding.table),
            )
        )
        bundle = place.bundle(resource_id)
        if not self._stack.refused:
            # One text for both places (B16).
            text = json.dumps(content, ensure_ascii=False, indent=2).encode()
            write(place.snapshots / f"{safe_name(resource_id)}.json", text)
            shutil.copytree(PUBLISHER, bundle, dirs_exist_ok=True, ignore=_ignored)
            write(bundle / "snapshot.json", text)
            self._remove_left_overs()
        return {
            "resourceId": resource_id,
            "bundle": str(bundle),
            "fingerprint": fingerprint(content),
            # All that it takes to delete the entity: the state outlives a machine with bundles.
            "remains": json.dumps({**content, "schema": None}, ensure_ascii=False),
        }

    def _remove_left_overs(self) -> None:
        """Removes snapshots of what this stack no longer binds (B32); others have their folders."""
        bound = {f"{safe_name(one)}.json" for one in self._stack.resource_ids}
        for path in self._place.snapshots.glob("*.json"):
            if path.name not in bound:
                path.unlink(missing_ok=True)


def _checked(
    name: str, table: aws.dynamodb.Table, schemas: Sequence[str | Path], config: BindingConfig
) -> Binding:
    """What is bound; raises :class:`BindingError` where that cannot be."""
    if problem := config.problem():
        raise BindingError(f"{name}: {problem}")
    if not schemas:
        raise BindingError(f"{name}: no schemas are given; name at least one .bprint file")
    files = [Path(pulumi.get_root_directory(), path) for path in schemas]
    return Binding(
        component=name,
        table=table,
        logical_name=table.pulumi_resource_name,
        schemas=tuple(read_schemas(files, name)),
        files=tuple(files),
        config=config,
    )


def _ignored(_folder: str, names: list[str]) -> list[str]:
    """What is no part of a bundle."""
    return [name for name in names if name in ("__pycache__", "snapshot.json")]
