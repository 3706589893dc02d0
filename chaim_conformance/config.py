"""What to judge and how: ``chaim.toml`` and the flags that win over it."""

from __future__ import annotations

import difflib
import secrets
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from chaim_conformance import contract, counting
from chaim_conformance.errors import UsageError

FILE_NAME = "chaim.toml"
PROFILES = ("quick", "default", "thorough")
ISOLATIONS = ("bundle", "process")
CONTAINMENTS = ("auto", "off")
BINDER_HELP = "cdk-python:MODULE, cdk-node:DIR or command:COMMAND"
HANDLER_HELP = (
    "node:FILE[:EXPORT], python:FILE:FUNCTION, runtime:COMMAND, http:URL or command:COMMAND"
)

# Draws are the same for everybody, but where chance is what is wanted.
FIXED_SEED = 0

NO_PROVIDER = f"""no provider to judge. Name its handler, its binder, or both:

    pytest -p chaim_conformance --chaim-handler node:index.js
    chaim-conformance check --handler python:handler.py:handler
    chaim-conformance check --binder cdk-node:.

or write {FILE_NAME} at the root of your repo:

    contract = "1.0"

    [provider]
    handler = "node:index.js"
    binder = "cdk-node:.\""""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A failure that the author of a provider knows of; of all providers where none is named.

    ``profile`` is the least one that shows it.
    """

    clause: str
    reason: str
    issue: str = ""
    expires: date | None = None
    provider: str = ""
    profile: Literal["quick", "default", "thorough"] = "quick"


@dataclass(frozen=True, kw_only=True)
class ProviderConfig:
    """One provider, as ``chaim.toml`` or the flags describe it.

    ``root`` is what relative paths are relative to; ``timeout`` is the function's own, in seconds;
    ``start`` brings up what an ``http:`` handler names;
    ``environment`` maps the contract's names of variables to the provider's own; ``scenarios`` is a
    folder of one's own ones, ``tables`` and ``schemas`` are files (of schemas, folders too) that
    scenarios of a binder are made of; ``pin`` is the version of the contract that it is judged by,
    the kit's own where none is pinned. ``file`` is the ``chaim.toml``, and ``known_problems`` what
    is wrong with its ``[[known]]``: it fails the run, and the rest is judged all the same;
    ``by_flag`` says that handler and binder are not that file's. ``datastore_schema`` describes the
    kind of data store that the binder binds, where that is not DynamoDB.
    """

    root: Path
    name: str = ""
    handler: str | None = None
    start: str | None = None
    binder: str | None = None
    bundle: Path | None = None
    answer: Literal["auto", "provider-framework", "response-url"] = "auto"
    timeout: float = 300.0
    scheme: Literal["auto", "http", "https"] = "auto"
    formats: tuple[str, ...] = ("1.0", "3.0")
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: str | None = None
    scenarios: Path | None = None
    tables: tuple[Path, ...] = ()
    schemas: tuple[Path, ...] = ()
    datastore_schema: Path | None = None
    known: tuple[Known, ...] = ()
    known_problems: tuple[str, ...] = ()
    file: Path | None = None
    by_flag: bool = False
    pin: str = field(default_factory=contract.contract_version)

    @property
    def halves(self) -> frozenset[str]:
        """What ids of clauses about it begin with: ``H`` has a handler, ``B`` a binder."""
        there = {"H": self.handler, "B": self.binder}
        return frozenset(half for half, locator in there.items() if locator is not None)

    def without_its_own(self) -> ProviderConfig:
        """The same, for a run that plays nothing of the author's own."""
        return replace(self, scenarios=None, tables=(), schemas=())


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a run goes, whatever the provider.

    ``report`` is where failures are written; ``scenarios`` wins over the provider's folder;
    ``seed`` is that of all draws.
    """

    profile: Literal["quick", "default", "thorough"] = "default"
    select: tuple[str, ...] = ()
    strict: bool = False
    isolation: Literal["bundle", "process"] = "bundle"
    containment: Literal["auto", "off"] = "auto"
    report: Path = Path(".chaim")
    scenarios: Path | None = None
    seed: int = 0

    def clauses_for(self, provider: ProviderConfig) -> tuple[contract.Clause, ...]:
        """Those of the selected clauses that are about a half which the provider has."""
        return tuple(clause for clause in self.selected() if clause.id[0] in provider.halves)

    def require_subject(self, providers: Iterable[ProviderConfig]) -> None:
        """Raises :class:`UsageError` where clauses were named, and none is about any provider."""
        halves = {half for provider in providers for half in provider.halves}
        if self.select and halves and not any(one.id[0] in halves for one in self.selected()):
            lacking = "binder" if "B" not in halves else "handler"
            raise UsageError(
                f"--chaim-select {','.join(self.select)}: that is about a {lacking}, and none is"
                f" configured; set {lacking} in chaim.toml, or --chaim-{lacking}"
            )

    def selected(self) -> tuple[contract.Clause, ...]:
        """The clauses to judge; raises :class:`UsageError` for one that does not exist."""
        if not self.select:
            return contract.clauses()
        chosen = {contract.clause(name).id for name in self.select}
        unchecked = [c for c in contract.clauses() if c.id in chosen and c.check != "yes"]
        if len(unchecked) == len(chosen):
            names = ", ".join(clause.name for clause in unchecked)
            raise UsageError(f"--chaim-select {names}: this version of the kit does not check that")
        return tuple(clause for clause in contract.clauses() if clause.id in chosen)


def seed_of(profile: str) -> int:
    """The seed of a run that names none."""
    return secrets.randbelow(2**32) if profile == "thorough" else FIXED_SEED


def load_providers(
    *,
    directory: Path,
    config: Path | None,
    provider: str | None,
    handler: str | None,
    binder: str | None = None,
) -> tuple[ProviderConfig, ...]:
    """The providers that a run is about.

    ``config`` is ``chaim.toml``, by default the one in ``directory``; ``provider`` picks one of
    several; ``handler`` and ``binder`` win over the file's: what is named so is judged, alone where
    the other is not. Raises :class:`UsageError`.
    """
    path = config if config is not None else directory / FILE_NAME
    providers: tuple[ProviderConfig, ...] = ()
    if config is not None or path.is_file():
        providers = read_config(path)
    if provider is not None:
        providers = (_named(provider, providers, path),)
    if handler is not None or binder is not None:
        if len(providers) > 1:
            names = ", ".join(one.name for one in providers)
            what = "binder" if handler is None else "handler"
            raise UsageError(
                f"a {what} was named, but {path} has several providers; choose one ({names})"
            )
        base = providers[0] if providers else ProviderConfig(root=directory)
        # A flag's path is relative to where it was typed, the file's to the file.
        start = base.start if (handler or "").startswith(("http:", "https:")) else None
        return (
            replace(
                base, root=directory, handler=handler, binder=binder, start=start, by_flag=True
            ),
        )
    if not providers:
        raise UsageError(NO_PROVIDER)
    return providers


def _named(name: str, providers: tuple[ProviderConfig, ...], path: Path) -> ProviderConfig:
    for one in providers:
        if one.name == name:
            return one
    names = ", ".join(one.name or "(unnamed)" for one in providers) or "none"
    raise UsageError(f"--chaim-provider {name}: {path} has no [provider.{name}]; there is: {names}")


def read_config(path: Path) -> tuple[ProviderConfig, ...]:
    """The providers of a ``chaim.toml``; a :class:`UsageError` names file, key and remedy."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{path}: there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read ({error})") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path}: not TOML: {error}") from error
    errors = contract.validator("chaim-toml").iter_errors(document)
    problems = {_problem(error) for error in errors if not _is_about_a_known_failure(error)}
    if problems:
        raise UsageError("\n".join(f"{path}: {problem}" for problem in sorted(problems)))
    try:
        counting.require_supported(document["contract"])
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    section = document.get("provider", {})
    tables = section if _has_names(section) else {"": section}
    known, known_problems = read_known(document.get("known", ()), providers=tuple(tables))
    return tuple(
        replace(
            _provider(path.resolve().parent, name, table),
            file=path,
            pin=document["contract"],
            known=tuple(entry for entry in known if entry.provider in ("", name)),
            known_problems=tuple(f"{path}: {problem}" for problem in known_problems),
        )
        for name, table in tables.items()
    )


def _is_about_a_known_failure(error: Any) -> bool:
    """Whether an entry of ``[[known]]`` is incomplete, which is no reason not to judge."""
    return bool(error.absolute_path) and (
        error.absolute_path[0] == "known" and error.validator in ("required", "minLength")
    )


def _has_names(section: Mapping[str, Any]) -> bool:
    """Whether these are ``[provider.NAME]`` tables rather than one ``[provider]``."""
    return bool(section) and all(
        isinstance(value, dict) and key != "environment" for key, value in section.items()
    )


def _provider(root: Path, name: str, table: dict[str, Any]) -> ProviderConfig:
    keys = ("handler", "start", "binder", "answer", "timeout", "scheme", "environment", "prepare")
    values = {key: table[key] for key in keys if key in table}
    if "formats" in table:
        values["formats"] = tuple(table["formats"])
    paths = ("bundle", "scenarios", "datastore_schema")
    values |= {key: root / table[key] for key in paths if key in table}
    for key in ("tables", "schemas"):
        named = table.get(key, [])
        values[key] = tuple(root / one for one in ([named] if isinstance(named, str) else named))
    return ProviderConfig(root=root, name=name, **values)


def read_known(
    entries: Iterable[dict[str, Any]], *, providers: tuple[str, ...]
) -> tuple[list[Known], list[str]]:
    """The entries of ``[[known]]`` that can be used, and what is wrong with the others."""
    known: list[Known] = []
    problems: list[str] = []
    for number, entry in enumerate(entries, 1):
        try:
            known.append(_known(entry, known, providers))
        except UsageError as error:
            problems.append(f"[[known]] number {number}: {error}")
    return known, problems


def _known(entry: dict[str, Any], others: list[Known], providers: tuple[str, ...]) -> Known:
    clause = contract.clause(entry.get("clause", "")).id
    name, expires = entry.get("provider", ""), entry.get("expires")
    if not entry.get("reason", "").strip():
        raise UsageError(f"{clause} has no reason; say why it fails, for whoever reads this later")
    if expires is not None and type(expires) is not date:
        raise UsageError(f"{clause}: expires: expected a date such as 2027-03-01, without quotes")
    if name and name not in providers:
        raise UsageError(f"{clause}: there is no [provider.{name}]")
    if any(one.clause == clause and one.provider == name for one in others):
        raise UsageError(f"{clause} is listed twice; leave one")
    return Known(**{**entry, "clause": clause})


def _problem(error: Any) -> str:
    """What is wrong, where, and what was expected, from an error of jsonschema."""
    where = _place(list(error.absolute_path))
    if error.validator == "additionalProperties":
        allowed = list(error.schema.get("properties", ()))
        unknown = [key for key in error.instance if key not in allowed]
        near = [m for key in unknown for m in difflib.get_close_matches(key, allowed, n=1)]
        meant = f"; did you mean {', '.join(near)}?" if near else ""
        if where == "provider" and any(isinstance(error.instance[key], dict) for key in unknown):
            meant = "; of several providers each has a name, [provider.NAME]"
        return f"{where}: unknown key {', '.join(unknown)}{meant} (known: {', '.join(allowed)})"
    if error.validator == "required":
        return f"{where}: {error.message}"
    if error.validator in ("enum", "const"):
        expected = error.schema.get("enum") or [error.schema["const"]]
        quotes = "" if isinstance(error.instance, str) else " (a text, in quotes)"
        return f"{where}: {error.instance!r}, expected {' or '.join(map(repr, expected))}{quotes}"
    if error.validator == "type" and where == "contract":
        return f"{where}: {error.instance!r}, expected a text, in quotes"
    if error.validator == "type" and error.validator_value == ["string", "array"]:
        return f"{where}: {error.instance!r}, expected a path, or a list of paths"
    if error.validator == "type" and error.validator_value == "array":
        return f"{where}: expected a list; a table of a list is written with two: [[{where}]]"
    if error.validator == "pattern" and where == "provider":
        return (
            f"[provider.{error.instance}]: a provider's name names a folder of its failures, too:"
            " it has letters, digits, `-`, `_` and `.`, and begins with one of the first two"
        )
    return f"{where}: {error.message}"


def _place(path: list[str | int]) -> str:
    """Where in the file, in the words of whoever wrote it."""
    if len(path) > 1 and path[0] == "known" and isinstance(path[1], int):
        inner = ".".join(str(part) for part in path[2:])
        return f"[[known]] number {path[1] + 1}" + (f".{inner}" if inner else "")
    return ".".join(str(part) for part in path) or "the file"
