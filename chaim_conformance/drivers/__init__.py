"""How the kit reaches a handler: by a locator, over the Lambda Runtime API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chaim_conformance.drivers.driver import Deployment, HandlerDriver, Invocation
from chaim_conformance.drivers.enclosure import Enclosure, open_enclosure
from chaim_conformance.drivers.init_failures import explain_init_failure
from chaim_conformance.drivers.lambda_driver import LambdaDriver
from chaim_conformance.drivers.locator import find_program
from chaim_conformance.errors import UsageError

if TYPE_CHECKING:
    from chaim_conformance.config import ProviderConfig, Settings

__all__ = [
    "Deployment",
    "Enclosure",
    "HandlerDriver",
    "Invocation",
    "explain_init_failure",
    "open_enclosure",
    "open_handler",
]


def open_handler(
    provider: ProviderConfig, settings: Settings, *, enclosure: Enclosure | None = None
) -> HandlerDriver:
    """A driver for the configured handler, which its user has to close, and then the enclosure."""
    if provider.handler is None:
        raise UsageError("no handler is configured")
    program = find_program(provider.handler, root=provider.root, bundle=provider.bundle)
    return LambdaDriver(program, isolation=settings.isolation, enclosure=enclosure)
