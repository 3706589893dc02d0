"""Runs what a binder bundled: handlers out of the files of publications, on the plane."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from chaim_conformance import decoys
from chaim_conformance.config import ProviderConfig, Settings
from chaim_conformance.drivers import Enclosure, is_endpoint, open_handler
from chaim_conformance.drivers.driver import HandlerDriver
from chaim_conformance.drivers.switching_driver import SwitchingDriver
from chaim_conformance.errors import UsageError
from chaim_conformance.plane import PlaneServer
from chaim_conformance.runner import Runner
from chaim_conformance.synth_files import MOST_KEPT
from chaim_conformance.synth_life import Undeployable
from chaim_conformance.synth_transcript import Publication, SeenFile
from chaim_conformance.transcript import AnswerStyle

# So many different handlers are kept ready; a binder that is good has one.
MOST_KEPT_READY = 2
# What Lambda has built in, and a machine may have near the provider.
BUILT_IN = ("@aws-sdk", "@smithy")
PACKAGES = "node_modules"


@dataclass(kw_only=True)
class SynthHandlers:
    """The handlers of one binder, by the content of their files; to be closed.

    A bundle has a process of its own as long as it is the same handler. ``provider`` is the
    binder's, for timeout and names, and for the handler where publications name none.
    """

    server: PlaneServer
    provider: ProviderConfig
    settings: Settings
    enclosure: Enclosure | None = None
    _ready: OrderedDict[str, tuple[Runner, ExitStack]] = field(default_factory=OrderedDict)

    def runner(self, publications: tuple[Publication, ...]) -> Runner:
        """What plays scenarios against the handlers that these have, as a rule the same one.

        Where they have several, each snapshot is published by its own. Raises
        :class:`Undeployable` where they are of two kinds, or one cannot be started.
        """
        one = publications[0]
        _require_whole(publications)
        for other in publications[1:]:
            if other.answer_style != one.answer_style:
                raise Undeployable(
                    f"{other.logical_id} of stack {other.stack} answers CloudFormation otherwise "
                    f"than {one.logical_id} of stack {one.stack}: the kit knows one way at a time"
                )
        wanted = _fingerprint(one)
        if any(_fingerprint(other) != wanted for other in publications):
            wanted = "\0".join(f"{_fingerprint(p)} {_digest(p.snapshot)}" for p in publications)
        if wanted not in self._ready:
            try:
                self._ready[wanted] = self._opened(publications)
            except UsageError as error:
                raise Undeployable(str(error)) from error
            while len(self._ready) > MOST_KEPT_READY:
                self._forget(next(iter(self._ready)))
        self._ready.move_to_end(wanted)
        return self._ready[wanted][0]

    def forget(self, runner: Runner) -> None:
        """Ends the processes of one that cannot be run after all."""
        for key, (known, _) in list(self._ready.items()):
            if known is runner:
                self._forget(key)

    def close(self) -> None:
        """Ends every process, and removes every file."""
        for key in list(self._ready):
            self._forget(key)

    def _forget(self, key: str) -> None:
        self._ready.pop(key)[1].close()

    def _opened(self, publications: tuple[Publication, ...]) -> tuple[Runner, ExitStack]:
        with ExitStack() as undo:
            drivers: dict[str, HandlerDriver] = {}
            for one in publications:
                key = _fingerprint(one)
                drivers[key] = drivers.get(key) or self._driver(one, undo)
            driver = drivers[_fingerprint(publications[0])]
            if len(drivers) > 1:
                driver = SwitchingDriver(
                    {
                        one.snapshot.content if one.snapshot else None: drivers[_fingerprint(one)]
                        for one in publications
                    }
                )
            home = driver.workspace / "home"
            decoys.lay(home)
            runner = Runner(
                driver=driver,
                server=self.server,
                home=home,
                answer_style=driver.answer_style
                or _style(self.provider, publications[0].answer_style),
                names=self.provider.environment,
                timeout=self.provider.timeout,
            )
            return runner, undo.pop_all()

    def _driver(self, publication: Publication, undo: ExitStack) -> HandlerDriver:
        """A driver of what a publication has for a handler; ``undo`` closes it."""
        provider = self.provider
        if publication.handler or not provider.handler:
            if not publication.handler:
                raise Undeployable(_no_handler(publication))
            place = undo.enter_context(tempfile.TemporaryDirectory(prefix="chaim-bundle-"))
            provider = self._bundled(publication, Path(place))
        driver = open_handler(provider, self.settings, enclosure=self.enclosure)
        undo.callback(driver.close)
        return driver

    def _bundled(self, publication: Publication, place: Path) -> ProviderConfig:
        """The configuration of a handler out of a publication's files, which are laid here."""
        bundle = place / "bundle"
        for file in publication.files:
            if file != publication.snapshot:
                _lay(bundle, file)
        for folder in (self.provider.root.resolve(), *self.provider.root.resolve().parents):
            built_in = [folder / PACKAGES / name for name in BUILT_IN]
            for package in built_in:
                if package.is_dir() and not (place / PACKAGES / package.name).exists():
                    (place / PACKAGES).mkdir(exist_ok=True)
                    (place / PACKAGES / package.name).symlink_to(package)
        return replace(
            self.provider,
            root=bundle,
            handler=publication.handler,
            bundle=bundle,
            start=self.provider.start if is_endpoint(publication.handler) else None,
        )


def _style(provider: ProviderConfig, seen: AnswerStyle) -> AnswerStyle:
    return seen if provider.answer == "auto" else provider.answer


def _lay(bundle: Path, file: SeenFile) -> None:
    parts = PurePosixPath(file.path).parts
    if not parts or parts[0] == "/" or ".." in parts:
        raise Undeployable(f"its bundle has a file that leads out of it: {file.path!r}")
    path = bundle.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)
    os.chmod(path, 0o755)  # the mode is not seen; a bootstrap has to be run


def _require_whole(publications: tuple[Publication, ...]) -> None:
    for publication in publications:
        for file in publication.files:
            if len(file.content) >= MOST_KEPT:
                raise Undeployable(
                    f"{publication.logical_id} of stack {publication.stack}: {file.path} has "
                    f"{MOST_KEPT:,} bytes or more, which the kit does not keep"
                )


def _fingerprint(publication: Publication) -> str:
    """What tells one handler from another: its files without the snapshot, and how it is run."""
    digest = hashlib.sha256(f"{publication.handler}\0{publication.answer_style}".encode())
    for file in publication.files if publication.handler else ():
        if file != publication.snapshot:
            about = f"\0{file.path}\0{len(file.content)}\0".encode("utf-8", "surrogatepass")
            digest.update(about + file.content)
    return digest.hexdigest()


def _digest(snapshot: SeenFile | None) -> str:
    return hashlib.sha256(snapshot.content if snapshot is not None else b"").hexdigest()


def _no_handler(publication: Publication) -> str:
    return (
        f"{publication.logical_id} of stack {publication.stack}: the kit knows no handler for it:"
        " its function has neither a Node, a Python nor a provided runtime, and chaim.toml has none"
    )
