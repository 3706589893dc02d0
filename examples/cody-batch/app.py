"""The CDK app: one stack. ``cdk synth`` runs this, and so does ``python app.py``."""

from __future__ import annotations

import os

import aws_cdk as cdk
from cody_batch.stack import CodyBatchStack

app = cdk.App()
CodyBatchStack(
    app,
    "CodyBatchStack",
    env=cdk.Environment(
        account=os.environ.get("CDK_DEFAULT_ACCOUNT"),
        region=os.environ.get("CDK_DEFAULT_REGION", "us-east-1"),
    ),
)
app.synth()
