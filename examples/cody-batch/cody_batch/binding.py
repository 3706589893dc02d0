"""What binds this app's tables to Chaim: the one place that says which binder that is.

``chaim.toml`` names this module, so what is judged is what the stack uses.
"""

from __future__ import annotations

from chaim_reference.cdk import (
    ChaimCredentials,
    ChaimDynamoDBBinder,
    FailureMode,
    TableBindingConfig,
)

__all__ = ["ChaimCredentials", "ChaimDynamoDBBinder", "FailureMode", "TableBindingConfig"]
