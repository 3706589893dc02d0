"""The program that keeps a network namespace: only its own loopback is in there.

It makes the namespace, and listening sockets in it for whoever holds the other end of its socket.
However the kit ends, that end closes with it; then everything that still runs in the namespace is
killed, and the namespace goes with its last process. Nothing but the standard library is imported.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys
from contextlib import suppress

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1
BACKLOG = 256
# What is killed may have started something else meanwhile; then there is another round.
ROUNDS = 1000


def enter() -> str:
    """Moves this process to a new namespace; the kinds that are new are the answer."""
    kinds = "net"
    try:
        _unshare(CLONE_NEWNET)
    except OSError:
        # Whoever is not root may have a network namespace within a user namespace of one's own.
        kinds = "user,net"
        user, group = os.geteuid(), os.getegid()
        _unshare(CLONE_NEWUSER | CLONE_NEWNET)
        # The handler is to find itself under the name that it has outside.
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", IFF_UP))
    return kinds


def serve(kit: socket.socket) -> None:
    """Answers each port number with a socket that listens there; ends when the kit does."""
    while port := kit.recv(100):
        try:
            listening = socket.create_server(("127.0.0.1", int(port)), backlog=BACKLOG)
        except OSError as error:
            kit.send(os.strerror(error.errno or 0).encode())
        else:
            with listening:
                socket.send_fds(kit, [b"ok"], [listening.fileno()])


def kill_all() -> None:
    """Kills whatever else is in this namespace."""
    for _ in range(ROUNDS):
        others = _others()
        if not others:
            return
        for pid in others:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _others() -> list[int]:
    here = os.readlink("/proc/self/ns/net")
    found = []
    for name in os.listdir("/proc"):
        with suppress(OSError):
            if name.isdigit() and os.readlink(f"/proc/{name}/ns/net") == here:
                found.append(int(name))
    return [pid for pid in found if pid != os.getpid()]


def _unshare(kinds: int) -> None:
    # Python has it from 3.12 on.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(kinds) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), "unshare")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def main() -> None:
    """Says how it went, in one message, and serves."""
    with socket.socket(fileno=int(sys.argv[1])) as kit:
        try:
            kinds = enter()
        except OSError as error:
            what = error.filename or "loopback"
            kit.send(f"no {what}: {error.strerror}".encode())
            return
        try:
            kit.send(f"ok {kinds}".encode())
            serve(kit)
        except OSError:  # the kit went in the middle of it
            pass
        finally:
            kill_all()


if __name__ == "__main__":
    main()
