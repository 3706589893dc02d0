"""The reference binder: CDK constructs that bind a table to a ``.bprint`` schema.

``chaim_reference.cdk.dsql_binder``, for another kind of data store, takes a newer aws-cdk-lib.

At synth it writes a snapshot for the command line (LOCAL) and bundles the same one with the
handler; at deployment the handler publishes it. ``B..`` names the clause of the contract that a
line is there for.
"""

from __future__ import annotations

from chaim_reference.cdk.base_binder import BaseChaimBinder, DataStore
from chaim_reference.cdk.config import FailureMode, TableBindingConfig
from chaim_reference.cdk.credentials import ChaimCredentials
from chaim_reference.cdk.dynamodb_binder import ChaimDynamoDBBinder
from chaim_reference.cdk.errors import BindingError

__all__ = [
    "BaseChaimBinder",
    "BindingError",
    "ChaimCredentials",
    "ChaimDynamoDBBinder",
    "DataStore",
    "FailureMode",
    "TableBindingConfig",
]
