"""The life of one binder's process: started, asked for synths, watched, ended, reaped."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from chaim_conformance.drivers.binder_protocol import Answer, WrongAnswer, read_line
from chaim_conformance.drivers.captured_output import KEPT, CapturedOutput
from chaim_conformance.drivers.command_line import did_not_come_up
from chaim_conformance.drivers.enclosure import Enclosure
from chaim_conformance.drivers.endings import killed_words
from chaim_conformance.drivers.guardian import Guardian, told_of
from chaim_conformance.drivers.process_group import ProcessGroup

# Something that it started may hold its output open when it has ended itself: then it is asked
# this often (seconds).
_POLL = 0.02
# How long it may take to end when it is asked to (seconds); then it is killed.
_GRACE = 2.0
_CHUNK = 64 * 1024
# What is read at one go; whoever never stops printing must not hold the kit up.
_ROUNDS = 64
# No answer is that long (bytes).
_LONGEST_LINE = 16 * 1024 * 1024
# A process that has grown by that much since its first synth is spent (bytes). CDK's Node side
# never gives anything back; what it takes at first is most of what it ever takes.
MOST_GROWN = 128 * 1024 * 1024
# Where no /proc tells how much it takes, this many synths do.
MOST_SYNTHS = 300
# To ask all of /proc takes milliseconds, and no synth takes a megabyte: so many synths pass before
# memory is looked at again.
LOOK_AT_MEMORY_EVERY = 16


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What came of one request, and what was printed meanwhile.

    ``ending`` says how the process ended, or what the kit ended it for, where it did not answer.
    """

    kind: Literal["answered", "crashed", "timed-out"]
    answer: Answer = field(default_factory=dict)
    ending: str = ""
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0


class BinderProcess:
    """A long-lived process that speaks JSON lines; only one request is under way at a time.

    ``named`` is what messages call it; ``directory`` is its working directory. ``own`` is a folder
    of its own, made here, with its temporary directory in it; ``counted`` the one whose files the
    limits are about. ``started`` says that it has answered to the handshake; ``spent``, that it
    has grown so much that another should follow it. Raises :class:`OSError` where the command
    cannot be run.
    """

    def __init__(
        self,
        command: tuple[str, ...],
        *,
        named: str,
        environment: Mapping[str, str],
        directory: Path,
        own: Path,
        counted: Path,
        guardian: Guardian,
        enclosure: Enclosure,
    ) -> None:
        self.own = own
        self.synths = 0
        self.started = False
        self.spent = False
        self._named = named
        self._first_memory: int | None = None
        tmp = own / "tmp"
        tmp.mkdir(parents=True)
        self._group = ProcessGroup(
            command,
            environment={**environment, "TMPDIR": str(tmp)},
            directory=directory,
            sandbox=own,
            counted=counted,
            guardian=guardian,
            enclosure=enclosure,
            stdin=None,
        )
        stdout, stderr = self._group.output
        self._stdout = _Lines(stdout.fileno())
        self._stderr = CapturedOutput(stderr)
        os.set_blocking(self._group.input.fileno(), False)

    @property
    def alive(self) -> bool:
        """Whether it can be asked again."""
        return self._group.returncode is None

    def start(self, request: Mapping[str, Any], *, timeout: float) -> Answer:
        """The handshake; raises :class:`ProviderNotStartable` where there is none in time."""
        heard = self._ask(request, asked="start", timeout=timeout)
        if heard.kind == "answered":
            self.started = True
            return heard.answer
        ending = heard.ending or f"had not answered to start after {timeout:g} seconds"
        raise did_not_come_up(self._named, ending, heard.stdout + heard.stderr)

    def synth(self, request: Mapping[str, Any], *, timeout: float) -> Heard:
        """One synth; whoever does not answer to it in time, or at all, is killed.

        Raises :class:`ProviderNotStartable` for what is no answer.
        """
        heard = self._ask(request, asked=request["id"], timeout=timeout)
        self.synths += 1
        if heard.kind != "answered":
            self._group.kill()
        elif self.synths % LOOK_AT_MEMORY_EVERY == 1:
            self.spent = self._has_grown()
        return heard

    def stop(self) -> None:
        """Asks it to end, and does not wait for that."""
        if self.alive and not self._group.input.closed:
            with contextlib.suppress(OSError):
                os.write(self._group.input.fileno(), b'{"request": "stop"}\n')
                self._group.input.close()

    def close(self) -> None:
        """Has it end, and ends everything that it started; its folder stays."""
        self.stop()
        if self.alive:
            deadline = time.monotonic() + _GRACE
            while self.alive and (left := deadline - time.monotonic()) > 0:
                self._attend(min(left, _POLL), b"")
                self._stdout.lines(last=True)
        self._group.kill()
        with contextlib.suppress(OSError):
            self._group.input.close()
        for pipe in self._group.output:
            pipe.close()

    def _ask(
        self, request: Mapping[str, Any], *, asked: Literal["start"] | int, timeout: float
    ) -> Heard:
        self._group.expect_work()
        unsent = json.dumps(request).encode() + b"\n"
        begun = time.monotonic()
        deadline = begun + timeout
        log = _Log()
        while True:
            # In this order: with its last breath it may have answered.
            ended = not self.alive
            unsent = self._attend(self._pause(deadline, ended=ended), unsent)
            answer = self._answer(asked, log, last=ended)
            late = time.monotonic() >= deadline
            if answer is not None or ended or late:
                break
        self._stderr.read()
        kind: Literal["answered", "crashed", "timed-out"] = "answered"
        if answer is None:
            kind = "crashed" if ended else "timed-out"
        return Heard(
            kind=kind,
            answer=answer or {},
            ending=self._ending() if kind == "crashed" else "",
            stdout=log.text,
            stderr=self._stderr.take(),
            seconds=time.monotonic() - begun,
        )

    def _pause(self, deadline: float, *, ended: bool) -> float:
        return 0.0 if ended else max(0.0, min(_POLL, self._group.turn(deadline)))

    def _attend(self, seconds: float, unsent: bytes) -> bytes:
        """Reads and writes what can be, waiting that long at most; what is still to be written."""
        with selectors.DefaultSelector() as selector:
            for stream in (self._stdout, self._stderr):
                if not stream.ended:
                    selector.register(stream, selectors.EVENT_READ, stream.read)
            if unsent:
                selector.register(self._group.input, selectors.EVENT_WRITE)
            if not selector.get_map():
                self._group.wait(seconds)
            for key, _ in selector.select(seconds) if selector.get_map() else ():
                if key.data is not None:
                    key.data()
                else:
                    unsent = self._write(unsent)
        self._group.look()
        return unsent

    def _write(self, unsent: bytes) -> bytes:
        try:
            return unsent[os.write(self._group.input.fileno(), unsent) :]
        except BlockingIOError:
            return unsent
        except OSError:  # it reads no more: it has ended, or will be timed out
            return b""

    def _answer(self, asked: Literal["start"] | int, log: _Log, *, last: bool) -> Answer | None:
        answer: Answer | None = None
        for line in self._stdout.lines(last=last):
            found = self._read_line(line, asked, log) if answer is None else None
            if found is None:
                log.add(line)
            answer = answer or found
        return answer

    def _read_line(self, line: bytes, asked: Literal["start"] | int, log: _Log) -> Answer | None:
        try:
            return read_line(line, asked=asked)
        except WrongAnswer as wrong:
            self._group.kill()
            self._stderr.read()
            why = f"does not speak the protocol of binders: {wrong}"
            raise did_not_come_up(self._named, why, log.text + self._stderr.take()) from wrong

    def _ending(self) -> str:
        if self._group.exceeded:
            return "was " + killed_words(self._group.exceeded)
        code = self._group.returncode or 0
        if code >= 0:
            return f"ended with exit code {code} before it had answered"
        name = str(-code)
        with contextlib.suppress(ValueError):
            name = signal.Signals(-code).name
        return f"was ended by signal {name} before it had answered"

    def _has_grown(self) -> bool:
        memory = self._memory()
        if memory is None:
            return self.synths >= MOST_SYNTHS
        if self._first_memory is None:
            self._first_memory = memory
        return memory - self._first_memory > MOST_GROWN

    def _memory(self) -> int | None:
        """What it and its children take (bytes, resident); ``None``: no /proc tells."""
        pages = 0
        for pid in told_of(os.fspath(self.own), sessions={self._group.pid}):
            with contextlib.suppress(OSError, ValueError, IndexError):
                pages += int(Path(f"/proc/{pid}/statm").read_bytes().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") if pages else None


class _Log:
    """What was printed on stdout beside answers, up to a limit."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._dropped = 0

    def add(self, line: bytes) -> None:
        room = KEPT - len(self._kept)
        self._kept += line[:room]
        self._dropped += len(line[room:])

    @property
    def text(self) -> str:
        text = self._kept.decode("utf-8", "backslashreplace")
        return text + (f"\n[cut by the kit: {self._dropped} bytes more]\n" * bool(self._dropped))


class _Lines:
    """The lines that come out of a pipe."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._rest = bytearray()
        self.ended = False
        os.set_blocking(fd, False)

    def fileno(self) -> int:
        return self._fd

    def read(self) -> None:
        """Takes in what is there, without waiting."""
        with contextlib.suppress(BlockingIOError):
            for _ in range(_ROUNDS):
                chunk = os.read(self._fd, _CHUNK)
                self._rest += chunk
                self.ended = not chunk
                if self.ended:
                    return

    def lines(self, *, last: bool) -> list[bytes]:
        """The lines that are complete; ``last``: the rest too."""
        *lines, rest = bytes(self._rest).split(b"\n")
        lines = [line + b"\n" for line in lines]
        if rest and (last or self.ended or len(rest) > _LONGEST_LINE):
            lines.append(rest)
            rest = b""
        self._rest = bytearray(rest)
        return lines
