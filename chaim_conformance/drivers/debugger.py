"""How a handler is started for a debugger to attach: the command, the port, what to tell."""

from __future__ import annotations

import importlib.util
import json
import shlex
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from chaim_conformance.drivers.launch import Words
from chaim_conformance.drivers.locator import Scheme
from chaim_conformance.drivers.ports import HOST, is_free, unused_port
from chaim_conformance.errors import UsageError

USUAL_PORTS = {"node": 9229, "python": 5678}
COMMAND, PORT = "{command}", "{port}"
_SECONDS_TO_FREE = 10.0
Kind = Literal["node", "python", "own"]


@dataclass(frozen=True, kw_only=True)
class Debugger:
    """A debugger that waits at ``port`` of this machine, or one's ``own``, by its command.

    ``own`` are its words, with ``{command}`` for those of the handler and ``{port}``.
    """

    kind: Kind
    port: int
    own: Words = ()

    def command(self, command: Words) -> Words:
        """The command of a process that waits for a debugger before it does anything.

        The one before was killed, and gives its port back in a moment.
        """
        end = time.monotonic() + _SECONDS_TO_FREE
        while not is_free(self.port) and time.monotonic() < end:
            time.sleep(0.02)
        match self.kind:
            case "node":
                node, *rest = command
                return (node, f"--inspect-brk={HOST}:{self.port}", *rest)
            case "python":
                *python, file = command
                # Frozen modules have no lines to stop at; debugpy warns of them.
                listen = ("-m", "debugpy", "--listen", f"{HOST}:{self.port}", "--wait-for-client")
                return (*python, "-X", "frozen_modules=off", *listen, file)
            case "own":
                return tuple(
                    one
                    for word in self.own
                    for one in (command if word == COMMAND else (self._filled(word, command),))
                )

    def _filled(self, word: str, command: Words) -> str:
        return word.replace(PORT, str(self.port)).replace(COMMAND, shlex.join(command))

    def instructions(self, *, source: Path, copy: Path) -> list[str]:
        """How to attach; ``copy`` is where the handler of the folder ``source`` runs."""
        at = f"{HOST}:{self.port}"
        match self.kind:
            case "node":
                ways = [
                    f"Chrome     open chrome://inspect; {at} has to be listed below Configure...",
                    f"terminal   node inspect {at}",
                ]
                place = {"localRoot": str(source), "remoteRoot": str(copy)}
                config = _attach(
                    "node", address=HOST, port=self.port, **place, restart=True, skipFiles=[]
                )
            case "python":
                ways = ["editors    any that speaks the Debug Adapter Protocol, to that port"]
                config = _attach(
                    "debugpy",
                    connect={"host": HOST, "port": self.port},
                    pathMappings=[{"localRoot": str(source), "remoteRoot": str(copy)}],
                    justMyCode=False,
                )
            case "own":
                return [f"The handler of {source} runs in {copy}, under your own command."]
        return [
            f"Attach a debugger to {at}:",
            *(f"  {way}" for way in ways),
            f"  VS Code    in launch.json: {json.dumps(config)}",
            "It stops at the first line of all, and then right before each call of your handler:",
            f"step into that. Your files run from a copy, {copy}.",
        ]


def _attach(kind: str, **fields: Any) -> dict[str, Any]:
    """VS Code's configuration for a process that waits."""
    return {"type": kind, "request": "attach", "name": "chaim", **fields}


def find_debugger(scheme: Scheme, *, own: str | None, port: int | None) -> Debugger:
    """The debugger for a handler of this kind; :class:`UsageError` where there is none.

    ``own`` is the text of one's own command. ``port`` has to be free; without it the usual one is
    taken, or another where that is not.
    """
    if scheme in ("http", "https"):
        raise UsageError(
            "debug: the kit does not start an http: handler; put the debugger into `start` of"
            " chaim.toml, and play the scenario by `chaim-conformance replay`"
        )
    if own is not None:
        words = _words(own)
        return Debugger(kind="own", port=_port(port, 0), own=words)
    if scheme == "python" and importlib.util.find_spec("debugpy") is None:
        raise UsageError("debug: debugpy is not installed beside the kit: pip install debugpy")
    if scheme == "node" or scheme == "python":
        return Debugger(kind=scheme, port=_port(port, USUAL_PORTS[scheme]))
    raise UsageError(
        f"debug: a {scheme}: handler is started by a command, so say how that is debugged, say"
        " --with 'dlv exec --headless --listen 127.0.0.1:{port} {command}'"
    )


def _words(own: str) -> Words:
    try:
        words = tuple(shlex.split(own))
    except ValueError as error:
        raise UsageError(f"--with {own!r}: cannot be read as a command: {error}") from error
    if not any(COMMAND in word for word in words):
        raise UsageError(f"--with {own!r}: {COMMAND} has to stand where the handler's command goes")
    if COMMAND not in words[0] and shutil.which(words[0]) is None:
        raise UsageError(f"--with {own!r}: {words[0]} is not on PATH")
    return words


def _port(wanted: int | None, usual: int) -> int:
    if wanted is not None:
        if not (0 < wanted < 2**16 and is_free(wanted)):
            raise UsageError(f"--port {wanted}: it is not free; name another, or none at all")
        return wanted
    if usual and is_free(usual):
        return usual
    return unused_port()
