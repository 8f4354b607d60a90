"""The tool servers where they are deployed, under their own roles, reached by the stock client."""

from collections.abc import Callable, Iterator

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.stores.catalog import CatalogStore
from itops_core.tools.lambda_gateway import LambdaToolGateway
from local_cloud.address import Address
from local_cloud.sandbox import clear, inject
from local_cloud.sandbox.estate import catalog_entries
from tests.support.eventually import eventually
from tests.support.tool_servers import answered, refused


@pytest.fixture(scope="module")
def monitoring(cloud: Address) -> Iterator[LambdaToolGateway]:
    gateway = LambdaToolGateway("monitoring", "ITOps-MonitoringServer", cloud.client("lambda"), 60)
    yield gateway
    gateway.close()


@pytest.fixture(scope="module")
def incident(cloud: Address) -> Iterator[LambdaToolGateway]:
    gateway = LambdaToolGateway("incident", "ITOps-IncidentServer", cloud.client("lambda"), 60)
    yield gateway
    gateway.close()


@pytest.fixture(scope="module")
def service(cloud: Address) -> CatalogEntry:
    """Some service of the estate that runs on ECS and writes logs, and is nobody's guest."""
    seeded = {one.entry_id for one in catalog_entries()}
    entries = CatalogStore(cloud.resource("dynamodb").Table(cloud.outputs["CatalogTable"])).list()
    ours = [one for one in entries if one.entry_id in seeded]
    return next(one for one in ours if one.ecs_service and one.cluster and one.log_groups)


def assert_no_gaps(monitoring: LambdaToolGateway, **asked: str) -> None:
    """Every source may tell what changed; what other tests delete just then is missed once."""
    eventually(lambda: answered(monitoring, "list_recent_changes", **asked)["gaps"] == [])


def test_everything_that_the_catalog_promises_can_be_looked_at(
    monitoring: LambdaToolGateway, incident: LambdaToolGateway, service: CatalogEntry
) -> None:
    entry = answered(incident, "get_catalog_entry", name=service.entry_id)["entry"]

    described = answered(
        monitoring,
        "describe_ecs_service",
        cluster=entry["cluster"],
        service=entry["ecs_service"],
    )
    cpu = answered(
        monitoring,
        "get_metrics",
        namespace="AWS/ECS",
        metric="CPUUtilization",
        dimensions={"ClusterName": entry["cluster"], "ServiceName": entry["ecs_service"]},
    )
    logs = answered(monitoring, "query_cloudwatch_logs", log_group=entry["log_groups"][0])
    assert_no_gaps(monitoring, service=service.entry_id)

    assert described["status"] == "ACTIVE"
    assert cpu["summary"]["count"] > 0
    assert logs["scanned"] > 0


def test_what_is_found_by_analysis_is_found_where_it_is_deployed(
    monitoring: LambdaToolGateway, service: CatalogEntry
) -> None:
    anomalies = answered(
        monitoring,
        "detect_metric_anomalies",
        namespace=service.metric_namespace,
        dimensions=service.metric_dimensions,
    )
    patterns = answered(monitoring, "find_log_patterns", log_group=service.log_groups[0])
    ranked = answered(
        monitoring, "rank_root_causes", service=service.entry_id, metric="availability"
    )
    queues = answered(monitoring, "get_dlq_depth")

    assert anomalies["series_examined"] > 2
    assert patterns["window_lines"] > 0
    assert ranked["calls"]
    assert queues["gaps"] == []
    assert any(queue["name"] == "ITOps-DeadLetters" for queue in queues["queues"])


def test_a_fault_is_traced_and_its_map_is_drawn(
    monitoring: LambdaToolGateway, cloud: Address, unique: Callable[[str], str]
) -> None:
    name = unique("traced")
    payment = f"payment-service-{name}"
    inject(cloud, "payment-oom", suffix=name)

    try:
        # By name: the whole map is drawn from a part of the traces where there are many.
        eventually(lambda: answered(monitoring, "get_service_map", service=payment)["calls"])
        drawn = answered(monitoring, "get_service_map", service=payment)
        traces = answered(monitoring, "get_traces", service=payment)
    finally:
        clear(cloud, f"payment-oom.{name}")

    assert {"caller": f"checkout-{name}", "callee": payment}.items() <= drawn["calls"][0].items()
    assert payment in [stage["service"] for stage in traces["traces"][0]["path"]]
    assert traces["data_source"] == "xray"


def test_every_other_question_is_allowed_too(
    monitoring: LambdaToolGateway, incident: LambdaToolGateway
) -> None:
    answered(monitoring, "list_alarms")
    answered(monitoring, "list_metrics", namespace="AWS/ECS")
    assert_no_gaps(monitoring)
    runbooks = answered(incident, "list_runbooks")["runbooks"]
    answered(incident, "list_incidents")
    answered(incident, "search_incidents", query="memory")
    answered(incident, "search_knowledge_base", query="memory")

    assert answered(incident, "get_runbook", runbook_id=runbooks[0]["runbook_id"])["body"]
    assert "list_alarms" in refused(monitoring, "get_alarm_history", alarm_name="no-such-alarm")
    assert "list_alarms" in refused(
        monitoring, "get_cloudwatch_alarm_state", alarm_name="no-such-alarm"
    )
    assert "log group" in refused(
        monitoring, "query_cloudwatch_logs", log_group="/ecs/no-such-group"
    )
    assert "no evidence" in refused(
        monitoring, "get_evidence", incident_id="INC-00000000", evidence_id="EV-00000000"
    )


def test_what_drives_the_sandbox_is_no_change_of_the_estate(monitoring: LambdaToolGateway) -> None:
    changes = answered(monitoring, "list_recent_changes", hours_back=300)["changes"]

    assert not [one for one in changes if "/sandbox/" in one["what"] or "/ITOps/" in one["what"]]
