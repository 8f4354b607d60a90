"""The tools that look into Step Functions, over recorded executions."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from monitoring_server.recorded.composition import recorded_server
from monitoring_server.recorded.recording import LogEvent, Recording
from tests.support.recordings import FOLDER, history
from tests.support.tool_servers import answered, refused

NOW = datetime(2026, 11, 19, 3, tzinfo=UTC)
START = datetime(2026, 11, 19, 2, tzinfo=UTC)
PREFIX = "arn:aws:states:us-east-1:123456789012"
ETL = f"{PREFIX}:stateMachine:customer-etl"
BAD, GOOD = f"{PREFIX}:execution:customer-etl:bad", f"{PREFIX}:execution:customer-etl:good"
PARENT = f"{PREFIX}:execution:nightly:parent"
CHILD = f"{PREFIX}:execution:load-customers:8a31"
REQUEST = "7f0e7a52-3f1b-4c39-9f3d-0d1a5c6b7e21"


def execution(name: str, arn: str, status: str, minutes: float = 0) -> dict[str, Any]:
    machine, run = arn.rsplit(":", 2)[-2:]
    return {
        "executionArn": arn,
        "stateMachineArn": f"{PREFIX}:stateMachine:{machine}",
        "name": run,
        "status": status,
        "startDate": START + timedelta(minutes=minutes),
        "stopDate": START + timedelta(minutes=minutes + 1),
        "redriveStatus": "REDRIVABLE" if status == "FAILED" else "NOT_REDRIVABLE",
        "definition": (FOLDER / f"{name}.definition.json").read_text(encoding="utf-8"),
        "events": tuple(dict(event) for event in history(name)),
    }


IMPORT = f"{PREFIX}:execution:import:night"
RUN_ARN = f"{PREFIX}:mapRun:nightly/Files:0f4e7a52-3f1b-4c39-9f3d-0d1a5c6b7e21"
MAP_RUN = {
    "mapRunArn": RUN_ARN,
    "executionArn": IMPORT,
    "stateMachineArn": f"{PREFIX}:stateMachine:import/Files",
    "status": "FAILED",
    "startDate": START,
    "stopDate": START + timedelta(minutes=1),
    "maxConcurrency": 40,
    "toleratedFailurePercentage": 5.0,
    "toleratedFailureCount": 0,
    "itemCounts": {
        "pending": 10, "running": 0, "succeeded": 70, "failed": 20, "timedOut": 0, "aborted": 0,
        "total": 100, "resultsWritten": 0, "failuresNotRedrivable": 0, "pendingRedrive": 20,
    },
    "executionCounts": {
        "pending": 1, "running": 0, "succeeded": 7, "failed": 2, "timedOut": 0, "aborted": 0,
        "total": 10, "resultsWritten": 0, "failuresNotRedrivable": 0, "pendingRedrive": 2,
    },
    "redriveCount": 0,
}  # fmt: skip


JOBS = (
    (
        "ecs-task-out-of-memory",
        f"{PREFIX}:execution:convert:c1",
        "/ecs/convert",
        "task/convert/0b69d5c0d655454a9f06f8b0c1a6b0a1",
    ),
    (
        "glue-job-failed",
        f"{PREFIX}:execution:clean:g1",
        "/aws-glue/jobs/error",
        "jr_8f5c2a1b9d7e4f60",
    ),
    ("batch-job-failed", f"{PREFIX}:execution:fit:f1", "/aws/batch/job", "fit/default/3b1f"),
)
CONVERT = {
    "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/convert:12",
    "family": "convert",
    "revision": 12,
    "containerDefinitions": [
        {
            "name": "convert",
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": "/ecs/convert",
                    "awslogs-region": "us-east-1",
                    "awslogs-stream-prefix": "task",
                },
            },
        }
    ],
}


def child_of_map_run(number: int) -> dict[str, Any]:
    """Return a child execution as ListExecutions with `mapRunArn` and DescribeExecution tell it."""
    told = execution("dynamodb-throttled", f"{PREFIX}:execution:import/Files:c{number}", "FAILED")
    return {
        **told,
        "executionArn": f"{PREFIX}:execution:import/Files:c{number}",
        "mapRunArn": RUN_ARN,
        "itemCount": 10,
    }


def line(at: datetime, message: str) -> LogEvent:
    return LogEvent(
        log_group="/aws/lambda/transform",
        timestamp=int(at.timestamp() * 1000),
        stream="2026/11/19/[$LATEST]a",
        message=message,
    )


@pytest.fixture(scope="module")
def monitoring() -> Iterator[ToolGateway]:
    retried = [
        execution("lambda-python-exception", f"{PREFIX}:execution:customer-etl:b{n}", "FAILED", n)
        for n in range(3)
    ]
    failed_at = START + timedelta(seconds=14)
    recording = Recording(
        recorded_at=NOW,
        executions=(
            execution("lambda-python-exception", BAD, "FAILED", 4),
            execution("good-run", GOOD, "SUCCEEDED", -60),
            execution("good-run", f"{GOOD}-later", "SUCCEEDED", 30),
            execution("nested-execution-failed", PARENT, "FAILED"),
            execution("dynamodb-throttled", CHILD, "FAILED"),
            *retried,
            execution("map-run-over-threshold", IMPORT, "FAILED", 6),
            *(child_of_map_run(number) for number in range(2)),
            *(execution(name, arn, "FAILED", 6) for name, arn, _, _ in JOBS),
        ),
        map_runs=(MAP_RUN,),
        task_definitions=(CONVERT,),
        log_groups=tuple(group for _, _, group, _ in JOBS),
        log_events=(
            *(
                LogEvent(
                    log_group=group,
                    timestamp=int((START + timedelta(seconds=5)).timestamp() * 1000),
                    stream=stream,
                    message=f"the last words of {name}",
                )
                for name, _, group, stream in (
                    *JOBS,
                    *(("another", "", group, "another/one") for _, _, group, _ in JOBS),
                )
            ),
            line(failed_at, f"START RequestId: {REQUEST} Version: $LATEST"),
            line(failed_at, f"[ERROR] {REQUEST} KeyError: 'customer_id' password=hunter22"),
            line(failed_at, "START RequestId: another-one"),
        ),
        catalog=(
            CatalogEntry(
                entry_id="customer-etl",
                kind="pipeline",
                owner="data-team",
                state_machine_arn=ETL,
                depends_on=("lake",),
            ),
            CatalogEntry(
                entry_id="reports", kind="pipeline", owner="bi-team", depends_on=("customer-etl",)
            ),
        ),
    )
    gateway = InMemoryToolGateway(recorded_server(recording))
    yield gateway
    gateway.close()


def test_failures_of_one_kind_are_one_family(monitoring: ToolGateway) -> None:
    told = answered(monitoring, "list_failed_executions")

    first = told["families"][0]
    assert told["failed"] == 10
    assert (first["state_machine"], first["state"], first["error"], first["count"]) == (
        "customer-etl",
        "Transform",
        "KeyError",
        4,
    )
    assert first["latest_execution"] == BAD


def test_a_pipeline_may_be_named_as_the_catalog_does(monitoring: ToolGateway) -> None:
    told = answered(monitoring, "list_failed_executions", state_machine="load-customers")
    unknown = refused(monitoring, "list_failed_executions", state_machine="nothing")

    assert [one["state"] for one in told["families"]] == ["Save"]
    assert "there are clean, convert, customer-etl, fit, import, load-customers, nightly" in unknown


def test_the_lines_of_the_very_call_stand_beside_its_failure(monitoring: ToolGateway) -> None:
    told = answered(monitoring, "explain_execution_failure", execution_arn=BAD)

    sections = told["sections"]
    assert told["chain"][0]["state"] == "Transform"
    assert [one["message"].split()[0] for one in sections["logs"]] == ["START", "[ERROR]"]
    assert all(REQUEST in one["message"] for one in sections["logs"])
    assert "hunter22" not in str(told)
    assert sections["advice"]["step"] == "fix_then_redrive"
    assert sections["catalog"]["owner"] == "data-team"
    assert sections["catalog"]["leaned_on_by"] == ["reports"]


def test_nested_executions_are_followed_to_the_one_that_failed_first(
    monitoring: ToolGateway,
) -> None:
    told = answered(monitoring, "explain_execution_failure", execution_arn=PARENT)

    assert [one["state"] for one in told["chain"]] == ["LoadCustomers", "Save"]
    assert told["sections"]["failure"]["state"]["name"] == "Save"
    assert "balances" in told["summary"]
    advice = told["sections"]["advice"]
    assert advice["step"] == "redrive"
    assert advice["why"].startswith("in load-customers, where it failed first: it passes by itself")


def test_the_children_of_a_distributed_map_tell_why_it_failed(monitoring: ToolGateway) -> None:
    told = answered(monitoring, "explain_execution_failure", execution_arn=IMPORT)

    run = told["sections"]["map_run"]
    assert [one["state"] for one in told["chain"]] == ["Files", "Save"]
    assert told["chain"][1]["execution_arn"].startswith(f"{PREFIX}:execution:import/Files:c")
    assert run["items"] == {"total": 100, "succeeded": 70, "failed": 20, "pending": 10}
    assert run["tolerated"] == "5 % of the items"
    assert [(one["state"], one["count"]) for one in run["families"]] == [("Save", 2)]
    assert told["sections"]["failure"]["error"]["family"] == "throttled"


@pytest.mark.parametrize(("name", "arn", "group", "stream"), JOBS)
def test_the_last_words_of_a_task_or_a_job_are_found_by_its_stream(
    monitoring: ToolGateway, name: str, arn: str, group: str, stream: str
) -> None:
    told = answered(monitoring, "explain_execution_failure", execution_arn=arn)

    assert [(one["log_group"], one["message"]) for one in told["sections"]["logs"]] == [
        (group, f"the last words of {name}")
    ]


def test_a_failure_is_compared_with_the_last_good_run_before_it(monitoring: ToolGateway) -> None:
    told = answered(monitoring, "compare_executions", execution_arn=BAD)

    assert told["good"] == GOOD
    assert told["comparison"]["diverges_at"]["state"] == "Transform"
    assert told["comparison"]["input_differences"][0]["path"] == "$.schema"


def test_an_execution_nobody_knows_is_refused_with_what_to_do(monitoring: ToolGateway) -> None:
    said = refused(
        monitoring, "explain_execution_failure", execution_arn=f"{PREFIX}:execution:none:none"
    )

    assert "list_failed_executions names those that failed" in said


def test_an_execution_is_drawn_with_the_state_that_failed_and_the_way_it_took(
    monitoring: ToolGateway,
) -> None:
    told = answered(monitoring, "get_execution_graph", execution_arn=BAD)

    outcomes = {one["name"]: one["outcome"] for one in told["nodes"]}
    taken = {(one["source"], one["target"]) for one in told["edges"] if one["taken"]}
    assert (told["status"], told["start_at"], told["failed_in"]) == (
        "FAILED",
        "Extract",
        "Transform",
    )
    assert outcomes["Extract"] == "succeeded"
    assert outcomes["Transform"] == "failed"
    assert outcomes["Load"] == "not_taken"
    assert taken == {("Extract", "Transform")}
    assert told["visits"] == []


def test_a_state_tells_what_it_was_given_and_why_it_failed(monitoring: ToolGateway) -> None:
    told = answered(monitoring, "get_execution_graph", execution_arn=BAD, state="Transform")
    unknown = refused(monitoring, "get_execution_graph", execution_arn=BAD, state="Nowhere")

    (visit,) = told["visits"]
    assert visit["outcome"] == "failed"
    assert visit["attempts"] == 3
    assert '"schema":4' in visit["input"]
    assert visit["error"] == "KeyError"
    assert "customer_id" in visit["cause"]
    assert told["nodes"] == []
    assert "leave state out" in unknown


def test_the_executions_of_a_pipeline_are_listed_whatever_became_of_them(
    monitoring: ToolGateway,
) -> None:
    told = answered(monitoring, "list_executions", state_machine="customer-etl")
    failed = answered(monitoring, "list_executions", state_machine="customer-etl", status="FAILED")

    assert [one["name"] for one in told["executions"]][:2] == ["good-later", "bad"]
    assert {one["status"] for one in told["executions"]} == {"SUCCEEDED", "FAILED"}
    assert {one["status"] for one in failed["executions"]} == {"FAILED"}
