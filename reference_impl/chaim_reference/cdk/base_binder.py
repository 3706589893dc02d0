"""What all binders share; a kind of data store adds its one method."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import jsii
from constructs import Construct, IConstruct

from chaim_reference.cdk.app_bindings import AppBindings
from chaim_reference.cdk.config import TableBindingConfig
from chaim_reference.cdk.errors import BindingError
from chaim_reference.cdk.schemas import load_schema
from chaim_reference.cdk.snapshots import FORMATS
from chaim_reference.cdk.stack_publication import StackPublication


@dataclass(frozen=True, kw_only=True)
class DataStore:
    """A bound resource as it will be deployed, in plain JSON data without a token.

    ``type`` and ``kind`` are the contract's words (``dynamodb``, ``table``); ``physical_name`` is
    ``None`` where CloudFormation makes one. What cannot be known at synth is not in ``metadata``.
    """

    type: str
    kind: str
    physical_name: str | None
    metadata: Mapping[str, Any]


class BaseChaimBinder(Construct, metaclass=jsii.JSIIAbstractClass):
    """Binds the entity of one ``.bprint`` file to one resource.

    Making one checks everything and writes nothing (B19); the snapshots are written when the app
    is synthesized. ``construct`` is what the app's author calls the resource, ``resource`` is what
    stands for it in the template, and may have several bindings. Raises :class:`BindingError` for
    a schema or a configuration that cannot be.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        schema_path: str,
        construct: IConstruct,
        resource: IConstruct,
        config: TableBindingConfig,
        snapshot_format: str = "1.0",
    ) -> None:
        super().__init__(scope, id)
        here = f"binding {self.node.path}"
        if not isinstance(config, TableBindingConfig):
            raise BindingError(f"{here}: config: expected a TableBindingConfig, got {config!r}")
        if snapshot_format not in FORMATS:
            known = " or ".join(map(repr, FORMATS))
            raise BindingError(f"{here}: snapshot_format: {snapshot_format!r}, expected {known}")
        self.schema = load_schema(schema_path)
        self.construct = construct
        self.resource = resource
        self.config = config
        self.snapshot_format = snapshot_format
        AppBindings.of(self).agree(resource, self, config)  # B11
        StackPublication.of(cdk.Stack.of(self)).binders.append(self)

    @property
    def logical_id(self) -> str | None:
        """The resource's in its template; ``None`` where it is in none."""
        if not isinstance(self.resource, cdk.CfnElement):
            return None
        return cdk.Stack.of(self.resource).get_logical_id(self.resource)

    @abstractmethod
    def describe(self) -> DataStore:
        """The resource as it will be deployed; called once, when the app is complete (B07, B33)."""
