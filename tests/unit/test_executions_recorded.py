"""Recorded executions, in AWS's exact event format, are explained rightly."""

from dataclasses import dataclass
from typing import Any

import botocore.session
import pytest

from monitoring_server.analysis.executions.explaining import explain
from monitoring_server.analysis.executions.explanation import Explanation
from tests.support.recordings import NAMES, definition, history


@dataclass(frozen=True)
class Truth:
    """What is true of a recording."""

    state: str | None
    error: str = ""
    family: str = ""
    retries: int = 0
    item: int | None = None
    status: str = "FAILED"


TRUTHS = {
    "activity-worker-failed": Truth("Review", "ReviewRejected", "task_failed", 1),
    "batch-job-failed": Truth("Fit", "States.TaskFailed", "job_failed"),
    "callback-heartbeat-lost": Truth("WaitForScan", "States.HeartbeatTimeout", "heartbeat"),
    "caught-then-failed": Truth("Right", "KeyError", "lambda_exception"),
    "choice-without-match": Truth("ByKind", "States.NoChoiceMatched", "no_choice"),
    "data-limit-exceeded": Truth("Collect", "States.DataLimitExceeded", "data_limit"),
    "downstream-timeout": Truth("AskPartner", "States.Timeout", "timed_out", 2),
    "dynamodb-condition-caught": Truth(None, status="SUCCEEDED"),
    "dynamodb-throttled": Truth(
        "Save", "DynamoDB.ProvisionedThroughputExceededException", "throttled", 1
    ),
    "ecs-pass-role-lost": Truth("Convert", "ECS.AccessDeniedException", "permission", 1),
    "ecs-task-out-of-memory": Truth("Convert", "States.TaskFailed", "out_of_memory"),
    "emulator-without-links": Truth("Double", "TypeError", "lambda_exception", item=2),
    "event-limit": Truth("Poll", "States.Runtime", "quota"),
    "execution-aborted": Truth("Work", "Operator", "aborted", item=0, status="ABORTED"),
    "execution-timed-out": Truth(
        "WaitForPartner", "States.Timeout", "timed_out", status="TIMED_OUT"
    ),
    "express-log": Truth("Transform", "KeyError", "lambda_exception", 2),
    "fail-state-by-choice": Truth("NothingToDo", "EmptyBatch", "fail_state"),
    "glue-job-failed": Truth("Clean", "States.TaskFailed", "job_failed"),
    "glue-quota": Truth("Clean", "Glue.ConcurrentRunsExceededException", "quota"),
    "good-run": Truth(None, status="SUCCEEDED"),
    "jsonata-evaluation": Truth("Price", "States.QueryEvaluationError", "evaluation"),
    "jsonpath-not-found": Truth("Bill", "States.Runtime", "evaluation"),
    "lambda-node-exception": Truth("Enrich", "TypeError", "lambda_exception"),
    "lambda-out-of-memory": Truth("Render", "Runtime.ExitError", "out_of_memory"),
    "lambda-permission-lost": Truth("Call", "Lambda.AWSLambdaException", "permission", 2),
    "lambda-python-exception": Truth("Transform", "KeyError", "lambda_exception", 2),
    "lambda-throttled": Truth("Score", "Lambda.TooManyRequestsException", "throttled", 3),
    "lambda-timeout": Truth("Aggregate", "Sandbox.Timedout", "lambda_timeout"),
    "map-poisoned-item": Truth("Book", "ValueError", "lambda_exception", item=3),
    "map-run-aborted": Truth("Files", "Aborted", "aborted", status="ABORTED"),
    "map-run-over-threshold": Truth(
        "Files", "States.ExceedToleratedFailureThreshold", "items_failed"
    ),
    "map-run-redriven": Truth(None, status="SUCCEEDED"),
    "nested-execution-failed": Truth(
        "LoadCustomers", "States.TaskFailed", "nested_execution_failed"
    ),
    "parallel-branch-failed": Truth("Orders", "Lambda.ResourceNotFoundException", "not_found"),
    "parallel-retried": Truth("Do", "Lambda.TooManyRequestsException", "throttled", 1, item=0),
    "partner-unreachable": Truth("Send", "States.Http.Socket", "unreachable"),
    "sns-permission-lost": Truth("Announce", "SNS.AuthorizationErrorException", "permission"),
    "without-execution-data": Truth("Book", "ValueError", "lambda_exception", item=3),
}
MODEL: Any = botocore.session.get_session().get_service_model("stepfunctions")
EVENT: Any = MODEL.shape_for("HistoryEvent")


def explained(name: str) -> Explanation:
    return explain(history(name), definition(name))


def iteration(told: Explanation) -> int | None:
    state = told.failed_state
    places = state.where if state else ()
    return next((one.index for one in places if one.kind == "iteration"), None)


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_is_explained_rightly(name: str) -> None:
    truth = TRUTHS[name]

    told = explained(name)

    assert told.status == truth.status
    assert (told.failed_state.name if told.failed_state else None) == truth.state
    assert (told.error.error if told.error else "") == truth.error
    assert (told.error.family if told.error else "") == truth.family
    assert (told.retries.retries if told.retries else 0) == truth.retries
    assert iteration(told) == truth.item
    assert len(told.summary) <= 700


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"express-log", "emulator-without-links"}))
def test_a_recording_has_the_very_fields_of_awss_service_model(name: str) -> None:
    for event in history(name):
        assert event["type"] in MODEL.shape_for("HistoryEventType").enum
        assert set(event) <= set(EVENT.members)
        for field, value in event.items():
            if isinstance(value, dict):
                shape: Any = EVENT.members[field]
                assert set(value) <= set(shape.members), f"{name}: {field}"


def test_together_the_recordings_hold_every_type_of_event() -> None:
    kinds = {event["type"] for name in NAMES for event in history(name)}

    assert set(MODEL.shape_for("HistoryEventType").enum) - kinds == set()


def test_the_delays_between_attempts_are_those_that_were_waited() -> None:
    told = explained("lambda-throttled")

    assert told.retries is not None
    delays = [one.delay_seconds for one in told.retries.attempts]
    assert delays == [None, 1.02, 2.02, 4.02]
    assert told.retries.exhausted
    assert "3 more tries, first after 1 s" in told.retries.rule


def test_an_error_no_rule_fits_is_said_to_fit_none() -> None:
    told = explained("lambda-permission-lost")

    assert told.retries is not None
    assert told.retries.rule == "no Retry rule fits it"
    assert not told.retries.exhausted


def test_a_lambda_error_is_told_with_its_deepest_frame_and_request() -> None:
    error = explained("lambda-python-exception").error

    assert error is not None
    assert error.stack[-1].startswith('File "/var/task/cleaning.py", line 12')
    assert error.request_id == "7f0e7a52-3f1b-4c39-9f3d-0d1a5c6b7e21"


def test_a_missing_permission_is_named_with_its_resource_and_principal() -> None:
    error = explained("ecs-pass-role-lost").error

    assert error is not None
    assert error.missing_action == "iam:PassRole"
    assert error.denied_resource == "arn:aws:iam::123456789012:role/convert"
    assert error.principal.endswith("assumed-role/pipeline/kxq")


def test_the_input_of_the_failing_state_is_shown_without_its_secrets() -> None:
    told = explained("lambda-python-exception")

    assert told.failed_state is not None
    assert '"schema":4' in told.failed_state.input
    assert "hunter22" not in told.model_dump_json()


def test_the_item_that_poisoned_a_map_is_shown() -> None:
    told = explained("map-poisoned-item")

    assert told.failed_state is not None
    assert told.failed_state.item == '{"sku":"A-3","quantity":"three"}'


def test_a_caught_failure_is_the_cause_and_not_the_fail_state_it_led_to() -> None:
    told = explained("caught-then-failed")

    assert told.ended_in == "PipelineFailed"
    assert told.retries is not None
    assert "Catch led from there to PipelineFailed" in told.summary


def test_a_choice_that_led_to_a_fail_state_is_named() -> None:
    assert explained("fail-state-by-choice").decided_by == "AnyRows"


def test_what_was_caught_in_an_execution_that_succeeded_is_told() -> None:
    told = explained("dynamodb-condition-caught")

    assert [(one.state, one.caught_by) for one in told.handled] == [("Claim", "AlreadyDone")]


def test_executions_and_map_runs_to_look_into_are_named() -> None:
    nested = explained("nested-execution-failed").follow
    run = explained("map-run-over-threshold").follow

    assert nested == ("arn:aws:states:us-east-1:123456789012:execution:load-customers:8a31",)
    assert run[0].startswith("arn:aws:states:us-east-1:123456789012:mapRun:nightly/Files:")


def test_a_container_is_told_with_its_exit_code_and_task() -> None:
    error = explained("ecs-task-out-of-memory").error

    assert error is not None
    assert error.exit_code == 137
    assert error.task_arn.endswith("task/batch/0b69d5c0d655454a9f06f8b0c1a6b0a1")


def test_a_jobs_error_log_is_named() -> None:
    error = explained("glue-job-failed").error

    assert error is not None
    assert (error.log_group, error.log_stream) == ("/aws-glue/jobs/error", "jr_8f5c2a1b9d7e4f60")


def test_an_expression_that_failed_is_named_with_its_field() -> None:
    error = explained("jsonata-evaluation").error

    assert error is not None
    assert error.expression == "$states.input.items.price * $states.input.rate"
    assert error.field == "Output/total"


def test_without_a_definition_the_state_is_still_found_and_the_gap_told() -> None:
    told = explain(history("map-poisoned-item"), None)

    assert told.failed_state is not None
    assert told.failed_state.name == "Book"
    assert any("no definition" in gap for gap in told.gaps)


def test_places_that_had_to_be_inferred_make_it_less_sure() -> None:
    told = explained("emulator-without-links")

    assert told.confidence < explained("map-poisoned-item").confidence
    assert any("places are inferred" in gap for gap in told.gaps)
