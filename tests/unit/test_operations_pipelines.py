"""Executions are repeated once, when live state allows it, and as people were told.

The emulator has no RedriveExecution: that call is held against an answer of AWS, recorded in the
shape of its service model, by botocore's Stubber, which also checks what is sent.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from mcp.server.mcpserver.exceptions import ToolError

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.remediation import Action, ActionPreview, ActionRecord, ActionStatus
from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.pipelines import ExecutionState
from itops_core.settings import config
from operations_server.ledger import OutOfTimeError
from operations_server.operation import Operation, Surroundings
from operations_server.operations import Reachable, operations
from operations_server.pipelines import Pipelines
from tests.support.traffic import nothing_counted

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
PREFIX = "arn:aws:states:us-east-1:123456789012"
MACHINE = f"{PREFIX}:stateMachine:customer-etl"
ARN = f"{PREFIX}:execution:customer-etl:nightly-1"
AGAIN = f"{PREFIX}:execution:customer-etl:itops-ACT-0A1B2C3D"
ENTRY = CatalogEntry(entry_id="customer-etl", kind="pipeline", state_machine_arn=MACHINE)


def told(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "executionArn": ARN,
        "stateMachineArn": MACHINE,
        "name": "nightly-1",
        "status": "FAILED",
        "startDate": NOW - timedelta(hours=2),
        "stopDate": NOW - timedelta(hours=1),
        "input": '{"batch": "2026-11-19"}',
        "redriveCount": 0,
        "redriveStatus": "REDRIVABLE",
        **changes,
    }


@pytest.fixture
def aws() -> Iterator[Stubber]:
    client = boto3.client(
        "stepfunctions",
        region_name="us-east-1",
        aws_access_key_id="nobody",
        aws_secret_access_key="none",
    )
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def operation(name: str, aws: Stubber, *entries: CatalogEntry) -> Operation:
    client: Any = aws.client
    unused: Any = None
    pipelines = Pipelines(client, client, lambda: NOW)
    reachable = Reachable(unused, pipelines, unused, unused, unused, unused, unused)
    rules, sizes = config().remediation, catalogue().blast_radius
    around = Surroundings(lambda: entries, sizes, rules, nothing_counted)
    return operations(reachable, around)[name]


def previewed(name: str, aws: Stubber, *entries: CatalogEntry) -> ActionPreview:
    action = Action(name=name, parameters={"execution_arn": ARN})
    return operation(name, aws, *entries).preview(action, catalogue().check(action), undo=False)


def record(name: str, before: dict[str, Any]) -> ActionRecord:
    return ActionRecord(
        action_id="ACT-0A1B2C3D",
        incident_id="INC-0A1B2C3D",
        round=1,
        action=Action(name=name, parameters={"execution_arn": ARN}),
        resource=ARN,
        inverse=None,
        status=ActionStatus.STARTED,
        before=before,
        started_at=NOW,
    )


@pytest.mark.parametrize("name", ["redrive_execution", "rerun_execution"])
def test_a_failed_execution_may_be_repeated_but_not_taken_back(name: str, aws: Stubber) -> None:
    aws.add_response("describe_execution", told(), {"executionArn": ARN})

    preview = previewed(name, aws, ENTRY)

    assert preview.possible
    assert not preview.reversible
    assert preview.inverse is not None
    assert preview.inverse.name == "notify_only"
    assert preview.blast_radius == ("customer-etl",)
    assert preview.before["redrive_count"] == 0


@pytest.mark.parametrize("status", ["SUCCEEDED", "RUNNING"])
@pytest.mark.parametrize("name", ["redrive_execution", "rerun_execution"])
def test_what_did_not_fail_is_not_repeated(name: str, status: str, aws: Stubber) -> None:
    aws.add_response("describe_execution", told(status=status))

    assert not previewed(name, aws, ENTRY).possible


def test_what_aws_will_not_redrive_is_told_with_its_reason(aws: Stubber) -> None:
    reason = "Execution history event limit exceeded"
    aws.add_response(
        "describe_execution",
        told(redriveStatus="NOT_REDRIVABLE", redriveStatusReason=reason),
    )

    preview = previewed("redrive_execution", aws, ENTRY)

    assert not preview.possible
    assert reason in preview.reason


def test_where_aws_does_not_tell_the_age_decides(aws: Stubber) -> None:
    old = told(stopDate=NOW - timedelta(days=15))
    del old["redriveStatus"]
    aws.add_response("describe_execution", old)

    assert "14 days" in previewed("redrive_execution", aws, ENTRY).reason


def test_an_item_of_a_distributed_map_is_not_run_by_itself(aws: Stubber) -> None:
    run = f"{PREFIX}:mapRun:customer-etl/Files:1"
    aws.add_response("describe_execution", told(mapRunArn=run))

    assert not previewed("rerun_execution", aws, ENTRY).possible


def test_a_pipeline_the_catalog_does_not_know_reaches_further(aws: Stubber) -> None:
    aws.add_response("describe_execution", told())

    assert previewed("redrive_execution", aws).blast_size == "medium"


def test_a_redrive_carries_the_actions_id_so_that_aws_does_it_once(aws: Stubber) -> None:
    aws.add_response(
        "redrive_execution",
        {"redriveDate": NOW},
        {"executionArn": ARN, "clientToken": "ACT-0A1B2C3D"},
    )
    aws.add_response("describe_execution", told(status="RUNNING", redriveCount=1))

    after = operation("redrive_execution", aws).act(record("redrive_execution", {}))

    assert after["status"] == "RUNNING"
    assert after["redrive_count"] == 1


def test_a_redrive_that_aws_refuses_says_why(aws: Stubber) -> None:
    aws.add_client_error(
        "redrive_execution", "ExecutionNotRedrivable", "Execution is already running", 400
    )

    with pytest.raises(ToolError, match="ExecutionNotRedrivable"):
        operation("redrive_execution", aws).act(record("redrive_execution", {}))


def test_a_redrive_shows_in_the_count(aws: Stubber) -> None:
    begun = record("redrive_execution", {"redrive_count": 0, "status": "FAILED"})
    redrive = operation("redrive_execution", aws)
    aws.add_response("describe_execution", told())
    aws.add_response("describe_execution", told(redriveCount=1, status="RUNNING"))
    aws.add_response("describe_execution", told(redriveCount=1, status="RUNNING"))

    nothing = redrive.effect_of(begun)
    done = redrive.effect_of(begun)

    assert nothing is None
    assert done is not None
    assert not redrive.is_untouched(begun.action, begun.before)


def test_a_rerun_has_the_same_input_and_a_name_that_only_this_action_gives(aws: Stubber) -> None:
    aws.add_response("describe_execution", told())
    aws.add_response(
        "start_execution",
        {"executionArn": AGAIN, "startDate": NOW},
        {
            "stateMachineArn": MACHINE,
            "name": "itops-ACT-0A1B2C3D",
            "input": '{"batch": "2026-11-19"}',
        },
    )
    aws.add_response("describe_execution", told(executionArn=AGAIN, status="RUNNING"))

    after = operation("rerun_execution", aws).act(record("rerun_execution", {}))

    assert after["started"] == AGAIN


def test_a_rerun_that_was_started_before_is_found_and_not_started_again(aws: Stubber) -> None:
    aws.add_response("describe_execution", told())
    aws.add_client_error("start_execution", "ExecutionAlreadyExists", "it does", 400)
    aws.add_response("describe_execution", told(executionArn=AGAIN, status="RUNNING"))

    after = operation("rerun_execution", aws).act(record("rerun_execution", {}))

    assert after["started"] == AGAIN


def test_a_rerun_nobody_has_started_shows_nowhere(aws: Stubber) -> None:
    aws.add_client_error("describe_execution", "ExecutionDoesNotExist", "no", 400)

    assert operation("rerun_execution", aws).effect_of(record("rerun_execution", {})) is None


def test_an_execution_nobody_knows_is_refused(aws: Stubber) -> None:
    aws.add_client_error("describe_execution", "ExecutionDoesNotExist", "no", 400)

    with pytest.raises(ToolError, match="list_failed_executions"):
        previewed("redrive_execution", aws)


@pytest.mark.parametrize("change", [{"redrive_count": 2}, {"status": "RUNNING"}, {"arn": "arn:b"}])
def test_an_execution_that_others_went_on_with_is_not_what_people_said_yes_to(
    change: dict[str, Any],
) -> None:
    state = ExecutionState(arn="arn:a", state_machine_arn="arn:m", status="FAILED", redrive_count=1)
    other = state.model_copy(update=change)

    assert other.state_hash != state.state_hash
    assert state.rests_on(state.shown)
    assert other.rests_on(state.shown) is ("arn" in change)


@pytest.mark.parametrize("name", ["redrive_execution", "rerun_execution"])
def test_nothing_is_repeated_once_the_time_for_a_write_is_over(name: str, aws: Stubber) -> None:
    def too_late() -> None:
        raise OutOfTimeError

    with pytest.raises(OutOfTimeError):
        operation(name, aws).act(record(name, {}), too_late)
