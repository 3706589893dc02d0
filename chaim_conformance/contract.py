"""The contract as data: clauses, readings, sample violations, and validators for its schemas."""

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
    ``excluded:`` and a reason. ``why`` says what breaks in real life, ``advice`` how to get it
    right and what is done wrong most. ``files`` of the contract, relative to its directory, are
    what to test with. ``disputed`` says who contests the clause, and why; empty where nobody does.
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
    advice: str
    check: str
    readings: tuple[int, ...] = ()
    files: tuple[str, ...] = ()
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
    tuples = {key: tuple(entry.get(key, ())) for key in ("applies", "readings", "files")}
    return Clause(**{**entry, **tuples, "authority": authority})


def clause(name: str) -> Clause:
    """The clause of this id, slug, or both (``H10``, ``content-hash``, ``H10-content-hash``).

    Raises :class:`UsageError` with the nearest names where there is none.
    """
    found = _named().get(name.strip().lower())
    if found is None:
        raise UsageError(_unknown(name, {key: one.name for key, one in _named().items()}))
    return found


def clauses_named(name: str) -> tuple[Clause, ...]:
    """The clause of this name, as :func:`clause` has it, or all clauses of the family.

    Raises :class:`UsageError` with the nearest names where there is neither.
    """
    plain = name.strip().lower()
    if family := tuple(one for one in clauses() if _plain(one.family) == _plain(plain)):
        return family
    if plain in _named():
        return (_named()[plain],)
    known = {key: one.name for key, one in _named().items()}
    raise UsageError(_unknown(name, known | {one: one for one in families()}))


def families() -> tuple[str, ...]:
    """The names of all families, in the order of the contract."""
    return tuple(dict.fromkeys(one.family for one in clauses()))


def _plain(family: str) -> str:
    return family.replace("_", "-").lower()


@cache
def _named() -> dict[str, Clause]:
    known: dict[str, Clause] = {}
    for one in clauses():
        known |= dict.fromkeys((one.id.lower(), one.slug, one.name.lower()), one)
    return known


def _unknown(name: str, known: dict[str, str]) -> str:
    plain = name.strip().lower()
    near = [one for one in known if plain and one.startswith(plain)]
    near = near or difflib.get_close_matches(plain, known, n=3, cutoff=0.5)
    meant = ", ".join(list(dict.fromkeys(known[match] for match in near))[:3])
    return (
        f"unknown clause {name!r}"
        + (f"; did you mean {meant}?" if meant else ";")
        + " `chaim-conformance clauses` lists them all."
    )


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a hard place of the source is read; ``text`` has no line breaks within a paragraph."""

    number: int
    title: str
    text: str


def reading(number: int) -> Reading:
    """The reading of this number; raises :class:`KeyError` where there is none."""
    return _readings()[number]


@cache
def _readings() -> dict[int, Reading]:
    text = (contract_directory() / "READINGS.md").read_text(encoding="utf-8")
    found = {}
    for part in text.split("\n## ")[1:]:
        heading, _, body = part.partition("\n")
        number, _, title = heading.partition(". ")
        paragraphs = (" ".join(one.split()) for one in body.strip().split("\n\n"))
        found[int(number)] = Reading(number=int(number), title=title, text="\n".join(paragraphs))
    return found


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A real violation of a clause: the fault in words, and what the kit said of it.

    What differs from run to run stands in angle brackets. ``blocks`` are clauses that could not
    be judged because of it.
    """

    clause: str
    fault: str
    expected: str
    seen: str
    story: str
    hint: str = ""
    blocks: tuple[str, ...] = ()


@cache
def samples() -> dict[str, Sample]:
    """A sample violation for every clause that a provider is judged by, by the clause's id."""
    document = json.loads((contract_directory() / "violations.json").read_text(encoding="utf-8"))
    every = (Sample(**{**one, "blocks": tuple(one["blocks"])}) for one in document["violations"])
    return {one.clause: one for one in every}


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
