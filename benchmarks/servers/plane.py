"""The kit's plane, strict, with one customer and as many presigned URLs as are asked for."""

from __future__ import annotations

import hashlib
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.processes import announce
from chaim_conformance.plane import Plane, PlaneServer, Policy
from chaim_conformance.transcript import Credentials


def main(body_file: str, urls: str) -> None:
    """Serves uploads of that body; each URL is as its presign endpoint hands them out."""
    body = Path(body_file).read_bytes()
    with PlaneServer(Plane()) as server:
        tenant = server.plane.open_tenant(
            credentials=Credentials(api_key="ck-benchmark", api_secret="cs-benchmark"),
            app_ids=None,
            policy=Policy.STRICT,  # a signature that is wrong is answered 403
        )
        tenant.begin_attempt()
        targets = []
        for _ in range(int(urls)):
            grant = tenant.grants.upload(
                server.bucket_url,
                now=time.time(),
                event_id=str(uuid.uuid4()),
                object_key="snapshot.json",
                app_id="benchmark",
                content_hash=f"sha256:{hashlib.sha256(body).hexdigest()}",
            )
            parts = urlsplit(grant.url)
            targets.append(f"{parts.path}?{parts.query}")
        announce(port=urlsplit(server.bucket_url).port, targets=targets)


if __name__ == "__main__":
    main(*sys.argv[1:])
