"""Alarms as CloudWatch tells of them, in batches of the queue, and what became of them."""

import json
from datetime import datetime, timedelta
from typing import Any

from incident_intake.handler import handler
from itops_core.domain.incident import Incident, Status
from itops_core.domain.intake import Fate
from itops_core.domain.values import utc_now
from itops_core.wiring import stores
from itops_core.wiring.intake import links
from tests.support.calls import Context

CHANGED_AT = utc_now().replace(microsecond=0) - timedelta(seconds=30)


def told(at: datetime) -> str:
    """Return a time as CloudWatch writes it, in whole seconds."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def an_alarm(
    state: str = "ALARM", name: str = "payment-memory", **changes: object
) -> dict[str, Any]:
    """Return what CloudWatch publishes, field for field."""
    first = CHANGED_AT - timedelta(minutes=2)
    points = f"99.5 ({CHANGED_AT:%d/%m/%y %H:%M:%S}), 98.1 ({first:%d/%m/%y %H:%M:%S})"
    return {
        "AlarmName": name,
        "AlarmDescription": "memory of payment tasks",
        "AWSAccountId": "123456789012",
        "NewStateValue": state,
        "NewStateReason": f"Threshold Crossed: 2 datapoints [{points}] were greater than …",
        "StateChangeTime": told(CHANGED_AT),
        "Region": "US East (N. Virginia)",
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}",
        "OldStateValue": "OK",
        "Trigger": {
            "MetricName": "MemoryUtilization",
            "Namespace": "AWS/ECS",
            "StatisticType": "Statistic",
            "Statistic": "AVERAGE",
            "Unit": None,
            "Dimensions": [
                {"value": "shop", "name": "ClusterName"},
                {"value": "payment-svc", "name": "ServiceName"},
            ],
            "Period": 60,
            "EvaluationPeriods": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 90.0,
        },
        **changes,
    }


def records(*messages: object, message_id: str | None = None, tries: int = 1) -> dict[str, Any]:
    """Return a batch of the queue, each record a notification of SNS."""
    texts = [text if isinstance(text, str) else json.dumps(text) for text in messages]
    return {
        "Records": [
            {
                "messageId": f"q-{number}",
                "eventSource": "aws:sqs",
                "attributes": {
                    "ApproximateReceiveCount": str(tries),
                    "SentTimestamp": "1795143601000",
                },
                "messageAttributes": {},
                "body": json.dumps(
                    {
                        "Type": "Notification",
                        "MessageId": message_id or f"{hash(text)}-{number}",
                        "TopicArn": "arn:aws:sns:us-east-1:123456789012:ITOps-Alarms",
                        "Message": text,
                        "Timestamp": utc_now().isoformat(timespec="milliseconds"),
                    }
                ),
            }
            for number, text in enumerate(texts)
        ]
    }


def taken(*messages: object, message_id: str | None = None) -> list[Fate]:
    batch = records(*messages, message_id=message_id)
    assert handler(batch, Context()) == {"batchItemFailures": []}  # type: ignore[arg-type]
    ids = [json.loads(record["body"])["MessageId"] for record in batch["Records"]]
    fates = links().fates(ids)
    return [fates[one] for one in ids if one in fates]


def the_incident() -> Incident:
    (incident,) = stores.incidents().list().items
    return stores.incidents().get(incident.incident_id)


def kinds(incident: Incident) -> list[str]:
    return [event.kind for event in stores.incidents().timeline(incident.incident_id).items]


def ended(status: Status, seconds_ago: float = 1) -> Incident:
    at = utc_now() - timedelta(seconds=seconds_ago)
    return stores.incidents().update(
        the_incident().incident_id, lambda known: known.moved_to(status, at)
    )


def an_event(
    state: str = "ALARM", name: str = "payment-memory", at: datetime = CHANGED_AT
) -> dict[str, Any]:
    """Return what EventBridge tells of a change of that alarm's state."""
    metric = {"namespace": "AWS/ECS", "name": "MemoryUtilization", "dimensions": {}}
    stat = {"metric": metric, "period": 60, "stat": "Average"}
    return {
        "version": "0",
        "id": f"e-{name}-{state}-{at:%H%M%S}",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": "123456789012",
        "region": "us-east-1",
        "detail": {
            "alarmName": name,
            "state": {"value": state, "timestamp": told(at)},
            "configuration": {
                "metrics": [{"id": "m1", "metricStat": stat, "returnData": True}],
            },
        },
    }


def as_record(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as the queue brings it."""
    return {
        "messageId": f"q-{event['id']}",
        "attributes": {},
        "messageAttributes": {},
        "body": json.dumps(event),
    }
