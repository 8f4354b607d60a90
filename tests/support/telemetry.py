"""Telemetry of a small shop, written through the public AWS APIs."""

from datetime import datetime, timedelta

from itops_core.domain.values import utc_now
from tests.support.accounts import Account

CLUSTER, SERVICE, GROUP = "shop", "payment-service", "/ecs/payment-service"
CPU = {"ClusterName": CLUSTER, "ServiceName": SERVICE}
DEFAULT_ANSWER_CHARACTERS = 8000
"""Some 2,000 tokens."""


def this_minute() -> datetime:
    return utc_now().replace(second=0, microsecond=0)


def put_cpu(account: Account, values: list[float], ends: datetime | None = None) -> None:
    """Put one datapoint a minute, the last one a minute before `ends`."""
    last = (ends or this_minute()) - timedelta(minutes=1)
    data = [
        {
            "MetricName": "CPUUtilization",
            "Dimensions": [{"Name": name, "Value": value} for name, value in CPU.items()],
            "Timestamp": last - timedelta(minutes=len(values) - 1 - at),
            "Value": value,
            "Unit": "Percent",
        }
        for at, value in enumerate(values)
    ]
    for at in range(0, len(data), 500):
        account.client("cloudwatch").put_metric_data(
            Namespace="AWS/ECS", MetricData=data[at : at + 500]
        )


def put_alarm(account: Account, name: str = "payment-cpu", state: str = "ALARM") -> None:
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        AlarmDescription="CPU of payment-service",
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": key, "Value": value} for key, value in CPU.items()],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
        Threshold=80.5,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="it crossed the line")


def write_logs(account: Account, lines: list[tuple[datetime, str]], group: str = GROUP) -> None:
    logs = account.client("logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="task/1")
    logs.put_log_events(
        logGroupName=group,
        logStreamName="task/1",
        logEvents=[
            {"timestamp": int(at.timestamp() * 1000), "message": text} for at, text in lines
        ],
    )


def register(account: Account, image: str, **environment: str) -> str:
    answer = account.client("ecs").register_task_definition(
        family=SERVICE,
        cpu="256",
        memory="512",
        containerDefinitions=[
            {
                "name": "app",
                "image": image,
                "environment": [{"name": key, "value": environment[key]} for key in environment],
            }
        ],
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def open_shop(account: Account) -> Account:
    """Make a cluster with one service on its first revision."""
    ecs = account.client("ecs")
    ecs.create_cluster(clusterName=CLUSTER)
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=SERVICE,
        taskDefinition=register(account, "shop/payment:1.0", DB_PASSWORD="one", MODE="a"),
        desiredCount=2,
    )
    return account
