"""What to judge and how: ``chaim.toml`` and the flags that win over it."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from chaim_conformance import contract
from chaim_conformance.errors import UsageError

FILE_NAME = "chaim.toml"
PROFILES = ("quick", "default", "thorough")
ISOLATIONS = ("bundle", "process")

NO_PROVIDER = f"""no provider to judge. Name its handler:

    pytest -p chaim_conformance --chaim-handler node:index.js
    chaim-conformance check --handler python:handler.py:handler

or write {FILE_NAME} at the root of your repo:

    contract = "1.0"

    [provider]
    handler = "node:index.js\""""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A failure that the provider's author knows of."""

    clause: str
    reason: str
    issue: str = ""
    expires: date | None = None


@dataclass(frozen=True, kw_only=True)
class ProviderConfig:
    """One provider, as ``chaim.toml`` or the flags describe it.

    ``root`` is what relative paths are relative to; ``timeout`` is the function's own, in seconds;
    ``environment`` maps the contract's names of variables to the provider's own.
    """

    root: Path
    name: str = ""
    handler: str | None = None
    binder: str | None = None
    bundle: Path | None = None
    answer: Literal["auto", "provider-framework", "response-url"] = "auto"
    timeout: float = 300.0
    scheme: Literal["auto", "http", "https"] = "auto"
    formats: tuple[str, ...] = ("1.0", "3.0")
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: str | None = None
    known: tuple[Known, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a run goes, whatever the provider. ``report`` is where failures are written."""

    profile: Literal["quick", "default", "thorough"] = "default"
    select: tuple[str, ...] = ()
    strict: bool = False
    isolation: Literal["bundle", "process"] = "bundle"
    report: Path = Path(".chaim")

    def selected(self) -> tuple[contract.Clause, ...]:
        """The clauses to judge; raises :class:`UsageError` for one that does not exist."""
        if not self.select:
            return contract.clauses()
        chosen = {contract.clause(name).id for name in self.select}
        return tuple(clause for clause in contract.clauses() if clause.id in chosen)


def load_providers(
    *, directory: Path, config: Path | None, provider: str | None, handler: str | None
) -> tuple[ProviderConfig, ...]:
    """The providers that a run is about.

    ``config`` is ``chaim.toml``, by default the one in ``directory``; ``provider`` picks one of
    several; ``handler`` wins over the file's. Raises :class:`UsageError`.
    """
    path = config if config is not None else directory / FILE_NAME
    providers: tuple[ProviderConfig, ...] = ()
    if config is not None or path.is_file():
        providers = read_config(path)
    if provider is not None:
        providers = (_named(provider, providers, path),)
    if handler is not None:
        if len(providers) > 1:
            names = ", ".join(one.name for one in providers)
            raise UsageError(
                f"a handler was named, but {path} has several providers; choose one ({names})"
            )
        base = providers[0] if providers else ProviderConfig(root=directory)
        # A flag's path is relative to where it was typed, the file's to the file.
        return (replace(base, root=directory, handler=handler, bundle=base.bundle),)
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
    problems = [_problem(error) for error in contract.validator("chaim-toml").iter_errors(document)]
    if problems:
        raise UsageError("\n".join(f"{path}: {problem}" for problem in sorted(set(problems))))
    known = tuple(_known(path, entry) for entry in document.get("known", ()))
    section = document.get("provider", {})
    tables = section if _has_names(section) else {"": section}
    root = path.resolve().parent
    return tuple(_provider(root, name, table, known) for name, table in tables.items())


def _has_names(section: Mapping[str, Any]) -> bool:
    """Whether these are ``[provider.NAME]`` tables rather than one ``[provider]``."""
    return bool(section) and all(
        isinstance(value, dict) and key != "environment" for key, value in section.items()
    )


def _provider(
    root: Path, name: str, table: dict[str, Any], known: tuple[Known, ...]
) -> ProviderConfig:
    keys = ("handler", "binder", "answer", "timeout", "scheme", "environment", "prepare")
    values = {key: table[key] for key in keys if key in table}
    if "formats" in table:
        values["formats"] = tuple(table["formats"])
    if "bundle" in table:
        values["bundle"] = root / table["bundle"]
    return ProviderConfig(root=root, name=name, known=known, **values)


def _known(path: Path, entry: dict[str, Any]) -> Known:
    try:
        clause = contract.clause(entry["clause"]).id
    except UsageError as error:
        raise UsageError(f"{path}: [[known]]: {error}") from error
    return Known(**{**entry, "clause": clause})


def _problem(error: Any) -> str:
    """What is wrong, where, and what was expected, from an error of jsonschema."""
    where = ".".join(str(part) for part in error.absolute_path) or "the file"
    if error.validator == "additionalProperties":
        allowed = list(error.schema.get("properties", ()))
        unknown = [key for key in error.instance if key not in allowed]
        near = [m for key in unknown for m in difflib.get_close_matches(key, allowed, n=1)]
        meant = f"; did you mean {', '.join(near)}?" if near else ""
        return f"{where}: unknown key {', '.join(unknown)}{meant} (known: {', '.join(allowed)})"
    if error.validator == "required":
        return f"{where}: {error.message}"
    if error.validator in ("enum", "const"):
        expected = error.schema.get("enum") or [error.schema["const"]]
        return f"{where}: {error.instance!r}, expected {' or '.join(map(repr, expected))}"
    return f"{where}: {error.message}"
