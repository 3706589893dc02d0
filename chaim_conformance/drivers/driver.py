"""What every handler driver offers: deploy a bundle, invoke the handler, tell how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from chaim_conformance.transcript import AnswerStyle, LeftFile, Outcome


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """A bundle made concrete.

    ``snapshot`` is the content of ``snapshot.json`` (``None``: no such file); ``environment`` holds
    the handler's own variables, by the provider's own names. One that is ``alone`` needs a process
    that never held another: what is not unloaded with a bundle, an SDK say, may remember secrets.
    """

    snapshot: bytes | None
    environment: Mapping[str, str]
    alone: bool = False


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """How one invocation ended, and what the handler printed meanwhile."""

    outcome: Outcome
    stdout: str
    stderr: str


class HandlerDriver(Protocol):
    """How the kit reaches a handler.

    ``capabilities`` says what kind of publisher it is: ``core`` always, ``cfn``, ``lambda``.
    ``answer_style`` is the one that every provider of this kind has; ``None``: it has to be found
    out. ``workspace`` is a directory that goes when the driver goes, even if the kit is killed.
    """

    capabilities: frozenset[str]
    answer_style: AnswerStyle | None
    workspace: Path

    def deploy(self, deployment: Deployment) -> None:
        """Makes the next invocation load the handler afresh from this bundle.

        What the bundle before left and nobody asked for is forgotten.
        """

    def invoke(
        self, event: Mapping[str, Any], *, request_id: str, cold: bool, timeout: float
    ) -> Invocation:
        """Delivers one event; ``request_id`` is Lambda's own, ``timeout`` is in seconds.

        ``cold`` means a new process with an empty temporary directory. Whatever the handler does
        becomes an outcome; only trouble of the kit's own raises (:class:`HarnessError`), or a
        provider that cannot be run at all (:class:`ProviderNotStartable`).
        """

    def renew(self) -> None:
        """Makes the next invocation one of a new process."""

    def isolate(self) -> None:
        """Gives every deployment a process of its own from here on."""

    def leftovers(self) -> tuple[LeftFile, ...]:
        """What the handler wrote into its bundle and its temporary directory since the last call.

        Files that a cold start took away are among them.
        """

    def close(self) -> None:
        """Ends every process and server, and removes every file, that belong to this driver."""
