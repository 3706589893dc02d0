"""The app of ``benchmarks.binders`` as its author would write it; no kit has a part in it.

For each line with a number on stdin: so many synths, and the seconds that they took. What a synth
left is removed outside of that time, as an app that is synthesized once need not do it.
"""

from __future__ import annotations

import shutil
import sys
import time

from aws_cdk import App, AssetStaging, Environment, Stack
from aws_cdk import aws_dynamodb as dynamodb
from chaim_reference.cdk import ChaimCredentials, ChaimDynamoDBBinder, TableBindingConfig


def synth() -> None:
    """One app, from nothing to its cloud assembly."""
    AssetStaging.clear_asset_hash_cache()
    app = App(outdir="cdk.out")
    stack = Stack(app, "Stack", env=Environment(account="123456789012", region="us-east-1"))
    string, number = dynamodb.AttributeType.STRING, dynamodb.AttributeType.NUMBER
    table = dynamodb.Table(
        stack,
        "Table",
        partition_key=dynamodb.Attribute(name="pk", type=string),
        billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
        time_to_live_attribute="ttl",
    )
    table.add_global_secondary_index(
        index_name="byEmail",
        partition_key=dynamodb.Attribute(name="email", type=string),
        sort_key=dynamodb.Attribute(name="at", type=number),
    )
    table.add_global_secondary_index(
        index_name="byStatus",
        partition_key=dynamodb.Attribute(name="status", type=string),
        projection_type=dynamodb.ProjectionType.KEYS_ONLY,
    )
    credentials = ChaimCredentials.from_secrets_manager("chaim/api-credentials")
    config = TableBindingConfig("my-app", credentials)
    ChaimDynamoDBBinder(
        stack, "Binding", schema_path="schemas/payment.bprint", table=table, config=config
    )
    app.synth()


for line in sys.stdin:
    seconds = 0.0
    for _ in range(int(line)):
        shutil.rmtree("cdk.out", ignore_errors=True)
        begun = time.perf_counter()
        synth()
        seconds += time.perf_counter() - begun
    print(seconds, flush=True)
