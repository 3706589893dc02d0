"""What a provider's repo has: handlers and binders, likeliest first, and where its schemas are."""

from __future__ import annotations

import os.path
from dataclasses import dataclass, replace
from pathlib import Path

from chaim_conformance.discovery.binders import binders
from chaim_conformance.discovery.candidate import Candidate, likeliest_first
from chaim_conformance.discovery.node_handlers import node_handlers
from chaim_conformance.discovery.program_handlers import program_handlers
from chaim_conformance.discovery.python_handlers import python_handlers
from chaim_conformance.discovery.source_files import source_files

NAMED = "as it was named"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What could be configured; ``schemas`` is the folder with all ``.bprint`` files, or empty."""

    handlers: tuple[Candidate, ...] = ()
    binders: tuple[Candidate, ...] = ()
    schemas: str = ""

    @property
    def prepare(self) -> str:
        """The build of what is likeliest; the handler's where each half has one of its own."""
        chosen = (*self.handlers[:1], *self.binders[:1])
        return next((one.prepare for one in chosen if one.prepare), "")


def look_into(root: Path, *, handler: str | None = None, binder: str | None = None) -> Found:
    """Looks for the halves that are not named, and for what a named one needs."""
    files = source_files(root)
    handlers = likeliest_first(
        (
            *node_handlers(root, files),
            *python_handlers(root, files),
            *program_handlers(root, files),
        )
    )
    schemas = [os.path.dirname(file.path) or "." for file in files if file.suffix == ".bprint"]
    return Found(
        handlers=_named(handler, handlers),
        binders=_named(binder, likeliest_first(binders(root, files))),
        schemas=os.path.commonpath(schemas) or "." if schemas else "",
    )


def _named(locator: str | None, found: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """The candidate that was named, with what is known of it; all of them where none was."""
    if locator is None:
        return found
    known = next((one for one in found if one.locator == locator), Candidate(locator="", why=""))
    return (replace(known, locator=locator, why=NAMED),)
