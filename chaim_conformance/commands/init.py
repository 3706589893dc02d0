"""``chaim-conformance init``: writes chaim.toml and the CI file into a provider's repo."""

from __future__ import annotations

import argparse
import os
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chaim_conformance.config import (
    BINDER_HELP,
    FILE_NAME,
    HANDLER_HELP,
    ProviderConfig,
    read_config,
)
from chaim_conformance.errors import UsageError
from chaim_conformance.exit_codes import Exit

if TYPE_CHECKING:
    from chaim_conformance.discovery.repo import Found

CI = ("auto", "github", "gitlab", "none")
GITHUB_FILE = ".github/workflows/chaim.yml"
GITLAB_FILE = ".gitlab/chaim.gitlab-ci.yml"
_BINDERS = ("cdk-node", "cdk-python", "command")


def add(commands: Any) -> None:
    """Adds the command to those of a parser (what ``add_subparsers`` gives)."""
    init = commands.add_parser(
        "init",
        help="write chaim.toml and a CI file into a provider's repo",
        description="Writes chaim.toml and a CI file into a provider's repo, by what it finds "
        "there. It overwrites nothing.",
        epilog="example: chaim-conformance init --dry-run\n"
        "exit codes: 0 written or there already, 4 nothing to judge was found",
    )
    init.add_argument(
        "directory", metavar="DIR", type=Path, nargs="?", default=Path(), help="default: here"
    )
    init.add_argument("--handler", metavar="LOCATOR", help=HANDLER_HELP)
    init.add_argument("--binder", metavar="LOCATOR", help=BINDER_HELP)
    init.add_argument("--ci", choices=CI, default="auto", help="whose CI; default: the repo's own")
    init.add_argument("--dry-run", action="store_true", help="print, and write nothing")
    init.set_defaults(command=_init)


@dataclass(frozen=True, kw_only=True)
class NewFile:
    """A file to be written, unless it is there: its path and text, and what to say of it."""

    path: Path
    text: str
    hint: str = ""


def _init(options: argparse.Namespace) -> int:
    directory = options.directory.resolve()
    if not directory.is_dir():
        raise UsageError(f"init: {options.directory}: no such directory; name the provider's repo")
    _require_locators(options.handler, options.binder)
    config = directory / FILE_NAME
    schemas = ""
    files = []
    if os.path.lexists(config):
        providers = read_config(config)
        print(f"left as it is: {_short(config)}")
        if options.handler or options.binder:
            print(f"note: --handler and --binder were not written into {_short(config)}")
    else:
        from chaim_conformance.discovery.chaim_toml import chaim_toml

        found = _found(directory, options)
        providers, schemas = (_likeliest(directory, found),), found.schemas
        files.append(NewFile(path=config, text=chaim_toml(found)))
    files += _ci_files(providers, directory, options.ci)
    for file in files:
        _give(file, dry=options.dry_run)
    if not options.dry_run:
        _tell_what_is_next(config, directory, schemas)
    return Exit.CONFORMANT


def _require_locators(handler: str | None, binder: str | None) -> None:
    if handler is not None:
        from chaim_conformance.drivers.locator import read_locator

        read_locator(handler)
    scheme, _, rest = (binder or "").partition(":")
    if binder is not None and (scheme not in _BINDERS or not rest.strip()):
        raise UsageError(f"binder {binder!r}: not a locator; these exist: {BINDER_HELP}")


def _found(directory: Path, options: argparse.Namespace) -> Found:
    """What is there to be judged; raises :class:`UsageError` where that is nothing."""
    from chaim_conformance.discovery.repo import look_into

    found = look_into(directory, handler=options.handler, binder=options.binder)
    if found.handlers or found.binders:
        return found
    raise UsageError(
        f"init: no handler and no binder was found in {directory}; nothing was written. Looked for"
        " a function `handler` in JavaScript, TypeScript and Python, a Lambda function in Go, and"
        " packages with ChaimDynamoDBBinder.\nName what there is:"
        f"\n    --handler LOCATOR   {HANDLER_HELP}"
        f"\n    --binder LOCATOR    {BINDER_HELP}"
    )


def _likeliest(directory: Path, found: Found) -> ProviderConfig:
    """The provider that the new ``chaim.toml`` names."""
    return ProviderConfig(
        root=directory,
        handler=found.handlers[0].locator if found.handlers else None,
        binder=found.binders[0].locator if found.binders else None,
        prepare=found.prepare or None,
    )


def _ci_files(providers: tuple[ProviderConfig, ...], directory: Path, wanted: str) -> list[NewFile]:
    """The CI file, or none, and then it is said why."""
    from chaim_conformance.discovery import forge
    from chaim_conformance.discovery.toolchain import toolchain_of
    from chaim_conformance.discovery.workflow import github_workflow, gitlab_job

    root = forge.repository(directory)
    chosen = forge.forge_of(root) if wanted == "auto" else wanted
    if chosen == "none":
        if wanted == "auto":
            print("note: no CI file, as there is no sign of GitHub or GitLab; --ci names one")
        return []
    path = root / (GITHUB_FILE if chosen == "github" else GITLAB_FILE)
    if not path.exists() and (runs_it := forge.already_run_by(root)):
        print(f"left as it is: {_short(runs_it)}, which runs the kit already")
        return []
    needs = toolchain_of(providers, directory)
    below = directory.relative_to(root).as_posix()
    if chosen == "github":
        return [NewFile(path=path, text=github_workflow(needs, below))]
    hint = f'include it in .gitlab-ci.yml:  include: [{{ local: "/{GITLAB_FILE}" }}]'
    return [NewFile(path=path, text=gitlab_job(needs, below), hint=hint)]


def _give(file: NewFile, *, dry: bool) -> None:
    """Writes a file, or prints it; says what became of it."""
    if os.path.lexists(file.path):
        print(f"left as it is: {_short(file.path)}")
        return
    if dry:
        print(f"would write {_short(file.path)}:\n")
        print("".join(f"    {line}\n" for line in file.text.splitlines()))
        return
    try:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        write_new(file.path, file.text)
    except OSError as error:
        raise UsageError(f"init: {file.path} cannot be written: {error.strerror}") from error
    print(f"written: {_short(file.path)}")
    if file.hint:
        print(f"  {file.hint}")


def write_new(path: Path, text: str) -> None:
    """Writes a file that is not there, whole or not at all.

    Raises :class:`FileExistsError` where it is there after all.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        os.chmod(name, 0o666 & ~_umask())
        os.link(name, path)  # unlike a renaming, it replaces nothing
    finally:
        os.unlink(name)


def _umask() -> int:
    """What the user takes from new files; it can be asked for only by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _tell_what_is_next(config: Path, directory: Path, schemas: str) -> None:
    named = [] if config.parent == Path.cwd() else ["--config", _short(config)]
    if schemas:
        folder = _short(directory / schemas)
        print(f"your schemas: {shlex.join(['chaim-conformance', 'validate', folder])}")
    print(f"next: {shlex.join(['chaim-conformance', 'doctor', *named])}")


def _short(path: Path) -> str:
    """The path from here, where it is below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
