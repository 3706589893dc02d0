"""The binder as the kit asks for it: how a cluster is made, and how it is bound.

``binder = "cdk-python:judged_binder"`` in chaim.toml names this module; DATASTORE is the kind of
data store, as in ``datastore-dsql.schema.json``.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_dsql as dsql
from chaim_reference.cdk import ChaimCredentials, FailureMode, TableBindingConfig
from chaim_reference.cdk.dsql_binder import ChaimDsqlBinder
from constructs import Construct

__all__ = ["ChaimCredentials", "FailureMode", "TableBindingConfig"]

DATASTORE = "dsql"
SNAPSHOT_FORMATS = ("1.0",)


def make_resource(
    scope: Construct, id: str, *, name: str | None, properties: dict[str, Any]
) -> dsql.CfnCluster:
    """A cluster that declares these properties; it has no name of its own."""
    witness = properties.get("witnessRegion")
    regions = dsql.CfnCluster.MultiRegionPropertiesProperty(witness_region=witness)
    return dsql.CfnCluster(
        scope,
        id,
        deletion_protection_enabled=properties.get("deletionProtectionEnabled"),
        kms_encryption_key=properties.get("kmsEncryptionKey"),
        multi_region_properties=regions if witness else None,
    )


def bind_resource(
    scope: Construct,
    id: str,
    *,
    schema_path: str,
    resource: dsql.CfnCluster,
    config: TableBindingConfig,
) -> None:
    """Binds it, as an app's author does."""
    ChaimDsqlBinder(scope, id, schema_path=schema_path, cluster=resource, config=config)
