"""How the kit reaches a handler: by a locator, which says what kind of driver it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chaim_conformance.drivers.command_driver import CommandDriver
from chaim_conformance.drivers.command_line import CommandLine, find_command_line
from chaim_conformance.drivers.driver import Deployment, HandlerDriver, Invocation
from chaim_conformance.drivers.enclosure import Enclosure, open_enclosure
from chaim_conformance.drivers.endpoint_driver import PORT, EndpointDriver, require_start
from chaim_conformance.drivers.init_failures import explain_init_failure
from chaim_conformance.drivers.lambda_driver import LambdaDriver
from chaim_conformance.drivers.launch import AT_ONCE, Launch
from chaim_conformance.drivers.locator import find_program, read_locator
from chaim_conformance.drivers.runtime_driver import RuntimeDriver
from chaim_conformance.errors import UsageError

if TYPE_CHECKING:
    from chaim_conformance.config import ProviderConfig, Settings

__all__ = [
    "Deployment",
    "Enclosure",
    "HandlerDriver",
    "Invocation",
    "Launch",
    "explain_init_failure",
    "is_endpoint",
    "may_be_doubled",
    "open_enclosure",
    "open_handler",
]


def is_endpoint(locator: str) -> bool:
    """Whether the kit calls this handler, so that no namespace can hold it."""
    return read_locator(locator)[0] in ("http", "https")


def may_be_doubled(locator: str) -> bool:
    """Whether it can be reached twice at once: not at a port that is the same for both."""
    return not is_endpoint(locator) or PORT in locator


def open_handler(
    provider: ProviderConfig,
    settings: Settings,
    *,
    enclosure: Enclosure | None = None,
    launch: Launch = AT_ONCE,
) -> HandlerDriver:
    """A driver for the configured handler, which its user has to close, and then the enclosure.

    ``launch`` says nothing to an ``http:`` one, which its own command starts.
    """
    if provider.handler is None:
        raise UsageError("no handler is configured")
    locator, start = provider.handler, provider.start
    scheme, rest = read_locator(locator)
    if start is not None and not is_endpoint(locator):
        raise UsageError(f"start: is for http: handlers, and the handler is {locator!r}; remove it")

    def command(text: str, named: str) -> CommandLine:
        return find_command_line(text, root=provider.root, bundle=provider.bundle, named=named)

    match scheme:
        case "runtime":
            line = command(rest, f"handler {locator!r}")
            return RuntimeDriver(line, enclosure=enclosure, launch=launch)
        case "http" | "https":
            up = command(require_start(locator, start), "start")
            return EndpointDriver(locator, up, enclosure=enclosure)
        case "command":
            if provider.answer != "auto":
                raise UsageError(f"answer: {locator!r} prints its answer; remove the key")
            line = command(rest, f"handler {locator!r}")
            return CommandDriver(line, enclosure=enclosure, launch=launch)
        case _:
            program = find_program(locator, root=provider.root, bundle=provider.bundle)
            return LambdaDriver(
                program, isolation=settings.isolation, enclosure=enclosure, launch=launch
            )
