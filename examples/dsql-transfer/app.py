"""The CDK app: ``cdk synth`` runs this."""

import aws_cdk as cdk
from transfer_stack import TransferStack

app = cdk.App()
TransferStack(app, "ReinventDat401Stack")
app.synth()
