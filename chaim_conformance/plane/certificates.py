"""Throw-away certificates: by an authority that clients are told of, and by one that nobody is."""

from __future__ import annotations

import shutil
import ssl
import tempfile
from pathlib import Path


class Certificates:
    """Certificates for these hosts, made when they are first asked for.

    ``ca_file`` is the trusted authority's own, as a file, until :meth:`remove`.
    """

    def __init__(self, *hosts: str) -> None:
        self.ca_file: Path | None = None
        self._hosts = hosts
        self._contexts: dict[bool, ssl.SSLContext] = {}

    def context(self, *, trusted: bool) -> ssl.SSLContext:
        """What a listener with TLS needs."""
        if trusted not in self._contexts:
            self._contexts[trusted] = self._certify(trusted=trusted)
        return self._contexts[trusted]

    def authority(self) -> Path:
        """``ca_file``, made if there was none."""
        self.context(trusted=True)
        assert self.ca_file is not None
        return self.ca_file

    def remove(self) -> None:
        """Removes the file; more than once does no harm."""
        if self.ca_file is not None:
            shutil.rmtree(self.ca_file.parent, ignore_errors=True)
            self.ca_file = None

    def _certify(self, *, trusted: bool) -> ssl.SSLContext:
        import trustme  # costs an import of cryptography, which plain HTTP does without

        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*self._hosts).configure_cert(context)
        if trusted:
            self.ca_file = Path(tempfile.mkdtemp(prefix="chaim-plane-")) / "ca.pem"
            authority.cert_pem.write_to_path(str(self.ca_file))
        return context
