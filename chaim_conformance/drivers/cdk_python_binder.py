"""The program that drives a binder made with aws-cdk-lib in Python: a CDK app made at request.

It is copied into the app's directory and run there as the main module, with the provider's module
as its argument. It speaks the protocol of ``binder-request.schema.json`` on the standard streams
that it was started with; what anybody prints goes to stderr. Nothing of the kit is imported.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TextIO, cast

CONFIGURATION = ("ChaimCredentials", "TableBindingConfig", "FailureMode")
NAMES = ("ChaimDynamoDBBinder", *CONFIGURATION)
# Of a module that binds another kind of data store, which DATASTORE names.
NAMES_OF_ANOTHER_KIND = ("make_resource", "bind_resource", *CONFIGURATION)
FEATURES = (
    "stages",
    "stack-names",
    "scopes",
    "late-indexes",
    "unknown-environment",
    "context",
    "several-stacks",
)

Said = Mapping[str, Any]


class Refused(Exception):
    """A binding was refused, or the synth after all was made; the cause is the error itself."""

    def __init__(self, where: Literal["binding", "synth"], binding: str = "") -> None:
        super().__init__(where)
        self.where = where
        self.binding = binding


class Synthesis:
    """One app as it comes into being."""

    def __init__(self, provider: Any, said: Said, directory: Path) -> None:
        from aws_cdk import App

        self._provider = provider
        self._said = said
        self._app = App(outdir=str(directory / "cdk.out"), context=dict(said["context"]))
        self._stages: dict[str, Any] = {}
        self._stacks: list[Any] = []
        self._tables: list[list[Any]] = []
        self._configs: dict[int, Any] = {}

    def run(self) -> None:
        """Makes everything, in the order in which an author would, and synthesizes."""
        from chaim_conformance_tables import add_late_indexes

        stacks = self._said["stacks"]
        for said in stacks:
            stack = self._stack(said)
            self._stacks.append(stack)
            self._tables.append(
                [self._made(_scope(stack, table["scopes"]), table) for table in said["tables"]]
            )
        for stack, said in zip(self._stacks, stacks, strict=True):
            for binding in said["bindings"]:
                self._bind(stack, binding)
        for tables, said in zip(self._tables, stacks, strict=True):
            for table, described in zip(tables, said["tables"], strict=True):
                if "datastore" not in described:
                    add_late_indexes(table, described)
        try:
            require_no_errors(self._app.synth())
        except Exception as error:
            raise Refused("synth") from error

    def _made(self, scope: Any, said: Said) -> Any:
        from chaim_conformance_tables import make_table

        if "datastore" not in said:
            return make_table(scope, said)
        properties = dict(said["properties"])
        return self._provider.make_resource(
            scope, said["id"], name=said["name"], properties=properties
        )

    def _stack(self, said: Said) -> Any:
        from aws_cdk import Environment, Stack, Stage

        above = self._app
        if said["stage"] is not None:
            if said["stage"] not in self._stages:
                self._stages[said["stage"]] = Stage(self._app, said["stage"])
            above = self._stages[said["stage"]]
        where = Environment(account=said["account"], region=said["region"])
        return Stack(above, said["id"], stack_name=said["name"], env=where)

    def _bind(self, stack: Any, said: Said) -> None:
        scope = _scope(stack, said["scopes"])
        bound = self._tables[said["stack"]][said["table"]]
        about = self._said["stacks"][said["stack"]]["tables"][said["table"]]
        try:
            arguments = {"schema_path": said["schema"], "config": self._config(said["config"])}
            if "datastore" in about:
                self._provider.bind_resource(scope, said["id"], resource=bound, **arguments)
            else:
                self._provider.ChaimDynamoDBBinder(scope, said["id"], table=bound, **arguments)
        except Exception as error:
            raise Refused("binding", said["id"]) from error

    def _config(self, number: int) -> Any:
        """The configuration of this number: bindings that name it share one object."""
        if number not in self._configs:
            said = self._said["configs"][number]
            arguments = [said["appId"], self._credentials(said["credentials"])]
            if said["failureMode"] is not None:
                arguments.append(getattr(self._provider.FailureMode, said["failureMode"]))
            self._configs[number] = self._provider.TableBindingConfig(*arguments)
        return self._configs[number]

    def _credentials(self, said: Said | None) -> Any:
        kinds = self._provider.ChaimCredentials
        if said is None:
            return None
        if "secret" in said:
            return kinds.from_secrets_manager(said["secret"])
        return kinds.from_api_keys(said["apiKey"], said["apiSecret"])


def _scope(stack: Any, ids: list[str]) -> Any:
    """The construct at this path below the stack, which is made if need be."""
    from constructs import Construct

    scope = stack
    for one in ids:
        scope = scope.node.try_find_child(one) or Construct(scope, one)
    return scope


class AppHasErrors(Exception):
    """Constructs noted errors rather than raised them; CDK's command line tool ends with these."""


def require_no_errors(assembly: Any) -> None:
    """Raises :class:`AppHasErrors` where an error is noted in a synthesized app."""
    from aws_cdk.cx_api import SynthesisMessageLevel

    noted = [
        f"{message.id}: {message.entry.data}"
        for stack in assembly.stacks_recursively
        for message in stack.messages
        if message.level == SynthesisMessageLevel.ERROR
    ]
    if noted:
        raise AppHasErrors("\n".join(noted))


def synthesize(provider: Any, request: Said, directory: Path) -> dict[str, Any]:
    """The answer to a request to synthesize."""
    from aws_cdk import AssetStaging

    # CDK remembers what a folder held that it has seen before, and the next app has another one.
    AssetStaging.clear_asset_hash_cache()
    answer: dict[str, Any] = {"id": request["id"]}
    try:
        Synthesis(provider, request["app"], directory).run()
    except Refused as refused:
        answer["error"] = {
            "where": refused.where,
            "binding": refused.binding,
            **_told(cast("Exception", refused.__cause__)),
        }
    except Exception as error:
        answer["error"] = {"where": "app", **_told(error)}
    return answer


def _told(error: Exception) -> dict[str, str]:
    """The error in its own words; the traces of jsii are those of its cause."""
    return {"type": type(error).__name__, "message": "\n".join(_words(error))}


def _words(error: BaseException) -> Iterator[str]:
    """What Python prints of it where nobody catches it: a group's members and notes, too."""
    yield str(error)
    yield from map(str, getattr(error, "__notes__", ()))
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _words(one)


def load_provider(name: str) -> Any:
    """The provider's module; the program ends where it is none."""
    # Imported before: what is installed may be compiled, and the provider's folder stays clean.
    import chaim_conformance_tables  # noqa: F401

    sys.dont_write_bytecode = True
    try:
        module = importlib.import_module(name)
    except Exception as error:
        sys.exit("".join(_trace(error)))
    names = NAMES_OF_ANOTHER_KIND if hasattr(module, "DATASTORE") else NAMES
    lacking = [one for one in names if not hasattr(module, one)]
    if lacking:
        sys.exit(
            f"module {name} has no {', no '.join(lacking)}; "
            f"a binder's module has {', '.join(names)}"
        )
    return module


def _trace(error: Exception) -> list[str]:
    """An error's trace from where it leaves this program, and what imports for it."""
    trace, own = error.__traceback__, (__file__, importlib.__file__)
    while trace and (trace.tb_frame.f_code.co_filename in own or _imports(trace)):
        trace = trace.tb_next
    return traceback.format_exception(error.with_traceback(trace))


def _imports(trace: TracebackType) -> bool:
    return trace.tb_frame.f_code.co_filename.startswith("<frozen importlib")


def start(provider: Any) -> dict[str, Any]:
    """The answer to the request to start."""
    return {
        "protocol": "1.0",
        "capabilities": ["core", "aws-cdk"],
        "formats": list(getattr(provider, "SNAPSHOT_FORMATS", ("1.0",))),
        "constructs": ["Table", "TableV2", "imported"],
        "features": list(FEATURES),
        "datastores": [getattr(provider, "DATASTORE", "dynamodb")],
    }


def serve(provider: Any, requests: TextIO, answer: Callable[[Said], None]) -> None:
    """Answers requests until there are no more."""
    directory = Path.cwd()
    for line in requests:
        request = json.loads(line)
        match request["request"]:
            case "start":
                directory = Path(request["directory"])
                answer(start(provider))
            case "synth":
                answer(synthesize(provider, request, directory))
            case _:
                return


def main() -> None:
    """Keeps the standard streams for the protocol, and gives others to whoever prints or reads."""
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)

    def answer(said: Said) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        answers.write(json.dumps(said) + "\n")
        answers.flush()

    serve(load_provider(sys.argv[1]), requests, answer)


if __name__ == "__main__":
    main()
