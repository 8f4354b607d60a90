"""What generated things are called, so that nobody takes them for real; and the alarm they ring."""

from datetime import datetime
from typing import Any

from test_data_generator.stories import Story

NAMESPACE = "ITOps/TestData"
SERVICES = "test-data-"
"""What the names of its services begin with."""


def name_of(story: Story, service: str) -> str:
    """Return what a service of a story is called here."""
    return f"{SERVICES}{story.slug}-{service}"[:200]


def metric_name(metric: str) -> str:
    """Return a metric's name as CloudWatch would have it: `error_rate` is `ErrorRate`."""
    return "".join(part.capitalize() for part in metric.replace(".", "_").split("_"))


def dimensions(story: Story, service: str) -> list[Any]:
    """Return what tells a service's metrics from all others."""
    return [{"Name": "ServiceName", "Value": name_of(story, service)}]


def notification(story: Story, alarm: str, topic_arn: str, at: datetime) -> dict[str, Any]:
    """Return what CloudWatch itself would publish."""
    region, account = topic_arn.split(":")[3:5]
    rung = story.alarm
    symbol = "less" if rung.comparison.startswith("Less") else "greater"
    return {
        "AlarmName": alarm,
        "AlarmDescription": f"Test data: {rung.description or story.title}",
        "AWSAccountId": account,
        "NewStateValue": "ALARM",
        "OldStateValue": "OK",
        "NewStateReason": (
            f"Threshold Crossed: 1 datapoint was {symbol} than the threshold ({rung.threshold})."
        ),
        "StateChangeTime": f"{at:%Y-%m-%dT%H:%M:%S}.000+0000",
        "Region": region,
        "AlarmArn": f"arn:aws:cloudwatch:{region}:{account}:alarm:{alarm}",
        "Trigger": {
            "MetricName": metric_name(rung.metric),
            "Namespace": NAMESPACE,
            "StatisticType": "Statistic",
            "Statistic": rung.statistic.upper(),
            "Dimensions": [
                {"name": one["Name"], "value": one["Value"]}
                for one in dimensions(story, rung.service)
            ],
            "Period": rung.period_seconds,
            "EvaluationPeriods": 1,
            "ComparisonOperator": rung.comparison,
            "Threshold": rung.threshold,
            "TreatMissingData": "missing",
        },
    }
