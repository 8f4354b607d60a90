"""The database tools as they ask RDS, Performance Insights and CloudWatch: answers are played."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError

from monitoring_server.recorded.cloudwatch import RecordedCloudWatch
from monitoring_server.recorded.recording import RecordedMetric, Recording
from monitoring_server.telemetry.databases import DatabaseClients, Databases
from monitoring_server.telemetry.insights import Insights
from monitoring_server.telemetry.metric_reading import MetricReader

NOW = datetime(2031, 7, 8, 9, 10, tzinfo=UTC)
NAME = "orders-db"


def _client(service: str) -> Any:  # noqa: ANN401 - a client of any service
    return boto3.client(  # pyright: ignore[reportCallIssue, reportUnknownVariableType]
        service,  # pyright: ignore[reportArgumentType]
        region_name="eu-west-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )


@pytest.fixture
def rds() -> Iterator[Stubber]:
    with Stubber(_client("rds")) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def insights() -> Iterator[Stubber]:
    with Stubber(_client("pi")) as stub:
        yield stub
        stub.assert_no_pending_responses()


def databases(rds: Stubber, insights: Stubber, *metrics: RecordedMetric) -> Databases:
    cloudwatch: Any = RecordedCloudWatch(Recording(recorded_at=NOW, metrics=metrics))
    asked: Any = (rds.client, insights.client)
    clients = DatabaseClients(asked[0], MetricReader(cloudwatch), Insights(asked[1]))
    return Databases(clients, lambda: NOW)


def metric(name: str, *values: float, of: str = NAME) -> RecordedMetric:
    begin = NOW - timedelta(minutes=len(values))
    return RecordedMetric(
        namespace="AWS/RDS",
        metric=name,
        dimensions={"DBInstanceIdentifier": of},
        points=tuple(
            ((begin + timedelta(minutes=at)).timestamp(), value) for at, value in enumerate(values)
        ),
    )


def tell_of_it(rds: Stubber, **more: object) -> None:
    told = {
        "DBInstanceIdentifier": NAME,
        "DbiResourceId": "db-ABC",
        "DBInstanceClass": "db.r6g.2xlarge",
        "DBInstanceStatus": "available",
        "Engine": "postgres",
        "EngineVersion": "16.3",
        "AllocatedStorage": 200,
        "MultiAZ": True,
        **more,
    }
    rds.add_response(
        "describe_db_instances", {"DBInstances": [told]}, {"DBInstanceIdentifier": NAME}
    )


def test_all_metrics_of_an_instance_are_read_at_once_and_its_replicas_lag(
    rds: Stubber, insights: Stubber
) -> None:
    tell_of_it(rds, ReadReplicaDBInstanceIdentifiers=["orders-db-copy"])
    looked = databases(
        rds,
        insights,
        metric("CPUUtilization", 20, 30, 95),
        metric("DatabaseConnections", 10, 10, 11),
        metric("ReplicaLag", 1, 400, 900, of="orders-db-copy"),
        metric("CPUUtilization", 5, 5, 5, of="orders-db-copy"),
        metric("CPUUtilization", 5, 5, 5, of="somebody-else"),
    )

    answer = looked.get_database_metrics(NAME)

    assert answer.facts.vcpus == 8
    assert answer.facts.engine == "postgres 16.3"
    assert [(one.metric, one.of, one.drawn[-1]) for one in answer.metrics] == [
        ("CPUUtilization", NAME, 95),
        ("DatabaseConnections", NAME, 11),
        ("ReplicaLag", "orders-db-copy", 900),
    ]
    assert answer.metrics[0].unit == "Percent"
    assert "FreeStorageSpace" in answer.missing
    assert answer.data_source == "cloudwatch"


def test_the_load_is_told_by_statement_wait_user_and_host(rds: Stubber, insights: Stubber) -> None:
    tell_of_it(rds)
    times = {"ServiceType": "RDS", "Identifier": "db-ABC", "StartTime": ANY, "EndTime": ANY}
    insights.add_response(
        "get_resource_metrics",
        {"MetricList": [{"DataPoints": [{"Timestamp": NOW, "Value": 6.5}]}]},
        {**times, "MetricQueries": [{"Metric": "db.load.avg"}], "PeriodInSeconds": 60},
    )
    insights.add_response(
        "describe_dimension_keys",
        {
            "PartitionKeys": [
                {"Dimensions": {"db.wait_event.name": "DataFileRead", "db.wait_event.type": "IO"}},
                {"Dimensions": {"db.wait_event.name": "CPU", "db.wait_event.type": "CPU"}},
            ],
            "Keys": [
                {
                    "Dimensions": {"db.sql_tokenized.statement": "SELECT * FROM a WHERE b = ?"},
                    "Total": 6.0,
                    "Partitions": [4.5, 1.5],
                },
                {"Dimensions": {"db.sql_tokenized.statement": "COMMIT"}, "Total": 2.0},
            ],
        },
        {**times, "Metric": "db.load.avg", "GroupBy": ANY, "PartitionBy": ANY},
    )
    for group, name in (("db.wait_event", "CPU"), ("db.user", "app"), ("db.host", "10.0.0.9")):
        insights.add_response(
            "describe_dimension_keys",
            {"Keys": [{"Dimensions": {f"{group}.name": name}, "Total": 3.0}], "NextToken": "more"},
            {**times, "Metric": "db.load.avg", "GroupBy": {"Group": group, "Limit": 5}},
        )

    answer = databases(rds, insights).get_database_load(NAME)

    assert answer.load is not None
    assert answer.load.average == 6.5
    first = answer.load.statements[0]
    assert (first.name, first.share) == ("SELECT * FROM a WHERE b = ?", 0.75)
    assert [(wait.name, wait.load) for wait in first.waits] == [
        ("IO:DataFileRead", 4.5),
        ("CPU", 1.5),
    ]
    assert answer.load.users[0].name == "app"
    assert answer.truncated


def test_switched_off_insights_are_said_to_be_so(rds: Stubber, insights: Stubber) -> None:
    tell_of_it(rds)
    insights.add_response("get_resource_metrics", {"MetricList": []})
    for _ in range(4):
        insights.add_response("describe_dimension_keys", {"Keys": []})

    answer = databases(rds, insights).get_database_load(NAME)

    assert answer.load is None
    assert "switched off" in answer.note


def test_events_are_read_to_the_end_and_told_newest_first(rds: Stubber, insights: Stubber) -> None:
    tell_of_it(rds)
    for number, marker in ((1, "next"), (2, None)):
        event = {
            "SourceIdentifier": NAME,
            "SourceType": "db-instance",
            "Message": f"event {number}, password=hunter2secret",
            "EventCategories": ["failover"],
            "Date": NOW - timedelta(hours=3 - number),
        }
        rds.add_response(
            "describe_events", {"Events": [event], **({"Marker": marker} if marker else {})}
        )

    answer = databases(rds, insights).list_database_events(NAME)

    assert [event.message[:7] for event in answer.events] == ["event 2", "event 1"]
    assert "hunter2" not in answer.model_dump_json()


def test_an_instance_that_nobody_knows_is_refused_with_advice(
    rds: Stubber, insights: Stubber
) -> None:
    rds.add_client_error("describe_db_instances", "DBInstanceNotFound", http_status_code=404)

    with pytest.raises(ToolError, match="identifier"):
        databases(rds, insights).get_database_metrics(NAME)


def test_an_instance_that_only_cloudwatch_knows_is_looked_at_all_the_same(
    rds: Stubber, insights: Stubber
) -> None:
    rds.add_client_error("describe_db_instances", "DBInstanceNotFound", http_status_code=404)

    answer = databases(rds, insights, metric("CPUUtilization", 1, 2, 3)).get_database_metrics(NAME)

    assert answer.facts.status == "unknown to RDS"
    assert answer.metrics[0].highest == 3


def test_a_missing_permission_is_an_answer_and_an_outage_is_not(
    rds: Stubber, insights: Stubber
) -> None:
    rds.add_client_error("describe_db_instances", "AccessDenied", http_status_code=403)
    rds.add_client_error("describe_db_instances", "ServiceUnavailable", http_status_code=503)
    looked = databases(rds, insights)

    with pytest.raises(ToolError, match="rds:DescribeDBInstances"):
        looked.list_database_events(NAME)
    with pytest.raises(MCPError):
        looked.list_database_events(NAME)
