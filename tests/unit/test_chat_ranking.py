"""Which of what was seen is told first, what a ticket is made for, and what is no cause."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.investigation import Observation, ObservationStatus, ToolCall
from itops_core.domain.question import Deliverable, Intent, Reading
from itops_core.domain.reports import ChatAnswer
from itops_core.reasoning.offline.chat_answer import composed
from itops_core.reasoning.offline.chat_looking import open_calls
from itops_core.reasoning.offline.chat_scope import Scope
from itops_core.reasoning.offline.task_stops import is_orderly

NOW = datetime(2026, 11, 20, 13, 30, tzinfo=UTC)
ENTRIES = (
    CatalogEntry(entry_id="checkout", kind="ecs_service", tier=1, metric_namespace="Shop"),
    CatalogEntry(entry_id="catalog-service", kind="ecs_service", tier=2, metric_namespace="Shop"),
    CatalogEntry(entry_id="customer-etl", kind="pipeline"),
    CatalogEntry(entry_id="orders", kind="ecs_service", depends_on=("orders-db",)),
    CatalogEntry(entry_id="orders-db", kind="database", tier=1),
    CatalogEntry(entry_id="archive-db", kind="database", resource="archive-1", tier=4),
)


def at(minutes_ago: int) -> str:
    return (NOW - timedelta(minutes=minutes_ago)).isoformat().replace("+00:00", "Z")


def saw(tool: str, content: dict[str, Any], **arguments: Any) -> Observation:  # noqa: ANN401
    return Observation(
        call=ToolCall(server="monitoring", tool=tool, arguments=arguments),
        status=ObservationStatus.OK,
        content=content,
        evidence_id="EV-0A1B2C3D",
    )


def risen(service: str, percent: int, *, ended: int | None = None) -> dict[str, Any]:
    end = "and has not gone back." if ended is None else f"and was back after {at(ended)}."
    return {
        "series": f"LatencyP99 (Service={service})",
        "direction": "up",
        "onset": at(40),
        "until": None if ended is None else at(ended),
        "change_percent": percent,
        "confidence": 0.7 if ended is None else 0.99,
        "sentence": f"LatencyP99 (Service={service}) rose ({percent:+d} %) {end}",
    }


def task(reason: str, minutes_ago: int = 5, container: str = "", code: int = 0) -> dict[str, Any]:
    return {
        "stopped_reason": reason,
        "stop_code": "",
        "stopped_at": at(minutes_ago),
        "containers": [{"name": "app", "exit_code": code, "reason": container}],
    }


def service(name: str, *tasks: dict[str, Any]) -> Observation:
    content = {"service": name, "desired_count": 2, "running_count": 2, "stopped_tasks": [*tasks]}
    return saw("describe_ecs_service", content, service=name)


def scope(*seen: Observation, **more: Any) -> Scope:  # noqa: ANN401
    given = {
        "intent": Intent.WHY,
        "since": NOW - timedelta(hours=1),
        "until": NOW,
        "window": "the last hour",
        "deliverable": Deliverable.TICKET,
        "is_conditional": True,
        **more,
    }
    return Scope(Reading.model_validate(given), ENTRIES, seen, is_now=True)


def answered(*seen: Observation, **more: Any) -> ChatAnswer:  # noqa: ANN401
    return composed(scope(*seen, **more))


RINGING = saw(
    "list_alarms",
    {
        "alarms": [
            {
                "name": "front-page-slow",
                "reason": "Threshold Crossed",
                "changed_at": at(20),
                "dimensions": {"Service": "checkout"},
            }
        ]
    },
    state="ALARM",
)
QUIET = saw("list_alarms", {"alarms": []}, state="ALARM")
ROLLED_OUT = service("catalog-service", *(task("Deployment completed") for _ in range(6)))


def anomalies(*findings: dict[str, Any]) -> Observation:
    content = {"findings": [*findings], "series_examined": 12}
    return saw("detect_metric_anomalies", content, namespace="Shop")


def test_what_has_not_gone_back_and_rings_is_told_before_what_recovered() -> None:
    seen = (anomalies(risen("catalog-service", 3000, ended=20), risen("checkout", 923)), RINGING)

    answer = answered(*seen, ROLLED_OUT)

    assert "front-page-slow" in answer.summary
    assert answer.condition_met is True
    first, second = answer.evidence[:2]
    assert "front-page-slow" in first.text
    assert "checkout" in second.text
    assert "catalog-service" not in answer.probable_cause


def test_the_service_that_is_looked_into_is_the_one_that_still_rings() -> None:
    findings = anomalies(risen("catalog-service", 3000, ended=20), risen("checkout", 923))

    calls = open_calls(scope(findings, RINGING))

    looked_into = [call.arguments["service"] for call in calls if "ecs" in call.tool]
    assert looked_into == ["checkout"]


def test_no_ticket_is_needed_where_everything_has_gone_back_and_the_answer_says_so() -> None:
    answer = answered(anomalies(risen("catalog-service", 3000, ended=20)), QUIET)

    assert answer.condition_met is False
    assert "nothing that was seen still goes on, so that no ticket is needed" in answer.summary


def test_only_changes_that_bear_on_the_question_are_evidence_and_the_rest_is_counted() -> None:
    def change(kind: str, what: str, minutes_ago: int = 10) -> dict[str, Any]:
        return {"at": at(minutes_ago), "kind": kind, "what": what, "change_id": what[-12:]}

    changes = [
        change("alarm_state", "front-page-slow went to ALARM"),
        change("deployment", "orders now runs revision 7"),
        change("api_call", "ModifyDBInstance on orders-db by ann"),
        change("parameter", "parameter /customer/pool is 3"),
        change("parameter", "parameter /shared/timeout is 3"),
        change("deployment", "catalog-service now runs revision 9"),
        change("function_version", "thumbnails has the new version 4"),
        change("api_call", "ModifyDBInstance on archive-1 by ann"),
    ]
    seen = saw("list_recent_changes", {"changes": changes, "gaps": []}, service="orders")
    asked = {"deliverable": Deliverable.ANSWER, "is_conditional": False}

    told = [one.text for one in answered(seen, subjects=("orders",), **asked).evidence]
    pipeline = [one.text for one in answered(seen, subjects=("customer-etl",), **asked).evidence]
    whole = [one.text for one in answered(seen, **asked).evidence]

    assert {text.partition(": ")[2] for text in told[:3]} == {
        "orders now runs revision 7",
        "ModifyDBInstance on orders-db by ann",
        "parameter /shared/timeout is 3",
    }
    assert told[3:] == ["4 changes more in that time: of other things."]
    assert {text.partition(": ")[2] for text in pipeline[:2]} == {
        "parameter /customer/pool is 3",
        "parameter /shared/timeout is 3",
    }
    assert len(pipeline) == 3
    assert len([text for text in whole if "revision" in text]) == 2
    assert not any("other things" in text for text in whole)


def test_the_end_of_a_rollout_is_no_cause_and_kills_are_told_before_it() -> None:
    killed = task("Essential container in task exited", 3, "OutOfMemoryError: killed", 137)
    seen = service(
        "catalog-service", *(task("Deployment completed") for _ in range(6)), killed, killed
    )

    answer = answered(seen, intent=Intent.STATUS, subjects=("catalog-service",))

    assert "2 tasks of catalog-service stopped: OutOfMemoryError" in answer.summary
    assert "OutOfMemoryError" in answer.probable_cause
    told = " ".join(claim.text for claim in answer.evidence)
    assert "6 tasks of catalog-service ended as was asked for: Deployment completed" in told


def test_a_service_whose_tasks_were_only_replaced_has_nothing_wrong() -> None:
    answer = answered(ROLLED_OUT, intent=Intent.STATUS, subjects=("catalog-service",))

    assert answer.probable_cause == ""
    assert answer.condition_met is False
    assert "nothing is wrong" in answer.summary


@pytest.mark.parametrize(
    ("ended", "orderly"),
    [
        (task("Scaling activity initiated by (deployment ecs-svc/1)", code=143), True),
        (task("Task stopped by user"), True),
        (task("Scaling activity initiated by (deployment ecs-svc/1)", code=1), False),
        (task("Deployment completed", container="OutOfMemoryError: killed"), False),
        (task("Task failed ELB health checks in (target-group tg)"), False),
    ],
)
def test_a_task_ended_by_request_only_where_no_container_tells_otherwise(
    ended: dict[str, Any], *, orderly: bool
) -> None:
    assert is_orderly(ended) is orderly


ETL: dict[str, Any] = {"subjects": ("customer-etl",), "deliverable": "answer"}
NO_FAILURE = saw(
    "list_failed_executions", {"failed": 0}, state_machine="customer-etl", hours_back=1
)


def test_where_a_pipeline_did_not_fail_its_last_failure_is_looked_for() -> None:
    (call,) = open_calls(scope(NO_FAILURE, **ETL))

    assert call.arguments == {"state_machine": "customer-etl", "hours_back": 336}


@pytest.mark.parametrize(
    ("families", "told", "step"),
    [
        ((), "none of its failures is on record in 14 days", "itops pipelines show customer-etl"),
        (
            ({"state": "Load", "error": "KeyError", "count": 1, "last_at": at(60 * 50 + 1)},),
            "its last failure was 2026-11-18 11:29 UTC, at Load with KeyError",
            "itops chat --hours 51 'why did customer-etl fail?'",
        ),
    ],
)
def test_a_pipeline_that_did_not_fail_is_told_of_with_how_to_look_further_back(
    families: tuple[dict[str, Any], ...], told: str, step: str
) -> None:
    content = {"failed": len(families), "families": [*families]}
    earlier = saw("list_failed_executions", content, state_machine="customer-etl", hours_back=336)

    answer = answered(NO_FAILURE, earlier, **ETL)

    assert "customer-etl did not fail in the last hour; " + told in answer.summary
    assert any(step in one for one in answer.next_steps)
    assert answer.condition_met is False
    assert open_calls(scope(NO_FAILURE, earlier, **ETL)) == ()


def database_metric(name: str, unit: str, *drawn: float) -> dict[str, Any]:
    return {
        "metric": name, "of": "orders-db", "unit": unit, "drawn": list(drawn),
        "highest": max(drawn), "lowest": min(drawn),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("subjects", "instances"),
    [((), ["orders-db", "archive-1"]), (("orders",), ["orders-db"]), (("checkout",), [])],
)
def test_a_question_about_databases_asks_those_that_are_meant(
    subjects: tuple[str, ...], instances: list[str]
) -> None:
    calls = open_calls(scope(topics=("timeout", "database"), subjects=subjects))

    asked = {
        tool: [one.arguments["instance"] for one in calls if one.tool == tool]
        for tool in ("get_database_metrics", "get_database_load", "list_database_events")
    }
    assert list(asked.values()) == [instances] * 3


def test_a_database_that_is_asked_about_by_name_is_looked_at() -> None:
    tools = {one.tool for one in open_calls(scope(subjects=("orders-db",)))}

    assert {"get_database_metrics", "get_database_load", "list_database_events"} <= tools


def test_what_a_database_went_through_is_told_and_named_as_the_cause() -> None:
    metrics = [
        database_metric("CPUUtilization", "Percent", 28, 30, 31, 90, 96, 97),
        database_metric("FreeStorageSpace", "Bytes", 5e9, 5e9, 5e9, 5e9, 5e9, 5e9),
    ]
    load = {
        "drawn": [1.0, 2.0, 12.1],
        "statements": [{"name": "SELECT name FROM customers", "share": 0.92}],
        "waits": [{"name": "IO:DataFileRead", "share": 0.7}],
    }
    seen = (
        saw("get_database_metrics", {"metrics": metrics}, instance="orders-db"),
        saw("get_database_load", {"load": load, "facts": {"vcpus": 4}}, instance="orders-db"),
        saw("list_database_events", {"events": []}, instance="orders-db"),
    )

    answer = answered(*seen, topics=("database",))

    told = " ".join(claim.text for claim in answer.evidence)
    assert "CPUUtilization of database orders-db rose from 28 % to 97 %." in told
    assert "up to 12.1 sessions at once for 4 vCPUs, waiting most for IO:DataFileRead" in told
    assert "Nothing happened to database orders-db" in told
    assert "FreeStorageSpace" not in told
    assert "SELECT name FROM customers" in answer.probable_cause
