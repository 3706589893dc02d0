"""HTTP messages as values: what reaches the plane, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from urllib.parse import urlsplit

Listener = Literal["api", "bucket", "secrets"]
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One whole request, as sent: target and headers are the bytes of the wire read as latin-1.

    A body that came in chunks is joined, and its Transfer-Encoding header kept.
    """

    listener: Listener
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
        """The path as sent, still escaped; also of a target in absolute form."""
        path = self.target.partition("?")[0]
        if path.startswith("/"):
            return path
        return urlsplit(path).path or "/"

    @property
    def query(self) -> str:
        """What stands behind the first question mark, as sent."""
        return self.target.partition("?")[2]


@dataclass(frozen=True, kw_only=True)
class Response:
    """One whole answer; Content-Length is added by whoever sends it."""

    status: int
    headers: Headers = ()
    body: bytes = b""
