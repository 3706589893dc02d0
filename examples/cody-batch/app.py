"""The CDK app: one stack. ``cdk synth`` runs this, and so does ``python app.py``."""

from __future__ import annotations

import os
from pathlib import Path

import aws_cdk as cdk
from cody_batch.stack import CodyBatchStack

# Where CDK's command wants it, and where that would want it: run by hand, App would take a
# temporary folder.
app = cdk.App(outdir=os.environ.get("CDK_OUTDIR", str(Path(__file__).with_name("cdk.out"))))
CodyBatchStack(
    app,
    "CodyBatchStack",
    env=cdk.Environment(
        account=os.environ.get("CDK_DEFAULT_ACCOUNT"),
        region=os.environ.get("CDK_DEFAULT_REGION", "us-east-1"),
    ),
)
app.synth()
