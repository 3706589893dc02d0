"""What tools put for a value that they do not know: notations, and objects turned into text."""

from __future__ import annotations

NOTATIONS = {
    "CDK": "${Token[AWS.AccountId.4]}",
    "CDK for Terraform": "${TfToken[TOKEN.0]}",
    "CloudFormation": "${AWS::AccountId}",
    "Terraform": "${aws_dynamodb_table.orders.name}",
    "Terraform's plan": "(known after apply)",
    "Pulumi's engine": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
}
OBJECTS = {
    "Pulumi in Python, printed": "<pulumi.output.Output object at 0x7f2a1c0d5f50>",
    "Pulumi in Python": "Calling __str__ on an Output[T] is not supported.\n\nTo get the value of",
    "Pulumi in Node": "Calling [toString] on an [Output<T>] is not supported.\n\nTo get the value",
    "Pulumi in Python, as JSON": "Calling [to_json] on an [Output[T]] is not supported.",
}
EVERY = {**NOTATIONS, **OBJECTS}
# What looks a little like one of them, and is a name that somebody may give.
NAMES = ("Output", "orders-${stage}", "known after apply", "calling on an output", "$Token", "${}")
