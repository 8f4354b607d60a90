"""The tools that look at several pipelines and at several days, over recorded executions."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from monitoring_server.recorded.composition import recorded_server
from monitoring_server.recorded.recording import Recording
from tests.support.recordings import FOLDER, history
from tests.support.tool_servers import answered, refused

NOW = datetime(2026, 11, 19, 3, tzinfo=UTC)
PREFIX = "arn:aws:states:us-east-1:123456789012"


def execution(
    name: str, machine: str, hours_ago: float, run: str = "one", status: str = "FAILED"
) -> dict[str, Any]:
    stopped = NOW - timedelta(hours=hours_ago)
    return {
        "executionArn": f"{PREFIX}:execution:{machine}:{run}",
        "stateMachineArn": f"{PREFIX}:stateMachine:{machine}",
        "name": run,
        "status": status,
        "startDate": stopped - timedelta(minutes=1),
        "stopDate": stopped,
        "definition": (FOLDER / f"{name}.definition.json").read_text(encoding="utf-8"),
        "events": tuple(dict(event) for event in history(name)),
    }


def pipeline(name: str) -> CatalogEntry:
    arn = f"{PREFIX}:stateMachine:{name}"
    return CatalogEntry(
        entry_id=name, kind="pipeline", state_machine_arn=arn, depends_on=("balances",)
    )


def over(*executions: dict[str, Any]) -> InMemoryToolGateway:
    catalog = [pipeline(name) for name in ("night", "noon", "evening", "weekly")]
    table = CatalogEntry(entry_id="balances", kind="table", resource="balances")
    return InMemoryToolGateway(
        recorded_server(
            Recording(recorded_at=NOW, executions=executions, catalog=(*catalog, table))
        )
    )


@pytest.fixture
def throttled() -> Iterator[ToolGateway]:
    gateway = over(
        execution("dynamodb-throttled", "night", 2),
        execution("dynamodb-throttled", "noon", 2.2),
        execution("lambda-timeout", "evening", 2.1),
    )
    yield gateway
    gateway.close()


def test_two_pipelines_that_one_table_throttles_are_explained_by_it(
    throttled: ToolGateway,
) -> None:
    told = answered(throttled, "find_shared_causes")

    assert {one["pipeline"] for one in told["failing"]} == {"night", "noon", "evening"}
    (cause,) = told["causes"]
    assert (cause["component"], cause["pipelines"]) == ("balances", ["night", "noon"])
    assert cause["certainty"] == "shared"
    assert len(cause["executions"]) == 2


def test_a_pipeline_that_only_leans_on_that_table_is_not_blamed_on_it(
    throttled: ToolGateway,
) -> None:
    told = answered(throttled, "find_shared_causes", state_machines=["night", "evening"])

    assert told["causes"] == []
    (overlap,) = told["overlaps"]
    assert overlap["component"] == "balances"
    assert "in different ways" in overlap["why"]


def test_an_unknown_pipeline_is_answered_with_those_there_are(throttled: ToolGateway) -> None:
    assert "night" in refused(throttled, "find_shared_causes", state_machines=["nigth"])
    assert "night" in refused(throttled, "get_failure_trend", state_machine="nigth")


def test_failures_are_counted_by_day_and_their_increase_is_told() -> None:
    failed = [
        execution("dynamodb-throttled", "night", 24 * day + 1, f"{day}-{number}")
        for day, count in enumerate((9, 8, 7, 2, 1, 1))
        for number in range(count)
    ]
    gateway = over(*failed, execution("good-run", "night", 3, "good", "SUCCEEDED"))

    told = answered(gateway, "get_failure_trend", state_machine="night", days=6)

    assert [day["failed"] for day in told["days"]] == [1, 1, 2, 7, 8, 9]
    assert told["days"][-1]["succeeded"] == 1
    assert told["trend"]["direction"] == "increasing"
    assert told["trend"]["confidence"] > 0.95
    assert [count for _, count in told["points"]] == [1, 1, 2, 7, 8, 9]
    gateway.close()


def test_failures_of_another_day_are_listed_without_those_of_today() -> None:
    gateway = over(
        execution("dynamodb-throttled", "night", 2, "today"),
        execution("lambda-timeout", "night", 26, "yesterday"),
    )
    yesterday = (NOW - timedelta(hours=24)).isoformat()

    told = answered(gateway, "list_failed_executions", hours_back=24, end=yesterday)

    assert told["failed"] == 1
    assert told["families"][0]["executions"] == ["yesterday"]
    gateway.close()
