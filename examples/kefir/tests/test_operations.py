"""The scheduler and monitoring stacks."""

import json
from typing import Any

import engine

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
# Name, metric, and what is too much of it in how many seconds.
OF_EACH_FUNCTION = {
    "errors": ("Errors", "Sum", 10, 60),
    "throttles": ("Throttles", "Sum", 5, 60),
    "duration": ("Duration", "Maximum", 10_000, 60),
}
OTHERS = {
    "api-5xx": ("5xx", "Sum", 10, 60),
    "api-4xx": ("4xx", "Sum", 100, 300),
    "table-read-throttles": ("ReadThrottleEvents", "Sum", 5, 60),
    "table-write-throttles": ("WriteThrottleEvents", "Sum", 5, 60),
}


def test_reminders_are_looked_for_every_five_minutes(run: engine.Run, stage: str) -> None:
    rule = run.of("aws:cloudwatch/eventRule:EventRule")["reminders"]
    assert rule["scheduleExpression"] == "rate(5 minutes)"
    target = run.of("aws:cloudwatch/eventTarget:EventTarget")["reminders"]
    assert target["rule"] == rule["name"]
    assert f"kefir-app-{stage}-reminder-processor" in target["arn"]
    assert json.loads(target["input"])["source"] == "kefir.scheduler"


def test_alarms_are_productions_and_go_to_one_topic(runs: Any) -> None:
    assert runs("dev").of(ALARM) == runs("dev").of("aws:sns/topic:Topic") == {}
    run = runs("prod", preview=False)
    functions = run.of("aws:lambda/function:Function")
    wanted = OTHERS | {
        f"{name}-{kind}": alarm for name in functions for kind, alarm in OF_EACH_FUNCTION.items()
    }
    alarms = run.of(ALARM)
    assert {
        name: (one["metricName"], one["statistic"], one["threshold"], one["period"])
        for name, one in alarms.items()
    } == wanted
    assert len({str(alarm["dimensions"]) for alarm in alarms.values()}) == len(functions) + 2
    (topic,) = {action for alarm in alarms.values() for action in alarm["alarmActions"]}
    assert topic.endswith(":kefir-app-prod-alerts")
    assert {alarm["comparisonOperator"] for alarm in alarms.values()} == {"GreaterThanThreshold"}


def test_the_dashboard_shows_each_part(run: engine.Run, stage: str) -> None:
    (dashboard,) = run.of("aws:cloudwatch/dashboard:Dashboard").values()
    widgets = json.loads(dashboard["dashboardBody"])["widgets"]
    shown = {one["properties"]["title"]: one["properties"]["metrics"] for one in widgets}
    assert list(shown) == ["API", "Functions", "Table: operations", "Table: latency"]
    assert shown["Table: latency"][0][:2] == ["AWS/DynamoDB", "SuccessfulRequestLatency"]
    assert f"kefir-app-{stage}-auth" in str(shown["Functions"])
