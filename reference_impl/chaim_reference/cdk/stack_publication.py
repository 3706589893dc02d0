"""All bindings of one stack: named, written and published together, once the app is complete.

A constructor runs before the app is: a table may still get indexes. So bindings only announce
themselves, and an Aspect, which CDK runs when it synthesizes the stack, does the rest (B33).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING

import aws_cdk as cdk
import jsii
from constructs import Construct, IConstruct

from chaim_reference.cdk.app_bindings import AppBindings
from chaim_reference.cdk.identity import deployed_name, known, resource_ids, stable_key
from chaim_reference.cdk.ingestion import Ingestion, write_bundle
from chaim_reference.cdk.paths import asset_directory, cdk_root, local_directory, write
from chaim_reference.cdk.snapshots import FORMATS, BoundEntity, as_bytes, fingerprint, stack_of

if TYPE_CHECKING:
    from chaim_reference.cdk.base_binder import BaseChaimBinder

DEFAULT_BASE_URL = "https://ingest.chaim.co"
_ID = "ChaimIngestion"


class StackPublication(Construct):
    """One a stack, in the stack itself: so what is deployed for an entity is called after the
    entity, and a binding can be renamed and moved without being deleted and created anew.
    """

    def __init__(self, stack: cdk.Stack) -> None:
        super().__init__(stack, _ID)
        self.stack = stack
        self.binders: list[BaseChaimBinder] = []
        self.done = False
        cdk.Aspects.of(self).add(_AtSynth())

    @classmethod
    def of(cls, stack: cdk.Stack) -> StackPublication:
        """The stack's own; it is made when the first binding asks for it."""
        there = stack.node.try_find_child(_ID)
        return there if isinstance(there, StackPublication) else cls(stack)

    def publish(self) -> None:
        """Writes every binding's snapshot and makes what publishes it."""
        if self.done:  # by an earlier synth of the same app
            return
        self.done = True
        written = AppBindings.of(self).written
        entities = self._entities()
        for binder, entity in zip(self.binders, entities, strict=True):  # B10: each gets its own
            snapshot = FORMATS[binder.snapshot_format](entity)
            content = as_bytes(snapshot)
            local = local_directory(entity) / f"{entity.resource_id}.json"
            write(local, content)  # B01, B04
            written.add(local)
            bundle = asset_directory(self._cdk_out(), entity)
            Ingestion(
                self,
                _construct_id(entity),
                bundle=bundle,
                bundle_hash=write_bundle(bundle, content),  # B16
                fingerprint=fingerprint(snapshot),
                config=binder.config,
                base_url=self._base_url(),
            )
        for directory in {local_directory(entity) for entity in entities}:
            _remove_left_overs(directory, entities[0].stack_name, written)

    def _entities(self) -> list[BoundEntity]:
        """What each binding has to say, in their order."""
        stores = [binder.describe() for binder in self.binders]
        names = [
            store.physical_name or binder.construct.node.id
            for binder, store in zip(self.binders, stores, strict=True)
        ]
        ids = resource_ids(
            (name, binder.schema["entityName"])
            for name, binder in zip(names, self.binders, strict=True)
        )
        stack_name = deployed_name(self.stack)
        account, region = known(self.stack.account), known(self.stack.region)
        entities = []
        for binder, store, name, resource_id in zip(self.binders, stores, names, ids, strict=True):
            strategy, key = stable_key(
                store.type,
                physical_name=store.physical_name,
                logical_id=binder.logical_id,
                path=binder.construct.node.path,
            )
            entities.append(
                BoundEntity(
                    app_id=binder.config.app_id,
                    account=account,
                    region=region,
                    stack_name=stack_name,
                    datastore_type=store.type,
                    datastore_kind=store.kind,
                    resource_name=name,
                    resource_id=resource_id,
                    key_strategy=strategy,
                    key=key,
                    schema=binder.schema,
                    metadata=store.metadata,
                )
            )
        return entities

    def _cdk_out(self) -> Path:
        """``cdk.out`` of the app's folder (B14); where no ``cdk.json`` is, the app's own output."""
        root = cdk_root()
        if root is not None:
            return root / "cdk.out"
        app = self.node.root
        assert isinstance(app, cdk.Stage)
        return Path(app.outdir)

    def _base_url(self) -> str:
        from_context = self.node.try_get_context("chaimApiBaseUrl")  # B18
        return str(from_context or os.environ.get("CHAIM_API_BASE_URL") or DEFAULT_BASE_URL)  # B28


@jsii.implements(cdk.IAspect)
class _AtSynth:
    def visit(self, node: IConstruct) -> None:
        if isinstance(node, StackPublication):
            node.publish()


def _construct_id(entity: BoundEntity) -> str:
    """One's own for each application and id, which tells nothing of the schema (B29).

    With another of them it is another entity: CloudFormation makes a new resource, and deletes the
    old one through the old one's own function, which still has the old snapshot (B31).
    """
    both = json.dumps([entity.app_id, entity.resource_id])
    return "Entity" + hashlib.sha256(both.encode()).hexdigest()[:12]


def _remove_left_overs(directory: Path, stack_name: str, written: AbstractSet[Path]) -> None:
    """Removes this stack's snapshots that no binding of the app has written (B32), nothing else.

    Two stacks of an app can have one folder (of one name in two Stages, say, with no account).
    """
    for path in set(directory.glob("*.json")).difference(written):
        try:
            snapshot = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue  # somebody else's
        if stack_of(snapshot) == stack_name:
            path.unlink(missing_ok=True)
