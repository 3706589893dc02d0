"""iac-ci's own way of publishing: an order whose worker gets encrypted credentials and a URL.

In life ``process_webhook`` repackages an order once, and ``orchestrator`` has a worker run it,
again where it was not heard of. Here both are one command, so that it can be judged: an operation
is an order, what is repackaged lies where the bucket's ``tmp/exec/`` would be, and each attempt is
a run of the worker.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import sealed
import worker
from ingest import credentials, service
from ingest.attempt import Submit, load_within_limit
from ingest.payload import Action
from publish import action_of, answer

EXEC = Path("tmp/exec")


def main() -> None:
    """One attempt."""
    request = json.load(sys.stdin)
    submit = dispatched(EXEC / request["operationId"], action_of(request))
    json.dump(answer(request, submit), sys.stdout)


def dispatched(order: Path, action: Action) -> Submit:
    """Runs the worker on what was repackaged for this order, by this attempt or an earlier one."""

    def submit(event_id: str) -> str:
        if not (order / worker.SEALED).is_file():
            repackage(order, action, event_id)
        content_hash: str = worker.handler({"exec": str(order)}, None)["contentHash"]
        return content_hash

    return submit


def repackage(order: Path, action: Action, event_id: str) -> None:
    """Fetches credentials, bakes them and the URL for the result into the encrypted bundle."""
    content, found = load_within_limit(action), credentials.find()
    variables = {
        "API_KEY": found.key,
        "API_SECRET": found.secret,
        "CALLBACK_URL": service.presign(content, event_id, found),
    }
    order.mkdir(parents=True, exist_ok=True)
    (order / worker.PAYLOAD).write_bytes(content.body)
    # Last: an order is repackaged when this is there.
    (order / worker.SEALED).write_bytes(sealed.seal(variables))


if __name__ == "__main__":
    main()
