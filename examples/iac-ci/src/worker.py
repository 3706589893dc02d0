"""Entry point ``worker.handler`` of the image: does what an order says, and tells by callback.

It has no role in the order's account, and no permission for table or bucket. All that it needs is
in the order's encrypted bundle, the presigned URL for its result among it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import sealed
from ingest import service

PAYLOAD, SEALED = "payload.json", "bundle.sealed"


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """``event["exec"]`` is the folder of ``exec.zip``, unpacked."""
    order = Path(event["exec"])
    variables = sealed.unseal((order / SEALED).read_bytes())
    body = (order / PAYLOAD).read_bytes()
    service.upload(variables["CALLBACK_URL"], body)
    return {"status": "succeeded", "contentHash": f"sha256:{hashlib.sha256(body).hexdigest()}"}
