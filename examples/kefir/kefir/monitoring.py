"""The monitoring stack: a dashboard, and in production alarms that go to one topic."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from kefir.api import Api
from kefir.data import Data
from kefir.stage import Stage

MINUTE = 60
Dimensions = Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """What is too much of a metric within a period."""

    metric: str
    threshold: int
    statistic: str = "Sum"
    seconds: int = MINUTE


OF_FUNCTIONS = {
    "errors": Alarm(metric="Errors", threshold=10),
    "throttles": Alarm(metric="Throttles", threshold=5),
    "duration": Alarm(metric="Duration", threshold=10_000, statistic="Maximum"),
}
OF_API = {
    "5xx": Alarm(metric="5xx", threshold=10),
    "4xx": Alarm(metric="4xx", threshold=100, seconds=5 * MINUTE),
}
OF_TABLE = {
    "read-throttles": Alarm(metric="ReadThrottleEvents", threshold=5),
    "write-throttles": Alarm(metric="WriteThrottleEvents", threshold=5),
}


def declare_monitoring(
    stage: Stage, api: Api, functions: Sequence[aws.lambda_.Function], data: Data
) -> None:
    """The dashboard, and in production the alarms."""
    table, gateway = {"TableName": data.table.name}, {"ApiId": api.api.id}
    names = [function.name for function in functions]
    body = {"widgets": list(_widgets(stage, names, gateway, table))}
    aws.cloudwatch.Dashboard(
        "dashboard",
        dashboard_name=stage.named("dashboard"),
        dashboard_body=pulumi.Output.json_dumps(body),
    )
    if not stage.is_production:
        return
    topic = aws.sns.Topic("alerts", name=stage.named("alerts"))
    for function in functions:
        name = function.pulumi_resource_name
        of_it = {"FunctionName": function.name}
        _declare_alarms(stage, topic, "AWS/Lambda", name, of_it, OF_FUNCTIONS)
    _declare_alarms(stage, topic, "AWS/ApiGateway", "api", gateway, OF_API)
    _declare_alarms(stage, topic, "AWS/DynamoDB", "table", table, OF_TABLE)


def _declare_alarms(
    stage: Stage,
    topic: aws.sns.Topic,
    namespace: str,
    name: str,
    dimensions: Dimensions,
    alarms: Mapping[str, Alarm],
) -> None:
    for kind, alarm in alarms.items():
        aws.cloudwatch.MetricAlarm(
            f"{name}-{kind}",
            name=stage.named(f"{name}-{kind}"),
            namespace=namespace,
            metric_name=alarm.metric,
            dimensions=dimensions,
            statistic=alarm.statistic,
            period=alarm.seconds,
            evaluation_periods=1,
            comparison_operator="GreaterThanThreshold",
            threshold=alarm.threshold,
            # Nobody called: that is no trouble.
            treat_missing_data="notBreaching",
            alarm_actions=[topic.arn],
        )


def _widgets(
    stage: Stage,
    functions: Sequence[pulumi.Output[str]],
    gateway: Dimensions,
    table: Dimensions,
) -> Iterator[Mapping[str, Any]]:
    """What the dashboard shows, over whatever time its reader chooses."""
    api, of_table = gateway["ApiId"], table["TableName"]
    of_functions = [
        ["AWS/Lambda", metric, "FunctionName", name]
        for name in functions
        for metric in ("Invocations", "Errors")
    ]
    of_api = [["AWS/ApiGateway", metric, "ApiId", api] for metric in ("Count", "4xx", "5xx")]
    capacity = [
        ["AWS/DynamoDB", f"Consumed{kind}CapacityUnits", "TableName", of_table]
        for kind in ("Read", "Write")
    ]
    latency = [
        ["AWS/DynamoDB", "SuccessfulRequestLatency", "TableName", of_table, "Operation", operation]
        for operation in ("GetItem", "Query", "PutItem", "UpdateItem")
    ]
    for title, metrics in (
        ("API", of_api),
        ("Functions", of_functions),
        ("Table: operations", capacity),
        ("Table: latency", latency),
    ):
        yield {
            "type": "metric",
            "properties": {"title": title, "region": stage.region, "metrics": metrics},
        }
