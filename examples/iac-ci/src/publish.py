"""A publisher without CloudFormation: one request on stdin, one answer on stdout, log on stderr.

The pipeline runs it after ``terraform apply`` in each bundle that ``bind.py`` wrote. There is no
RequestId: the operation's own id, which a retried order keeps, stands in its place.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from ingest.attempt import Result, Submit, attempt, straight
from ingest.payload import Action

LONGEST_SECONDS = 60.0


def action_of(request: dict[str, Any]) -> Action:
    """What the operation does with the entity."""
    return "DELETE" if request["operation"] == "delete" else "UPSERT"


def answer(request: dict[str, Any], submit: Submit) -> dict[str, Any]:
    """Has it published, and says what became of it."""
    left = request["deadlineMs"] / 1000 - time.time()
    seconds = min(LONGEST_SECONDS, left * 0.8)
    return said(attempt(request["operationId"], action_of(request), submit, seconds=seconds))


def said(result: Result) -> dict[str, Any]:
    """A result in the words of the protocol."""
    if result.fails_the_deployment:
        return {"status": "FAILED", "reason": result.reason, "data": result.data}
    return {"status": "SUCCESS", "data": result.data}


def main() -> None:
    """One attempt."""
    request = json.load(sys.stdin)
    json.dump(answer(request, straight(action_of(request))), sys.stdout)


if __name__ == "__main__":
    main()
