"""Stands in for Pulumi's engine: runs a program under Pulumi's own mocks, as preview or update.

The engine is a program of its own, which needs a backend and an account. What a program declares,
and what is known of it at a preview, can be had without: the kit's driver and the tests run here.
"""

import asyncio
import contextvars
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import mocks, rpc
from pulumi.runtime.config import set_all_config
from pulumi.runtime.settings import SETTINGS, set_root_resource
from pulumi.runtime.stack import run_in_stack

# A resource's inputs that have a value at the provider though the program gives none.
DEFAULTS = {"aws:dynamodb/table:Table": {"billingMode": "PROVISIONED"}}
ARNS = ("arn", "invokeArn", "executionArn")


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A resource as a program declares it; ``inputs`` are in the provider's own spelling.

    ``secret`` names the inputs that are encrypted in the state; their values are here in clear.
    """

    type: str
    name: str
    inputs: Mapping[str, Any]
    secret: frozenset[str]


@dataclass(kw_only=True)
class Run(mocks.Mocks):
    """What a run of a program declared. An update knows ids and what services make of resources."""

    account: str = "123456789012"
    region: str = "us-east-1"
    resources: list[Declared] = field(default_factory=list)
    # By type and name: those that Pulumi refuses to delete, and those that it leaves in the cloud.
    protected: set[tuple[str, str]] = field(default_factory=set)
    retained: set[tuple[str, str]] = field(default_factory=set)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Takes a resource; what a preview does not know yet is missing."""
        inputs: dict[str, Any] = _unwrapped(args.inputs)
        secret = frozenset(name for name, value in args.inputs.items() if rpc.is_rpc_secret(value))
        self.resources.append(Declared(type=args.typ, name=args.name, inputs=inputs, secret=secret))
        state = {**DEFAULTS.get(args.typ, {}), **inputs}
        if pulumi.runtime.is_dry_run():
            return None, state
        return self._made(args.typ, args.name, state)

    def call(self, args: mocks.MockCallArgs) -> Any:
        """Refuses: neither program nor provider asks a cloud for anything (B13)."""
        raise RuntimeError(f"{args.token}: the program called a function of the cloud's")

    def of(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """The inputs of all resources of a type, by name."""
        return {one.name: one.inputs for one in self.resources if one.type == kind}

    def _made(self, kind: str, name: str, state: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """What an update gets back: an id, ARNs, and a name where the program gave none."""
        physical = str(state.get("name", state.get("bucket", f"{name}-1a2b3c4")))
        if not kind.startswith("aws:"):
            return physical, state
        service = kind.split(":")[1].partition("/")[0]
        of_table = "table/" if service == "dynamodb" else ""
        arn = f"arn:aws:{service}:{self.region}:{self.account}:{of_table}{physical}"
        computed = {"name": physical, **dict.fromkeys(ARNS, arn), "apiEndpoint": f"https://{name}"}
        return f"{physical}-id", {**computed, **state}


class _Monitor(mocks.MockMonitor):
    """Pulumi's, which does not tell its mocks of every option that a resource has."""

    mocks: Run

    def RegisterResource(self, request: Any) -> Any:
        """Refuses a name that is taken, as the engine does; notes how a resource is protected."""
        urn = self.make_urn(request.parent, request.type, request.name)
        if urn in self.resources:
            raise pulumi.RunError(f"Duplicate resource URN '{urn}'; try giving it a unique name")
        if request.protect:
            self.mocks.protected.add((request.type, request.name))
        if request.retainOnDelete:
            self.mocks.retained.add((request.type, request.name))
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


def run(
    program: Callable[[], None],
    *,
    project: str,
    stack: str,
    config: Mapping[str, str] | None = None,
    preview: bool = True,
    directory: Path | None = None,
) -> Run:
    """Runs a program to its end; raises what it raises.

    Pulumi keeps its state in context variables and in an event loop; here each run has its own.
    """
    made = Run()

    def inside() -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            # Else the root resource of an earlier run is taken for this one's.
            set_root_resource(None)  # type: ignore[arg-type]
            mocks.set_mocks(
                made, project=project, stack=stack, preview=preview, monitor=_Monitor(made)
            )
            set_root_resource(None)  # type: ignore[arg-type]
            SETTINGS.root_directory = str(directory or Path.cwd())
            set_all_config(dict(config or {}))
            loop.run_until_complete(run_in_stack(program))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            asyncio.set_event_loop(None)

    contextvars.copy_context().run(inside)
    return made


def _unwrapped(value: Any) -> Any:
    """A value with all that is secret in it in clear, as a resource's provider gets it."""
    value = rpc.unwrap_rpc_secret(value)
    if isinstance(value, Mapping):
        return {key: _unwrapped(one) for key, one in value.items()}
    return [_unwrapped(one) for one in value] if isinstance(value, list) else value
