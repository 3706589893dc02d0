"""Kinds of data stores: what each declares of a resource, by the JSON Schema that comes with it.

The contract itself has DynamoDB's. A provider of another kind brings a schema of its own
(``datastore_schema`` in ``chaim.toml``): of the section of a snapshot that is about the resource.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from chaim_conformance.errors import UsageError
from chaim_conformance.synth_scenario import DYNAMODB, Property

# What the formats themselves say of a resource; the rest is the kind's metadata.
OF_THE_FORMAT = frozenset({"type", "kind", "id", "name", "region"})
# Marks the metadata that is the resource's physical name, where the kind has one.
PHYSICAL_NAME = "x-physicalName"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
# Texts that tell where one is escaped, cut or normalized.
TEXTS = ("plain", "two words", "caf\u00e9 \u65e5\u672c", 'quote"d \\ back', "a" * 64)
INTEGERS = (1, 2, 7, 35, 1000, 2**31)


@dataclass(frozen=True, kw_only=True)
class DataStore:
    """A kind of data store; ``text`` is its schema as JSON, so that kinds compare by what they say.

    Made by :func:`read_datastore`, or of a schema that it has let pass. Of one without a text
    nothing is known.
    """

    text: str

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema."""
        found: dict[str, Any] = json.loads(self.text or '{"properties": {}}')
        return found

    @property
    def type(self) -> str:
        """The contract's word for it, ``datastoreType``."""
        return str(self.schema["properties"]["type"]["const"])

    @property
    def metadata(self) -> dict[str, Mapping[str, Any]]:
        """What a snapshot may say of such a resource beyond what its format says, by name."""
        return {
            name: about if isinstance(about, dict) else {}
            for name, about in self.schema["properties"].items()
            if name not in OF_THE_FORMAT
        }

    @property
    def name_property(self) -> str | None:
        """The metadata that is the physical name; ``None``: such a resource has none."""
        named = (name for name, about in self.metadata.items() if about.get(PHYSICAL_NAME))
        return next(named, None)

    @cached_property
    def values(self) -> dict[str, tuple[Property, ...]]:
        """What an app can be asked to declare, and with which values; the default is none of them.

        What is read only is known to a deployment alone, and objects and lists nobody asks for.
        """
        return {
            name: found
            for name, about in self.metadata.items()
            if not about.get("readOnly") and name != self.name_property
            if (found := tuple(_values(self.schema, about)))
        }

    def silence(self, name: str) -> Any:
        """What a snapshot says of a property by saying nothing: its default, else false."""
        return self.metadata.get(name, {}).get("default", False)

    def is_silence(self, name: str, value: Property) -> bool:
        """Whether declaring this says no more than declaring nothing; 1.0 is 1, true is not."""
        silence = self.silence(name)
        return isinstance(value, bool) == isinstance(silence, bool) and bool(value == silence)

    def problems(self, section: Mapping[str, Any]) -> list[str]:
        """What is wrong with a snapshot's section about such a resource.

        What a format says anyway is no matter of a schema that does not speak of it.
        """
        unnamed = OF_THE_FORMAT - self.schema["properties"].keys()
        about = {key: value for key, value in section.items() if key not in unnamed}
        return [
            f"{error.json_path.removeprefix('$').lstrip('.') or 'it'}: {error.message[:200]}"
            for error in _validator(self.schema).iter_errors(about)
        ]

    def takes_name(self, name: str) -> bool:
        """Whether a resource of this kind can be called so."""
        of = self.name_property
        return of is not None and _validator(self.schema, self.metadata[of]).is_valid(name)


def read_datastore(path: Path) -> DataStore:
    """The kind that a schema's file describes; a :class:`UsageError` says what is wrong with it."""
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise UsageError(f"{path}: not JSON ({error})") from error
    except RecursionError as error:
        raise UsageError(f"{path}: it is nested too deep") from error
    try:
        for problem in _problems(schema):
            raise UsageError(f"{path}: {problem}")
    except RecursionError as error:
        raise UsageError(f"{path}: it refers to itself without an end") from error
    return DataStore(text=json.dumps(schema, sort_keys=True))


def _problems(schema: Any) -> Iterator[str]:
    """What keeps a document from being the schema of a kind."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from referencing.exceptions import Unresolvable

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        yield f"{error.json_path}: no JSON Schema: {error.message}"
        return
    yield from _dangling(schema)
    properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
    kind = properties.get("type", {})
    name = kind.get("const") if isinstance(kind, dict) else None
    if not isinstance(name, str) or not NAME.fullmatch(name):
        yield (
            'properties.type: expected {"const": "..."} with the datastoreType, which stands in'
            " snapshots and in their paths: letters, digits, `-` and `_`"
        )
    elif name == DYNAMODB:
        yield f"properties.type: the contract has {DYNAMODB} itself; leave datastore_schema out"
    list(_validator(schema).iter_errors({}))  # it ends
    for key, about in properties.items():
        try:
            list(_validator(schema, about).iter_errors(None))
        except Unresolvable as error:
            yield f"properties.{key}: {error.ref!r} is not found from here; do without an inner $id"
            return
        for value in about.get("examples", ()) if isinstance(about, dict) else ():
            if not _validator(schema, about).is_valid(value):
                yield f"properties.{key}.examples: {value!r} is not valid by what stands beside it"


def _dangling(schema: Any) -> Iterator[str]:
    """What the schema refers to, and does not have: nothing is fetched from elsewhere."""
    from referencing import Registry, Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    def of(resource: Any, resolver: Any) -> Iterator[str]:
        contents = resource.contents if isinstance(resource.contents, dict) else {}
        for word in ("$ref", "$dynamicRef"):
            try:
                resolver.lookup(contents.get(word, "#"))
            except Unresolvable:
                yield f"{word}: {contents[word]!r} is nowhere in this schema; put it in `$defs`"
        for inner in resource.subresources():
            yield from of(inner, resolver.in_subresource(inner))

    whole: Resource[Any] = DRAFT202012.create_resource(schema)
    uri = whole.id() or ""
    registry: Registry[Any] = Registry()
    yield from of(whole, registry.with_resource(uri, whole).resolver(uri))


def _values(schema: Mapping[str, Any], about: Mapping[str, Any]) -> Iterator[Property]:
    """Values of one property, for an app to declare; none where it is no simple one."""
    for value in about["examples"] if "examples" in about else _candidates(about):
        if not isinstance(value, bool | int | str) or value == "":
            continue
        if about.get("default") != value and _validator(schema, about).is_valid(value):
            yield value


def _candidates(about: Mapping[str, Any]) -> tuple[Any, ...]:
    if "const" in about:
        return (about["const"],)
    if "enum" in about:
        return tuple(about["enum"])
    match about.get("type"):
        case "boolean":
            return (True, False)
        case "integer":
            bounds = [about[key] for key in ("minimum", "maximum") if key in about]
            return tuple(dict.fromkeys((*bounds, *INTEGERS)))
        case "string":
            return TEXTS
    return ()


def _validator(schema: Mapping[str, Any], part: Mapping[str, Any] | None = None) -> Any:
    """A validator of a schema, or of a part of it, which may refer to the rest."""
    # Imported here: the plugin's own import has to stay cheap.
    from jsonschema import Draft202012Validator

    whole = Draft202012Validator(schema)
    return whole if part is None else whole.evolve(schema=part)
