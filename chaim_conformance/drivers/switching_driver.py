"""Several handlers behind one driver: each bundle of a deployment may have one of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chaim_conformance.drivers.driver import Deployment, HandlerDriver, Invocation
from chaim_conformance.transcript import AnswerStyle, LeftFile


class SwitchingDriver:
    """A :class:`HandlerDriver` that runs the handler which a snapshot was bundled with.

    ``drivers`` are open ones of one kind, by the content of ``snapshot.json``; closing this one
    closes them.
    """

    capabilities: frozenset[str]
    answer_style: AnswerStyle | None
    workspace: Path

    def __init__(self, drivers: Mapping[bytes | None, HandlerDriver]) -> None:
        self._drivers = drivers
        self._all = tuple({id(one): one for one in drivers.values()}.values())
        self._current = self._all[0]
        self.capabilities = self._current.capabilities
        self.answer_style = self._current.answer_style
        self.workspace = self._current.workspace

    def deploy(self, deployment: Deployment) -> None:
        """Deploys with the handler of this snapshot, which the next invocations are of."""
        self._current = self._drivers[deployment.snapshot]
        self._current.deploy(deployment)

    def invoke(
        self, event: Mapping[str, Any], *, request_id: str, cold: bool, timeout: float
    ) -> Invocation:
        """Delivers one event to what was deployed last."""
        return self._current.invoke(event, request_id=request_id, cold=cold, timeout=timeout)

    def renew(self) -> None:
        """Makes the next invocation of each handler one of a new process."""
        for one in self._all:
            one.renew()

    def isolate(self) -> None:
        """Gives every deployment a process of its own from here on."""
        for one in self._all:
            one.isolate()

    def leftovers(self) -> tuple[LeftFile, ...]:
        """What any of the handlers left since the last call."""
        return tuple(file for one in self._all for file in one.leftovers())

    def close(self) -> None:
        """Closes every driver."""
        for one in self._all:
            one.close()
