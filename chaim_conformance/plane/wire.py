"""HTTP messages as values: what reaches the plane, and what it answers."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Listener = Literal["api", "bucket", "secrets", "stranger"]
# The scheme of the run, whichever it is; https with a certificate by an authority that clients are
# told of, and by one that nobody is; no TLS whatever the scheme.
Tls = Literal["usual", "trusted", "untrusted", "none"]
Headers = tuple[tuple[str, str], ...]


def path_of(target: str) -> str:
    """The path of a request target as sent, still escaped; also of one in absolute form."""
    path = target.partition("?")[0]
    if path.startswith("/"):
        return path
    # By hand, as a target is whatever was sent, and urlsplit raises for some of it.
    scheme, _, rest = path.partition("://")
    return f"/{rest.partition('/')[2]}" if rest else scheme


def query_of(target: str) -> str:
    """What stands behind the first question mark of a request target, as sent."""
    return target.partition("?")[2]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One whole request, as sent: target and headers are the bytes of the wire read as latin-1.

    A body that came in chunks is joined, and its Transfer-Encoding header kept. ``tls`` is that of
    the listener.
    """

    listener: Listener
    tls: Tls = "usual"
    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        return self._first_headers.get(name.lower())

    @cached_property
    def _first_headers(self) -> dict[str, str]:
        return {key.lower(): value for key, value in reversed(self.headers)}

    @property
    def path(self) -> str:
        """The path as sent; see :func:`path_of`."""
        return path_of(self.target)

    @property
    def query(self) -> str:
        """The query as sent."""
        return query_of(self.target)


# What stands in an answer that is none: nothing was said, or nothing of HTTP.
NO_STATUS = 0


@dataclass(frozen=True, kw_only=True)
class Response:
    """One answer; Content-Length is added by whoever sends it.

    ``announced`` is the Content-Length of an answer that lies about it; ``interim``: a 100 comes
    before it. ``then`` is what becomes of the connection: ``drip`` sends a space a second, ``hang``
    nothing, both until ``held`` is done or the client has gone. With ``NO_STATUS`` there is no
    head, and ``body`` is all that is sent. Nothing of it is sent before ``after`` is done.
    """

    status: int
    headers: Headers = ()
    body: bytes = b""
    announced: int | None = None
    interim: bool = False
    then: Literal["keep", "close", "reset", "drip", "hang"] = "keep"
    held: Future[None] | None = field(default=None, compare=False)
    after: Future[None] | None = field(default=None, compare=False)

    @property
    def is_plain(self) -> bool:
        """Whether it is whole, and nothing else."""
        return self.announced is None and self.then == "keep" and self.status != NO_STATUS
