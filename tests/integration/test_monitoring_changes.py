"""ECS services and what changed, asked for through the tools, against real AWS APIs."""

from datetime import timedelta

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import canonical_json, utc_now
from itops_core.stores.catalog import CatalogStore
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from tests.support.accounts import Account, Tables
from tests.support.telemetry import CLUSTER, SERVICE, open_shop, put_alarm, register
from tests.support.tool_servers import answered, monitoring_server, refused

pytest_plugins = ("tests.emulator",)


@pytest.fixture
def monitoring(account: Account) -> ToolGateway:
    return InMemoryToolGateway(monitoring_server(account))


@pytest.fixture
def shop(account: Account) -> Account:
    return open_shop(account)


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
