"""The contract as data: clauses, and validators for its JSON Schemas."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from chaim_conformance.errors import UsageError

Level = Literal["MUST", "SHOULD"]
BASE = "https://chaim.co/contract/1.0/"


@dataclass(frozen=True, kw_only=True)
class Authority:
    """Why a clause stands: ``S`` the source says so, ``P`` the platform does, ``R`` our reading.

    ``S`` has the quoted line of the source, the others a reason.
    """

    kind: Literal["S", "P", "R"]
    quote: str = ""
    reason: str = ""

    def __str__(self) -> str:
        match self.kind:
            case "S":
                return f'the source says: "{self.quote}"'
            case "P":
                return f"the platform: {self.reason}"
            case _:
                return f"our reading: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One numbered requirement.

    ``since`` is the version of the contract that it came with. ``applies`` are the capabilities
    that a provider needs for the clause to apply. ``check`` is ``yes``, ``not yet``, or
    ``excluded:`` and a reason. ``why`` says what breaks in real life. ``disputed`` says who
    contests the clause, and why; empty where nobody does.
    """

    id: str
    slug: str
    family: str
    level: Level
    since: str
    applies: tuple[str, ...]
    authority: tuple[Authority, ...]
    text: str
    why: str
    check: str
    readings: tuple[int, ...] = ()
    disputed: str = ""

    @property
    def name(self) -> str:
        """The id and the slug, as in ids of tests."""
        return f"{self.id}-{self.slug}"


def contract_directory() -> Path:
    """Where the contract's files are: inside an installed kit, or beside it in a checkout."""
    installed = Path(__file__).parent / "_contract"
    return installed if installed.is_dir() else Path(__file__).parents[1] / "contract"


@cache
def clauses() -> tuple[Clause, ...]:
    """Every clause, in the order of the contract."""
    return tuple(_clause(entry) for entry in _document()["clauses"])


def contract_version() -> str:
    """The version of the contract that the kit has, such as ``1.0``."""
    version: str = _document()["contract"]
    return version


@cache
def _document() -> dict[str, Any]:
    text = (contract_directory() / "clauses.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def _clause(entry: dict[str, Any]) -> Clause:
    authority = tuple(Authority(**one) for one in entry["authority"])
    tuples = {key: tuple(entry.get(key, ())) for key in ("applies", "readings")}
    return Clause(**{**entry, **tuples, "authority": authority})


def clause(name: str) -> Clause:
    """The clause of this id, slug, or both (``H10``, ``content-hash``, ``H10-content-hash``).

    Raises :class:`UsageError` with the nearest names where there is none.
    """
    known: dict[str, Clause] = {}
    for one in clauses():
        known |= dict.fromkeys((one.id.lower(), one.slug, one.name.lower()), one)
    found = known.get(name.strip().lower())
    if found is None:
        near = difflib.get_close_matches(name.strip().lower(), known, n=3, cutoff=0.5)
        meant = ", ".join(dict.fromkeys(known[match].name for match in near))
        raise UsageError(
            f"unknown clause {name!r}"
            + (f"; did you mean {meant}?" if meant else "")
            + " `chaim-conformance clauses` lists them all."
        )
    return found


@cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of this name, say ``snapshot-1.0``."""
    path = contract_directory() / "schemas" / f"{name}.schema.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


@cache
def validator(name: str) -> Any:
    """A ``jsonschema`` validator for the schema of this name; references need no network."""
    # Imported here: the plugin's own import has to stay cheap.
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    def retrieve(uri: str) -> Resource[Any]:
        document = schema(uri.removeprefix(BASE).removesuffix(".schema.json"))
        return Resource.from_contents(document, default_specification=DRAFT202012)

    registry: Registry[Any] = Registry(retrieve=retrieve)  # type: ignore[call-arg]
    return Draft202012Validator(schema(name), registry=registry)
