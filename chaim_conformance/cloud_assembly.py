"""Reads what CDK synthesized: stacks under their deployed names, and what publishes each binding.

A *publication* is a custom resource whose handler has a ``snapshot.json`` in its code: either its
own function has (it answers CloudFormation by itself), or the one that CDK's Provider framework
calls for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from chaim_conformance.errors import HarnessError
from chaim_conformance.intrinsics import Place, Unresolvable, parameters, resolved
from chaim_conformance.synth_files import bundle_names, read_bundle
from chaim_conformance.synth_transcript import Publication, SeenStack
from chaim_conformance.transcript import AnswerStyle

SNAPSHOT = "snapshot.json"
# In the environment of the Provider framework's function: whom it calls.
CALLED = "USER_ON_EVENT_FUNCTION_ARN"
FUNCTION = "AWS::Lambda::Function"
# What stands for a function of another resource.
BY_NAME = {"AWS::Lambda::Alias": "FunctionName", "AWS::Lambda::Version": "FunctionName"}
NODE_SUFFIXES = (".js", ".mjs", ".cjs")


@dataclass(frozen=True, kw_only=True)
class AssembledStack:
    """A stack of an assembly; ``assets`` are sources of its code, by the key of their object.

    ``environment`` is CDK's: ``aws://ACCOUNT/REGION``, where either may be unknown.
    """

    id: str
    name: str
    environment: str
    template: Mapping[str, Any] = field(repr=False)
    assets: Mapping[str, Path] = field(repr=False)

    @property
    def seen(self) -> SeenStack:
        """The part of it that a transcript holds."""
        return SeenStack(
            id=self.id, name=self.name, template=self.template, environment=self.environment
        )

    @property
    def place(self) -> Place:
        """Where it is deployed."""
        return Place.of(self.name, self.environment)

    @property
    def known(self) -> dict[str, str]:
        """What ``Ref`` gives in its template, as far as it can be said."""
        return {**parameters(self.template), **self.place.pseudo_parameters}

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Its resources, by logical id."""
        found = self.template.get("Resources")
        return found if isinstance(found, dict) else {}

    def publications(self) -> Iterator[Publication]:
        """What publishes each binding, in the order of the template."""
        for logical_id, resource in self.resources.items():
            kind = str(resource.get("Type", ""))
            if kind != "AWS::CloudFormation::CustomResource" and not kind.startswith("Custom::"):
                continue
            properties = _object(resource, "Properties")
            if found := self._handler(properties.get("ServiceToken")):
                function, source, style = found
                yield self._publication(logical_id, properties, function, source, style)

    def _publication(
        self,
        logical_id: str,
        properties: Mapping[str, Any],
        function: str,
        source: Path,
        style: AnswerStyle,
    ) -> Publication:
        about = _object(self.resources[function], "Properties")
        return Publication(
            stack=self.name,
            logical_id=logical_id,
            properties=properties,
            environment=_object(about, "Environment", "Variables"),
            files=read_bundle(source),
            function=function,
            handler=locator(about, bundle_names(source)),
            answer_style=style,
        )

    def _handler(self, token: Any) -> tuple[str, Path, AnswerStyle] | None:
        """The function that has a snapshot, its code, and in which way it is asked."""
        for function in self._functions(token):
            about = _object(self.resources[function], "Properties")
            if source := self._source(about):
                return function, source, "response-url"
            variables = _object(about, "Environment", "Variables")
            for called in self._functions(variables.get(CALLED)):
                about = _object(self.resources[called], "Properties")
                if source := self._source(about):
                    return called, source, "provider-framework"
        return None

    def _source(self, function: Mapping[str, Any]) -> Path | None:
        """The function's code, where that has a snapshot for its handler."""
        try:
            key = resolved(_object(function, "Code").get("S3Key"), self.known)
        except Unresolvable:
            return None
        source = self.assets.get(str(key))
        if source is None:
            return None
        folder = PurePosixPath(_module(function)[0]).parent
        wanted = {SNAPSHOT, str(folder / SNAPSHOT)}
        return source if wanted & bundle_names(source) else None

    def _functions(self, expression: Any) -> Iterator[str]:
        """The functions that an expression names, also by an alias or a version of one."""
        for name in _names(expression):
            resource = self.resources.get(name, {})
            kind = str(resource.get("Type", ""))
            if kind == FUNCTION:
                yield name
            elif kind in BY_NAME:
                yield from self._functions(_object(resource, "Properties").get(BY_NAME[kind]))


def read_assembly(directory: Path) -> tuple[AssembledStack, ...]:
    """The stacks of a cloud assembly, those in Stages too.

    Raises :class:`HarnessError` where there is none, or none that can be read.
    """
    return tuple(_stacks(directory))


def _stacks(directory: Path) -> Iterator[AssembledStack]:
    artifacts = _object(_read(directory / "manifest.json"), "artifacts")
    for id_, artifact in artifacts.items():
        about = _object(artifact, "properties")
        match artifact.get("type"):
            case "cdk:cloud-assembly":
                yield from _stacks(directory / str(about.get("directoryName", id_)))
            case "aws:cloudformation:stack":
                path = str(artifact.get("displayName", id_)).partition(" (")[0]
                yield AssembledStack(
                    id=path.rpartition("/")[2],
                    name=str(about.get("stackName", id_)),
                    environment=str(artifact.get("environment", "")),
                    template=_read(directory / str(about.get("templateFile"))),
                    assets=_assets(directory, artifact, artifacts),
                )


def _assets(
    directory: Path, stack: Mapping[str, Any], artifacts: Mapping[str, Any]
) -> dict[str, Path]:
    found = {}
    for name in stack.get("dependencies", ()):
        artifact = artifacts.get(name, {})
        if artifact.get("type") != "cdk:asset-manifest":
            continue
        file = directory / str(_object(artifact, "properties").get("file"))
        for asset in _object(_read(file), "files").values():
            source = file.parent / str(_object(asset, "source").get("path", ""))
            for destination in _object(asset, "destinations").values():
                found[str(destination.get("objectKey"))] = source
    return found


def locator(function: Mapping[str, Any], files: frozenset[str]) -> str:
    """How the kit names a function's handler, relative to its code; empty for an unknown runtime.

    ``files`` are the paths in the code.
    """
    runtime = str(function.get("Runtime", ""))
    module, name = _module(function)
    if runtime.startswith("nodejs"):
        found = (f"{module}{suffix}" for suffix in NODE_SUFFIXES)
        return f"node:{next((one for one in found if one in files), f'{module}.js')}:{name}"
    if runtime.startswith("python"):
        path = module.replace(".", "/")
        package = f"{path}/__init__.py"
        return f"python:{package if package in files else f'{path}.py'}:{name}"
    return "runtime:./bootstrap" if runtime.startswith("provided") else ""


def _module(function: Mapping[str, Any]) -> tuple[str, str]:
    """The file of a function's handler, without its ending, and what is called in it.

    Python's begins behind the last dot; Node's behind the first one of the file's name.
    """
    handler = str(function.get("Handler", ""))
    if str(function.get("Runtime", "")).startswith("python"):
        module, _, name = handler.rpartition(".")
        return module, name
    folder, slash, rest = handler.rpartition("/")
    file, _, name = rest.partition(".")
    return (folder + slash + file).removeprefix("./"), name


def _names(expression: Any) -> Iterator[str]:
    """The logical ids to which an expression refers."""
    if isinstance(expression, list):
        for one in expression:
            yield from _names(one)
    elif isinstance(expression, dict):
        for key, value in expression.items():
            if key == "Ref" and isinstance(value, str):
                yield value
            elif key == "Fn::GetAtt":
                yield value.partition(".")[0] if isinstance(value, str) else str(value[0])
            else:
                yield from _names(value)


def _object(value: Any, *path: str) -> Mapping[str, Any]:
    """The object at this path inside a value; empty where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HarnessError(
            f"{file}: a synth that succeeded leaves a cloud assembly there, and this cannot be "
            f"read: {error}"
        ) from error
