"""The scheduler stack: every few minutes somebody looks for reminders that are due."""

import json

import pulumi_aws as aws

from kefir.functions import Surroundings, declare_function


def declare_scheduler(of: Surroundings) -> aws.lambda_.Function:
    """The processor of reminders, and the rule that calls it."""
    function = declare_function(of, "reminder-processor", ("table",))
    rule = aws.cloudwatch.EventRule(
        "reminders",
        name=of.stage.named("reminders"),
        schedule_expression="rate(5 minutes)",
    )
    aws.cloudwatch.EventTarget(
        "reminders",
        rule=rule.name,
        arn=function.arn,
        input=json.dumps({"source": "kefir.scheduler", "stage": of.stage.name}),
    )
    aws.lambda_.Permission(
        "reminder-processor",
        function=function.name,
        action="lambda:InvokeFunction",
        principal="events.amazonaws.com",
        source_arn=rule.arn,
    )
    return function
