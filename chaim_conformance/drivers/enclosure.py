"""Keeps handlers from reaching beyond this machine: they run in a network namespace of their own.

The kit stays outside. A socket belongs to the namespace in which it was made, so the kit serves
those inside on listening sockets that the holder, a process within, makes and hands over.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol

from chaim_conformance.drivers.limits import DEFAULT, Limits
from chaim_conformance.errors import HarnessError
from chaim_conformance.plane.server import listen_on_loopback

_HOLDER = Path(__file__).with_name("enclosure_holder.py")
_HOST = "127.0.0.1"
# The holder answers within milliseconds; a busy machine takes longer (seconds).
_PATIENCE = 30.0
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class Enclosure(Protocol):
    """Where handler processes run.

    ``environment`` is what they have to find among their variables, ``limits`` what they may take
    of the machine (``None``: anything). ``contained`` and ``lacking`` tell people what is enforced,
    and what is not and why.
    """

    environment: Mapping[str, str]
    limits: Limits | None
    contained: tuple[str, ...]
    lacking: tuple[str, ...]

    def command(self, command: tuple[str, ...]) -> tuple[str, ...]:
        """The command that runs this one inside, as the same process."""

    def listen(self, port: int = 0) -> socket.socket:
        """A socket that listens inside, on this port of 127.0.0.1; 0 is any free one."""

    def close(self) -> None:
        """Ends whatever still runs inside."""


def open_enclosure(
    containment: Literal["auto", "off"], *, serves_the_kit: bool = False
) -> Enclosure:
    """A namespace where the system allows it, and else the next best thing.

    It is the next best for handlers that the kit calls: a port inside is nobody's from outside.
    """
    if containment == "off":
        return Outside(limits=None)
    if serves_the_kit:
        return NowhereByProxy(reason="an endpoint has to be reached from outside")
    try:
        return Namespace()
    except Unavailable as reason:
        return NowhereByProxy(reason=str(reason))


class Unavailable(Exception):
    """This system has no network namespace for us; the message says why."""


class Outside:
    """No enclosure: handlers run where the kit does, within limits at most."""

    def __init__(self, *, limits: Limits | None = DEFAULT) -> None:
        self.environment: Mapping[str, str] = {}
        self.limits = limits
        self.contained = limits.words if limits is not None else ()
        self.lacking: tuple[str, ...] = ()

    def command(self, command: tuple[str, ...]) -> tuple[str, ...]:
        """The command itself."""
        return command

    def listen(self, port: int = 0) -> socket.socket:
        """An ordinary socket, on a port of 127.0.0.1."""
        return listen_on_loopback(port)

    def close(self) -> None:
        """There is nothing to end."""


class NowhereByProxy(Outside):
    """The next best: clients that heed the usual variables are sent to a port that refuses all."""

    def __init__(self, *, reason: str) -> None:
        # Bound, so that nobody else gets the port, and not listening: it refuses at once.
        self._refusing = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._refusing.bind((_HOST, 0))
        nowhere = f"http://{_HOST}:{self._refusing.getsockname()[1]}"
        wanted = dict.fromkeys(_PROXIES, nowhere) | {"NO_PROXY": f"{_HOST},localhost"}
        super().__init__()
        self.lacking = (
            f"network: not contained ({reason}); proxies lead nowhere instead",
            *DEFAULT.lacking,
        )
        self.environment = wanted | {name.lower(): value for name, value in wanted.items()}

    def close(self) -> None:
        """Gives the port back."""
        self._refusing.close()


class Namespace:
    """A network with nothing but its own loopback.

    Raises :class:`Unavailable` where there is none to be had.
    """

    def __init__(self) -> None:
        self.environment: Mapping[str, str] = {}
        self.limits: Limits | None = DEFAULT
        self.contained: tuple[str, ...] = ("network namespace", *DEFAULT.words)
        self.lacking: tuple[str, ...] = DEFAULT.lacking
        nsenter = _nsenter()
        self._turn = threading.Lock()  # the planes listen from threads of theirs
        self._holder, self._socket = _start_holder()
        try:
            kinds = _told(self._socket)
            self._prefix = (
                nsenter,
                f"--target={self._holder.pid}",
                *(["--user", "--preserve-credentials"] if "user" in kinds else []),
                "--net",
                "--",
            )
            _try(self._prefix)
        except BaseException:
            self.close()
            raise

    @property
    def holder(self) -> int:
        """The process that keeps the namespace."""
        return self._holder.pid

    def command(self, command: tuple[str, ...]) -> tuple[str, ...]:
        """The command behind ``nsenter``, which becomes it."""
        return (*self._prefix, *command)

    def listen(self, port: int = 0) -> socket.socket:
        """A socket that listens inside; :class:`HarnessError` where the port is taken."""
        with self._turn:
            try:
                self._socket.send(str(port).encode())
                said, sockets, _, _ = socket.recv_fds(self._socket, 1000, 1)
            except OSError as error:
                raise HarnessError(f"the network namespace is gone: {error}") from error
        if not sockets:
            reason = said.decode() or "its holder has ended"
            raise HarnessError(f"port {port} of the network namespace: {reason}")
        return socket.socket(fileno=sockets[0])

    def close(self) -> None:
        """Ends whatever still runs inside, and the holder."""
        self._socket.close()
        self._holder.wait()


def _nsenter() -> str:
    if not sys.platform.startswith("linux"):
        raise Unavailable(f"{sys.platform} has no network namespaces")
    found = shutil.which("nsenter")
    if found is None:
        raise Unavailable("nsenter, of util-linux, is not installed")
    return found


def _start_holder() -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(_PATIENCE)
    with theirs:
        holder = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_HOLDER), str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,  # a Ctrl-C is for the kit, which then lets go in order
        )
    return holder, ours


def _told(holder: socket.socket) -> str:
    """The kinds of namespaces that the holder made."""
    try:
        word, _, rest = holder.recv(1000).decode().partition(" ")
    except OSError as error:
        raise Unavailable(f"its holder did not answer: {error}") from error
    if word != "ok":
        raise Unavailable(rest or "its holder ended without a word")
    return rest


def _try(prefix: tuple[str, ...]) -> None:
    """Whether one can get in; a namespace that nobody can enter is none."""
    try:
        done = subprocess.run(
            (*prefix, prefix[0], "--version"),
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"nsenter: {error}") from error
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Unavailable(said[-1])
