"""The monitoring server's tools against real AWS APIs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.evidence import Evidence
from itops_core.domain.values import canonical_json, sha256_of, utc_now
from itops_core.stores.agent_state import AgentStateStore
from itops_core.stores.catalog import CatalogStore
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from tests.support.accounts import Account, Tables
from tests.support.tool_servers import answered, monitoring_server, outage, refused

pytest_plugins = ("tests.emulator",)

CLUSTER, SERVICE, GROUP = "shop", "payment-service", "/ecs/payment-service"
CPU = {"ClusterName": CLUSTER, "ServiceName": SERVICE}
DEFAULT_ANSWER_CHARACTERS = 8000
"""Some 2,000 tokens."""


@pytest.fixture
def monitoring(account: Account) -> ToolGateway:
    return InMemoryToolGateway(monitoring_server(account))


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


def cpu(gateway: ToolGateway, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401
    return answered(
        gateway,
        "get_metrics",
        namespace="AWS/ECS",
        metric="CPUUtilization",
        dimensions=CPU,
        **arguments,
    )


# --- metrics


def test_a_metric_comes_with_its_extremes_its_baseline_and_the_query(
    monitoring: ToolGateway, account: Account
) -> None:
    put_cpu(account, [20.0] * 30 + [95.5] * 10)

    series = cpu(monitoring)

    summary = series["summary"]
    assert len(series["points"]) == summary["count"] == 40
    assert (summary["minimum"], summary["maximum"], summary["latest"]) == (20.0, 95.5, 95.5)
    assert summary["baseline_mean"] == 20.0
    assert summary["recent_mean"] == 95.5
    assert series["unit"] == "Percent"
    assert series["points"] == sorted(series["points"])
    assert series["data_source"] == "cloudwatch"
    assert series["query"]["Stat"] == "Average"
    assert len(canonical_json(series)) < DEFAULT_ANSWER_CHARACTERS


def test_a_long_window_is_read_coarsely_and_says_so(
    monitoring: ToolGateway, account: Account
) -> None:
    put_cpu(account, [float(at % 50) for at in range(600)])

    series = cpu(monitoring, minutes_back=600)

    assert series["period_seconds"] == 300
    assert len(series["points"]) <= 121
    assert "300 s instead of 60 s" in series["note"]


def test_a_percentile_and_a_window_in_the_past_are_possible(
    monitoring: ToolGateway, account: Account
) -> None:
    ended = this_minute() - timedelta(minutes=90)
    put_cpu(account, [10.0, 20.0, 30.0], ends=ended)

    series = cpu(monitoring, statistic="p90", minutes_back=10, end=ended.isoformat())

    assert [value for _, value in series["points"]] == [10.0, 20.0, 30.0]


def test_a_single_datapoint_has_no_baseline(monitoring: ToolGateway, account: Account) -> None:
    put_cpu(account, [42.0])

    summary = cpu(monitoring)["summary"]

    assert (summary["count"], summary["latest"], summary["recent_mean"]) == (1, 42.0, 42.0)
    assert summary["baseline_mean"] is None


def test_a_metric_that_fell_silent_is_an_empty_window_and_not_an_error(
    monitoring: ToolGateway, account: Account
) -> None:
    put_cpu(account, [42.0], ends=this_minute() - timedelta(minutes=120))

    series = cpu(monitoring, minutes_back=30)

    assert series["points"] == []
    assert "no datapoints in this window" in series["note"]


def test_what_does_not_exist_is_answered_with_what_does(
    monitoring: ToolGateway, account: Account
) -> None:
    put_cpu(account, [42.0])

    no_namespace = refused(monitoring, "get_metrics", namespace="AWS/Nope", metric="X")
    no_metric = refused(monitoring, "get_metrics", namespace="AWS/ECS", metric="CPU")
    no_dimension = refused(
        monitoring,
        "get_metrics",
        namespace="AWS/ECS",
        metric="CPUUtilization",
        dimensions={"ServiceName": "other"},
    )

    assert "list_metrics" in no_namespace
    assert "CPUUtilization" in no_metric
    assert SERVICE in no_dimension


@pytest.mark.parametrize(
    "arguments",
    [
        {"minutes_back": 0},
        {"minutes_back": 1_000_000},
        {"period_seconds": 0},
        {"statistic": "Median"},
        {"end": "yesterday"},
        {"end": "2026-11-20T03:00:00"},
        {"end": "2999-01-01T00:00:00Z"},
        {"dimension": {"ServiceName": "x"}},
        {"metric": ""},
    ],
)
def test_an_argument_that_cannot_be_used_is_refused_with_advice(
    monitoring: ToolGateway, arguments: dict[str, Any]
) -> None:
    message = refused(
        monitoring, "get_metrics", **{"namespace": "AWS/ECS", "metric": "CPU", **arguments}
    )

    assert "get_metrics" in message or "end" in message
    assert "pydantic" not in message


def test_a_clock_that_runs_a_little_ahead_is_forgiven(
    monitoring: ToolGateway, account: Account
) -> None:
    put_cpu(account, [42.0])
    ahead = (utc_now() + timedelta(minutes=2)).isoformat()

    assert cpu(monitoring, end=ahead)["summary"]["count"] == 1


def test_metrics_are_listed_by_namespace_and_by_dimension(
    monitoring: ToolGateway, account: Account
) -> None:
    put_cpu(account, [42.0])

    by_namespace = answered(monitoring, "list_metrics", namespace="AWS/ECS")["metrics"]
    by_dimension = answered(monitoring, "list_metrics", dimensions={"ServiceName": SERVICE})

    assert by_namespace == by_dimension["metrics"]
    assert by_namespace[0]["dimensions"] == CPU
    assert "get_catalog_entry" in refused(monitoring, "list_metrics", namespace="Nope")


# --- alarms


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


def test_an_alarm_tells_its_state_its_reason_and_what_it_watches(
    monitoring: ToolGateway, account: Account
) -> None:
    put_alarm(account)

    alarm = answered(monitoring, "get_cloudwatch_alarm_state", alarm_name="payment-cpu")

    assert alarm["state"] == "ALARM"
    assert alarm["reason"] == "it crossed the line"
    assert (alarm["namespace"], alarm["metric"], alarm["dimensions"]) == (
        "AWS/ECS",
        "CPUUtilization",
        CPU,
    )
    assert (alarm["threshold"], alarm["comparison"]) == (80.5, "GreaterThanThreshold")
    assert datetime.fromisoformat(alarm["changed_at"]) <= utc_now()


def test_alarms_are_listed_by_state_a_page_at_a_time(
    monitoring: ToolGateway, account: Account
) -> None:
    for number in range(27):
        put_alarm(account, f"payment-{number:02d}", "ALARM" if number else "OK")

    first = answered(monitoring, "list_alarms", state="ALARM")
    second = answered(monitoring, "list_alarms", state="ALARM", cursor=first["cursor"])

    names = [alarm["name"] for alarm in (*first["alarms"], *second["alarms"])]
    assert len(names) == len(set(names)) == 26
    assert first["truncated"]
    assert not second["truncated"]
    assert "list_alarms" in refused(monitoring, "get_cloudwatch_alarm_state", alarm_name="nope")


# --- logs


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


def test_the_newest_lines_come_last_and_all_are_counted_by_level(
    monitoring: ToolGateway, account: Account
) -> None:
    now = utc_now()
    lines = [(now - timedelta(seconds=1800 - at), f"INFO request {at} served") for at in range(900)]
    lines[100] = (lines[100][0], "java.lang.OutOfMemoryError: Java heap space")
    lines[200] = (lines[200][0], '{"level": "warning", "message": "slow"}')
    write_logs(account, lines)

    found = answered(monitoring, "query_cloudwatch_logs", log_group=GROUP)

    messages = [line["message"] for line in found["lines"]]
    assert messages == [text for _, text in lines[-50:]]
    assert found["matched"] == found["scanned"] == 900
    assert found["levels"] == {"INFO": 898, "ERROR": 1, "WARN": 1}
    assert found["truncated"]
    assert len(canonical_json(found)) < DEFAULT_ANSWER_CHARACTERS


def test_older_lines_are_reached_by_the_cursor(monitoring: ToolGateway, account: Account) -> None:
    now = utc_now()
    write_logs(account, [(now - timedelta(seconds=90 - at), f"line {at}") for at in range(60)])

    newest = answered(monitoring, "query_cloudwatch_logs", log_group=GROUP, limit=20)
    older = answered(
        monitoring, "query_cloudwatch_logs", log_group=GROUP, limit=20, end=newest["cursor"]
    )

    assert newest["lines"][0]["message"] == "line 40"
    assert older["lines"][-1]["message"] == "line 40"
    assert older["lines"][0]["message"] == "line 21"


def test_a_text_is_found_wherever_it_stands_and_in_any_case(
    monitoring: ToolGateway, account: Account
) -> None:
    now = utc_now()
    lines = [(now - timedelta(minutes=50, seconds=-at), f"GET /cart {at}") for at in range(300)]
    lines.append((now - timedelta(minutes=45), 'ERROR [pay] "{x}" ? %re% Connection REFUSED by db'))
    write_logs(account, sorted(lines))

    found = answered(
        monitoring, "query_cloudwatch_logs", log_group=GROUP, contains='"{x}" ? %re% connection'
    )

    assert found["matched"] == 1
    assert found["scanned"] == 301
    assert "Connection REFUSED" in found["lines"][0]["message"]


def test_binary_junk_long_lines_and_secrets_in_logs_are_made_harmless(
    monitoring: ToolGateway, account: Account
) -> None:
    now = utc_now() - timedelta(minutes=1)
    write_logs(
        account,
        [(now, "\x00\x1b[31mred\x07 é ✓"), (now, "x" * 5000), (now, "db password=hunter2 failed")],
    )

    found = answered(monitoring, "query_cloudwatch_logs", log_group=GROUP)

    messages = [line["message"] for line in found["lines"]]
    assert messages[0] == "\ufffd\ufffd[31mred\ufffd é ✓"
    assert len(messages[1]) == 500
    assert messages[2] == "db password=[redacted] failed"


def test_an_empty_window_is_an_answer_and_an_unknown_group_names_its_neighbours(
    monitoring: ToolGateway, account: Account
) -> None:
    write_logs(account, [(utc_now() - timedelta(hours=5), "old")])

    empty = answered(monitoring, "query_cloudwatch_logs", log_group=GROUP, minutes_back=5)

    assert (empty["lines"], empty["matched"], empty["truncated"]) == ([], 0, False)
    assert GROUP in refused(monitoring, "query_cloudwatch_logs", log_group="/ecs/payments")
    assert "log_group" in refused(monitoring, "query_cloudwatch_logs", log_group="no spaces!")


# --- services and changes


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


@pytest.fixture
def shop(account: Account) -> Account:
    """A cluster with one service on its first revision."""
    ecs = account.client("ecs")
    ecs.create_cluster(clusterName=CLUSTER)
    ecs.create_service(
        cluster=CLUSTER,
        serviceName=SERVICE,
        taskDefinition=register(account, "shop/payment:1.0", DB_PASSWORD="one", MODE="a"),
        desiredCount=2,
    )
    return account


def test_a_service_tells_its_counts_its_rollouts_and_why_tasks_stopped(
    monitoring: ToolGateway, shop: Account
) -> None:
    ecs = shop.client("ecs")
    task = ecs.list_tasks(cluster=CLUSTER, serviceName=SERVICE)["taskArns"][0]
    ecs.stop_task(
        cluster=CLUSTER,
        task=task,
        reason="OutOfMemoryError: Container killed due to memory usage",
    )

    service = answered(monitoring, "describe_ecs_service", cluster=CLUSTER, service=SERVICE)

    assert (service["status"], service["desired_count"]) == ("ACTIVE", 2)
    assert (service["cpu"], service["memory"]) == ("256", "512")
    assert service["task_definition"] == f"{SERVICE}:1"
    assert service["deployments"][0]["status"] == "PRIMARY"
    [stopped] = service["stopped_tasks"]
    assert stopped["stopped_reason"] == "OutOfMemoryError: Container killed due to memory usage"
    assert stopped["task_id"] in task


def test_an_unknown_cluster_or_service_is_answered_with_those_there_are(
    monitoring: ToolGateway, shop: Account
) -> None:
    wrong_cluster = refused(monitoring, "describe_ecs_service", cluster="mall", service=SERVICE)
    wrong_service = refused(monitoring, "describe_ecs_service", cluster=CLUSTER, service="pay")

    assert CLUSTER in wrong_cluster
    assert SERVICE in wrong_service


def test_a_rollout_is_listed_with_what_it_changed_and_without_secrets(
    monitoring: ToolGateway, shop: Account
) -> None:
    second = register(shop, "shop/payment:1.1", DB_PASSWORD="two", MODE="b", NEW="yes")
    shop.client("ecs").update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=second)

    found = answered(monitoring, "list_recent_changes", service=SERVICE, cluster=CLUSTER)

    rollout = found["changes"][0]
    assert rollout["kind"] == "deployment"
    assert rollout["detail"]["previous_task_definition"] == f"{SERVICE}:1"
    assert rollout["detail"]["changed"] == {
        "environment.DB_PASSWORD": {"before": "[redacted]", "after": "[redacted]"},
        "environment.MODE": {"before": "a", "after": "b"},
        "environment.NEW": {"before": None, "after": "yes"},
        "image": {"before": "shop/payment:1.0", "after": "shop/payment:1.1"},
    }
    assert rollout["change_id"].startswith("ecs-svc/")
    assert "two" not in canonical_json(found)
    assert found["gaps"] == []
    assert found["changes"] == sorted(found["changes"], key=lambda one: one["at"], reverse=True)


def test_a_restart_is_not_taken_for_a_release(monitoring: ToolGateway, shop: Account) -> None:
    later = InMemoryToolGateway(
        monitoring_server(shop, now=lambda: utc_now() + timedelta(hours=30))
    )

    found = answered(later, "list_recent_changes", service=SERVICE, cluster=CLUSTER)

    assert [one for one in found["changes"] if "previous_task_definition" in one["detail"]] == []


def test_parameters_and_alarms_are_changes_too_but_not_our_own_machinery(
    monitoring: ToolGateway, account: Account
) -> None:
    ssm = account.client("ssm")
    for value in ("10", "25"):
        ssm.put_parameter(Name="/shop/pool-size", Value=value, Type="String", Overwrite=True)
    ssm.put_parameter(Name="/shop/db-password", Value="hunter2", Type="SecureString")
    ssm.put_parameter(Name="/shop/api_key", Value="hunter3", Type="String")
    ssm.put_parameter(Name="/ITOps/actions-enabled", Value="on", Type="String")
    put_alarm(account)

    found = answered(monitoring, "list_recent_changes")

    told = {one["change_id"]: one for one in found["changes"]}
    assert told["/shop/pool-size:2"]["detail"]["before"] == "10"
    assert told["/shop/pool-size:2"]["detail"]["after"] == "25"
    assert told["/shop/db-password:1"]["detail"]["after"] == "[redacted]"
    assert "hunter" not in canonical_json(found)
    assert "actions-enabled" not in canonical_json(found)
    assert {"parameter", "alarm_state"} <= {one["kind"] for one in found["changes"]}


def test_a_service_is_found_by_its_name_in_the_catalog(
    monitoring: ToolGateway, shop: Account, tables: Tables
) -> None:
    CatalogStore(tables.catalog).put(
        CatalogEntry(entry_id="payments", kind="ecs_service", cluster=CLUSTER, ecs_service=SERVICE)
    )

    found = answered(monitoring, "list_recent_changes", service="payments")

    assert found["query"]["service"] == SERVICE
    assert found["changes"][0]["detail"]["service"] == SERVICE


def test_only_what_happened_before_the_onset_is_listed(
    monitoring: ToolGateway, shop: Account, tables: Tables
) -> None:
    onset = (utc_now() - timedelta(minutes=10)).isoformat()

    found = answered(monitoring, "list_recent_changes", service=SERVICE, before=onset)

    assert found["changes"] == []


def test_an_unknown_service_is_a_gap_that_says_so(
    monitoring: ToolGateway, shop: Account, tables: Tables
) -> None:
    found = answered(monitoring, "list_recent_changes", service="nobody")

    assert found["changes"] == []
    assert "no ECS service 'nobody'" in found["gaps"][0]


# --- evidence


def test_evidence_is_paged_whole_and_to_the_letter(monitoring: ToolGateway, tables: Tables) -> None:
    content = {"lines": [f"line {number}" for number in range(900)]}
    evidence = Evidence(
        evidence_id="EV-0A1B2C3D",
        incident_id="INC-0A1B2C3D",
        server="monitoring",
        tool="query_cloudwatch_logs",
        arguments={},
        data_source="cloudwatch_logs",
        content=content,
        sha256=sha256_of(content),
        collected_at=datetime(2026, 11, 20, tzinfo=UTC),
    )
    AgentStateStore(tables.agent_state).put_evidence(evidence)
    asked = {"incident_id": evidence.incident_id, "evidence_id": evidence.evidence_id}

    pages = [answered(monitoring, "get_evidence", **asked)]
    while pages[-1]["cursor"]:
        pages.append(answered(monitoring, "get_evidence", **asked, cursor=pages[-1]["cursor"]))

    assert "".join(page["text"] for page in pages) == evidence.text
    assert pages[0]["sha256"] == evidence.sha256
    assert "EV-00000000" in refused(
        monitoring, "get_evidence", incident_id="INC-0A1B2C3D", evidence_id="EV-00000000"
    )
    assert "cursor" in refused(monitoring, "get_evidence", **asked, cursor="99999999")


# --- an AWS that does not play along


@pytest.mark.parametrize(
    ("permission", "operation", "tool", "arguments"),
    [
        (
            "cloudwatch:GetMetricData",
            "get_metric_data",
            "get_metrics",
            {"namespace": "AWS/ECS", "metric": "CPUUtilization"},
        ),
        ("cloudwatch:DescribeAlarms", "describe_alarms", "list_alarms", {}),
        (
            "logs:FilterLogEvents",
            "filter_log_events",
            "query_cloudwatch_logs",
            {"log_group": GROUP},
        ),
        (
            "ecs:DescribeServices",
            "describe_services",
            "describe_ecs_service",
            {"cluster": CLUSTER, "service": SERVICE},
        ),
    ],
)
def test_a_missing_permission_is_named_and_a_throttled_backend_is_an_outage(
    account: Account, permission: str, operation: str, tool: str, arguments: dict[str, Any]
) -> None:
    service = permission.partition(":")[0]
    client = account.client(service)
    with Stubber(client) as stub:
        gateway = InMemoryToolGateway(monitoring_server(account, clients={service: client}))
        stub.add_client_error(operation, "AccessDeniedException", http_status_code=400)
        denied = refused(gateway, tool, **arguments)
        stub.add_client_error(operation, "ThrottlingException", http_status_code=400)
        throttled = outage(gateway, tool, **arguments)
        stub.add_client_error(operation, "InternalServerError", http_status_code=500)
        broken = outage(gateway, tool, **arguments)

    assert permission in denied
    assert "permission" in denied
    assert "ThrottlingException" in throttled
    assert "InternalServerError" in broken


def test_a_source_of_changes_that_is_denied_is_a_gap_beside_the_others(
    shop: Account, tables: Tables
) -> None:
    ssm = shop.client("ssm")
    with Stubber(ssm) as stub:
        stub.add_client_error("describe_parameters", "AccessDeniedException")
        gateway = InMemoryToolGateway(monitoring_server(shop, clients={"ssm": ssm}))

        found = answered(gateway, "list_recent_changes", service=SERVICE)

    assert [gap.split(":")[0] for gap in found["gaps"]] == ["ssm"]
    assert "ssm:DescribeParameters" in found["gaps"][0]
    assert found["changes"]


def test_an_unreachable_backend_is_an_outage(account: Account) -> None:
    cloudwatch = account.client("cloudwatch")

    def time_out(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://monitoring.example")

    cloudwatch.meta.events.register("before-send", time_out)
    gateway = InMemoryToolGateway(monitoring_server(account, clients={"cloudwatch": cloudwatch}))

    assert "out of reach" in outage(gateway, "list_alarms")
