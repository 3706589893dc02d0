"""Chaim for Pulumi: binds schemas to DynamoDB tables, and publishes them in updates."""

from chaim_pulumi.binding import ChaimTableBinding
from chaim_pulumi.configuration import BindingConfig, Keys, Secret
from chaim_pulumi.declared import watch
from chaim_pulumi.errors import BindingError

__all__ = ["BindingConfig", "BindingError", "ChaimTableBinding", "Keys", "Secret", "watch"]
