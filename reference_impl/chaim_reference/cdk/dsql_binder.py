"""Binds Aurora DSQL clusters: a second kind of data store, on the same base class."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dsql as dsql
from constructs import Construct

from chaim_reference.cdk.base_binder import BaseChaimBinder, DataStore
from chaim_reference.cdk.config import TableBindingConfig
from chaim_reference.cdk.errors import BindingError


class ChaimDsqlBinder(BaseChaimBinder):
    """Binds one entity, a relation in the cluster's database, to the cluster.

    A cluster has no name of its own: its identifier and endpoint are made when it is deployed, so
    the snapshot has neither. Several entities of one cluster are several binders with one
    ``config``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        schema_path: str,
        cluster: dsql.CfnCluster,
        config: TableBindingConfig,
        snapshot_format: str = "1.0",
    ) -> None:
        if not isinstance(cluster, dsql.CfnCluster):
            raise BindingError(
                f"binding {scope.node.path}/{id}: cluster: expected a CfnCluster, got {cluster!r}"
            )
        self._cluster = cluster
        super().__init__(
            scope,
            id,
            schema_path=schema_path,
            construct=cluster,
            resource=cluster,
            config=config,
            snapshot_format=snapshot_format,
        )

    def describe(self) -> DataStore:
        """The cluster as CloudFormation will make it."""
        # B24: it is only read; see the same line of the DynamoDB binder.
        declared = cdk.Stack.of(self._cluster).resolve(self._cluster._cfn_properties)
        regions = declared.get("multiRegionProperties") or {}
        metadata = {
            "deletionProtectionEnabled": declared.get("deletionProtectionEnabled"),
            "kmsEncryptionKey": _plain(declared.get("kmsEncryptionKey")),
            "witnessRegion": _plain(regions.get("witnessRegion")),
            "peerClusters": [one for one in map(_plain, regions.get("clusters", ())) if one],
        }
        return DataStore(
            type="dsql",
            kind="cluster",
            physical_name=None,
            metadata={name: value for name, value in metadata.items() if value},  # B08
        )


def _plain(value: Any) -> str | None:
    """A value that is known; an expression of the template is not (B25)."""
    return value if isinstance(value, str) else None
