"""Options that commands share: which provider, and how it is judged."""

from __future__ import annotations

import argparse
from pathlib import Path

from chaim_conformance.config import (
    BINDER_HELP,
    CONTAINMENTS,
    HANDLER_HELP,
    ISOLATIONS,
    ProviderConfig,
    Settings,
    load_providers,
    seed_of,
)
from chaim_conformance.errors import UsageError


def add_provider(parser: argparse.ArgumentParser) -> None:
    """Adds the options that name a provider and how its code is run."""
    add = parser.add_argument
    add("--config", metavar="FILE", type=Path, help="instead of chaim.toml here")
    add("--provider", metavar="NAME", help="one of several [provider.NAME]")
    add("--handler", metavar="LOCATOR", help=HANDLER_HELP)
    add("--binder", metavar="LOCATOR", help=BINDER_HELP)
    add("--report", metavar="DIR", type=Path, default=Path(".chaim"), help="where reports go")
    add("--strict", action="store_true", help="a violated SHOULD fails the run too")
    add("--isolation", choices=ISOLATIONS, default="bundle", help="a new process per bundle")
    add("--containment", choices=CONTAINMENTS, default="auto", help="keep handlers in?")


def configured(options: argparse.Namespace) -> tuple[tuple[ProviderConfig, ...], Settings]:
    """The providers and settings that the options of :func:`add_provider` and ``check`` name."""
    settings = Settings(
        profile=options.profile,
        select=tuple(name for name in options.select.split(",") if name),
        strict=options.strict,
        isolation=options.isolation,
        containment=options.containment,
        report=options.report,
        scenarios=options.scenarios,
        seed=seed_of(options.profile) if options.seed is None else options.seed,
    )
    providers = load_providers(
        directory=Path.cwd(),
        config=options.config,
        provider=options.provider,
        handler=options.handler,
        binder=options.binder,
    )
    settings.require_subject(providers)
    return providers, settings


def only(providers: tuple[ProviderConfig, ...]) -> ProviderConfig:
    """The one provider; raises :class:`UsageError` where several are configured."""
    if len(providers) > 1:
        names = ", ".join(provider.name for provider in providers)
        raise UsageError(f"several providers are configured; choose one with --provider ({names})")
    return providers[0]
