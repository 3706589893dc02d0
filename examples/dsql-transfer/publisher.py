"""What publishes the snapshots at deployment: the reference provider's handler, as installed."""

from chaim_reference.handler import handler

__all__ = ["handler"]
