"""What the system allows: a network namespace, port 443 on loopback, room for temporary files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from typing import Literal

from chaim_conformance.doctor.finding import Finding
from chaim_conformance.drivers.enclosure import Enclosure, open_enclosure
from chaim_conformance.errors import HarnessError
from chaim_conformance.plane.server import HTTPS_PORT

# What two sandboxes may take (bytes).
_ROOM = 2_000_000_000


def allowed(containment: Literal["auto", "off"]) -> Iterator[Finding]:
    """What handlers are kept from, whether they can answer on port 443, and where they write."""
    enclosure = open_enclosure(containment)
    try:
        yield _containment(enclosure, wanted=containment != "off")
        yield _port_443(enclosure)
    finally:
        enclosure.close()
    yield _temporary_folder()


def _containment(enclosure: Enclosure, *, wanted: bool) -> Finding:
    what = "containment"
    if not wanted:
        return Finding(status="note", what=what, said="off, as --containment says")
    if enclosure.lacking:
        return Finding(
            status="note",
            what=what,
            said="; ".join(enclosure.lacking),
            do="judge code that you would not run otherwise in a virtual machine",
        )
    return Finding(status="ok", what=what, said=", ".join(enclosure.contained))


def _port_443(enclosure: Enclosure) -> Finding:
    what = f"port {HTTPS_PORT}"
    try:
        listening = enclosure.listen(HTTPS_PORT)
    except (OSError, HarnessError) as error:
        return Finding(
            status="note",
            what=what,
            said=f"cannot be had ({error}): a handler that answers there, as AWS's cfn-response"
            " module does, cannot be judged here",
            do="sudo sysctl net.ipv4.ip_unprivileged_port_start=443, or run as root",
        )
    host = listening.getsockname()[0]
    listening.close()
    return Finding(status="ok", what=what, said=f"can be had, on {host}")


def _temporary_folder() -> Finding:
    what = "temporary files"
    try:
        with tempfile.TemporaryDirectory(prefix="chaim-doctor-") as folder:
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding(
            status="missing",
            what=what,
            said=f"cannot be written: {error}",
            do="set TMPDIR to a folder that can be",
        )
    gigabytes = f"{free / 1_000_000_000:.1f} GB"
    said = f"in {tempfile.gettempdir()}, {gigabytes} free; each handler has a TMPDIR of its own"
    if free < _ROOM:
        return Finding(status="note", what=what, said=said, do="set TMPDIR to a folder with room")
    return Finding(status="ok", what=what, said=said)
