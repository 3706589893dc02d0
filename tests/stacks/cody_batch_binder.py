"""A binder's program whose app is a real one: whatever is asked for, it makes Cody Batch's stack.

It speaks the kit's protocol of binders, and lies beside the example's ``cody_batch``. Of a request
it takes where the stack is, and which of its bindings are made.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from cody_batch import data
from cody_batch.binding import ChaimDynamoDBBinder
from cody_batch.stack import CodyBatchStack
from constructs import Construct

STARTED = {"protocol": "1.0", "capabilities": ["core", "aws-cdk"], "constructs": ["Table"]}


def main() -> None:
    """Answers until it is told to stop, or nobody asks any more."""
    project = Path()
    for line in sys.stdin:
        request = json.loads(line)
        match request["request"]:
            case "start":
                project = Path(request["directory"])
                answer: Mapping[str, Any] = STARTED
            case "synth":
                answer = {"id": request["id"], **synthesized(request["app"], project)}
            case _:
                return
        print(json.dumps(answer), flush=True)


def synthesized(said: Mapping[str, Any], project: Path) -> Mapping[str, Any]:
    """What became of the stack: nothing to tell, as it is on the disk, or an error."""
    (stack,) = said["stacks"]
    bound = {binding["id"] for binding in stack["bindings"]}

    def bind(scope: Construct, id: str, **rest: Any) -> None:
        if id in bound:
            ChaimDynamoDBBinder(scope, id, **rest)

    data.ChaimDynamoDBBinder = bind
    cdk.AssetStaging.clear_asset_hash_cache()
    app = cdk.App(outdir=str(project / "cdk.out"))
    env = cdk.Environment(account=stack["account"], region=stack["region"])
    try:
        CodyBatchStack(app, stack["id"], env=env)
        app.synth()
    except Exception as error:
        told = {"type": type(error).__name__, "message": str(error)}
        return {"error": {"where": "synth", **told}}
    return {}


if __name__ == "__main__":
    main()
