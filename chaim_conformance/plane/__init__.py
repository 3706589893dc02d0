"""The fake ingest plane: presign API, bucket with S3's upload semantics, registry of entities.

:class:`Plane` answers requests without any I/O; :class:`PlaneServer` puts it on sockets, and
``plane.responses_transport`` below ``requests`` in the same process.
"""

from __future__ import annotations

from chaim_conformance.plane.core import Plane
from chaim_conformance.plane.server import PlaneServer
from chaim_conformance.plane.tenant import Policy, Tenant
from chaim_conformance.plane.wire import Request, Response

__all__ = ["Plane", "PlaneServer", "Policy", "Request", "Response", "Tenant"]
