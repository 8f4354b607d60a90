"""A failed execution beside a good one; what to do; and families of failures."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itops_core.errors import InvalidInputError
from monitoring_server.analysis.executions.advising import Advice, advise
from monitoring_server.analysis.executions.comparing import compare
from monitoring_server.analysis.executions.definitions import parse_definition
from monitoring_server.analysis.executions.differences import differences
from monitoring_server.analysis.executions.explaining import explain_record
from monitoring_server.analysis.executions.families import Failed, families_of, template_of
from monitoring_server.analysis.executions.files import events_in
from monitoring_server.analysis.executions.picture import picture_of
from monitoring_server.analysis.executions.redriving import Circumstances
from monitoring_server.analysis.executions.repeating import repetition_of
from monitoring_server.analysis.executions.walking import read_record
from tests.support.recordings import definition, history

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def advised(name: str, **circumstances: Any) -> Advice:  # noqa: ANN401
    machine = definition(name)
    record = read_record(history(name), machine)
    told = explain_record(record, machine)
    return advise(told, record, machine, Circumstances(now=NOW, **circumstances))


def test_a_bad_run_is_compared_with_the_good_one() -> None:
    machine = definition("good-run")

    told = compare(history("lambda-python-exception"), history("good-run"), (machine, machine))

    assert told.diverges_at is not None
    assert told.diverges_at.state == "Transform"
    assert (told.diverges_at.good, told.diverges_at.bad) == ("succeeded", "failed")
    assert [(one.path, one.good, one.bad) for one in told.input_differences] == [
        ("$.schema", "3", "4")
    ]
    assert told.slowest_change is not None
    assert told.slowest_change.state == "Transform"
    assert "hunter22" not in told.model_dump_json()
    assert told.summary.startswith("They part at Transform")


def test_a_changed_definition_is_told_with_the_place() -> None:
    good = json.loads(json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}))
    bad = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"x": 1}, "End": True}}}

    told = compare(
        history("good-run"),
        history("good-run"),
        (parse_definition(bad), parse_definition(good)),
    )

    assert [one.path for one in told.definition_differences] == ["$.A.Result"]
    assert told.diverges_at is None


def test_a_secret_that_changed_is_named_and_not_shown() -> None:
    found, _ = differences({"password": "old-one"}, {"password": "new-one"}, 5)

    assert [(one.path, one.good, one.bad) for one in found] == [
        ("$.password", "[redacted]", "[redacted]")
    ]


def test_differences_beyond_the_bound_are_counted() -> None:
    found, more = differences(list(range(50)), list(range(1, 51)), 5)

    assert len(found) == 5
    assert more == 45


def test_true_is_not_one() -> None:
    found, _ = differences({"a": True}, {"a": 1}, 5)

    assert [one.kind for one in found] == ["type_changed"]


def test_the_picture_holds_what_was_not_taken_too() -> None:
    machine = definition("lambda-python-exception")

    picture = picture_of(read_record(history("lambda-python-exception"), machine), machine)

    outcomes = {node.name: node.outcome for node in picture.nodes}
    assert outcomes == {
        "Extract": "succeeded",
        "Transform": "failed",
        "Load": "not_taken",
        "Done": "not_taken",
    }
    taken = {(edge.source, edge.target): edge.taken for edge in picture.edges}
    assert taken[("Extract", "Transform")] == 1
    assert taken[("Transform", "Load")] == 0


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("lambda-throttled", "redrive"),
        ("downstream-timeout", "redrive"),
        ("sns-permission-lost", "fix_then_redrive"),
        ("lambda-python-exception", "fix_then_redrive"),
        ("jsonpath-not-found", "fix_then_rerun"),
        ("choice-without-match", "fix_then_rerun"),
        ("data-limit-exceeded", "fix_then_rerun"),
        ("execution-aborted", "look_first"),
        ("nested-execution-failed", "look_first"),
        ("good-run", "nothing"),
    ],
)
def test_what_to_do_follows_from_what_failed(name: str, step: str) -> None:
    assert advised(name).step == step


def test_what_cannot_be_redriven_is_run_again() -> None:
    express = advised("lambda-throttled", kind="EXPRESS")
    refused = advised(
        "lambda-throttled",
        redrive_status="NOT_REDRIVABLE",
        redrive_status_reason="Execution is older than 14 days",
    )

    assert express.step == "rerun"
    assert express.rerun_dollars == 0
    assert refused.step == "rerun"
    assert "older than 14 days" in refused.redrive_note


def test_an_execution_of_long_ago_cannot_be_redriven() -> None:
    machine = definition("lambda-throttled")
    record = read_record(history("lambda-throttled"), machine)
    told = explain_record(record, machine)

    advice = advise(told, record, machine, Circumstances(now=NOW + timedelta(days=20)))

    assert not advice.redrive_possible
    assert "14 days" in advice.redrive_note


def test_adding_twice_is_unsafe_but_a_throttled_call_added_nothing() -> None:
    advice = advised("dynamodb-throttled")

    assert advice.redrive_is == "safe"
    assert "refused" in advice.effects[0].why


def test_a_message_that_was_sent_makes_a_rerun_unsafe_and_a_redrive_not() -> None:
    machine = parse_definition(
        {
            "StartAt": "Tell",
            "States": {
                "Tell": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::sns:publish",
                    "Parameters": {"TopicArn": "arn:aws:sns:us-east-1:123456789012:t"},
                    "Next": "Transform",
                },
                "Transform": {"Type": "Pass", "End": True},
            },
        }
    )
    events = json.loads(json.dumps(history("lambda-python-exception")).replace("Extract", "Tell"))
    record = read_record(events, machine)

    advice = advise(explain_record(record, machine), record, machine, Circumstances(now=NOW))

    assert advice.rerun_is == "unsafe"
    assert advice.redrive_is == "safe"
    assert [(one.state, one.integration) for one in advice.effects] == [("Tell", "sns:publish")]


@pytest.mark.parametrize(
    ("resource", "arguments", "expected"),
    [
        ("dynamodb:putItem", {"Item": {"pk": {"S": "a"}}}, "idempotent"),
        ("dynamodb:putItem", {"Item": {"pk": {"S.$": "States.UUID()"}}}, "not_idempotent"),
        ("dynamodb:putItem", {"ConditionExpression": "attribute_not_exists(pk)"}, "refused"),
        ("dynamodb:updateItem", {"UpdateExpression": "ADD n :one"}, "not_idempotent"),
        ("dynamodb:updateItem", {"UpdateExpression": "SET n = n + :one"}, "not_idempotent"),
        ("dynamodb:updateItem", {"UpdateExpression": "SET state = :done"}, "idempotent"),
        ("dynamodb:getItem", {}, "reads"),
        ("aws-sdk:dynamodb:query", {}, "reads"),
        ("sqs:sendMessage", {"QueueUrl": "q"}, "not_idempotent"),
        ("sqs:sendMessage", {"MessageDeduplicationId": "d"}, "idempotent"),
        ("sns:publish", {}, "not_idempotent"),
        ("events:putEvents", {}, "not_idempotent"),
        ("lambda:invoke", {}, "unknown"),
        ("states:startExecution.sync:2", {}, "not_idempotent"),
        ("states:startExecution", {"Name.$": "$.id"}, "refused"),
        ("http:invoke", {"Method": "GET"}, "reads"),
        ("http:invoke", {"Method": "POST"}, "not_idempotent"),
        ("http:invoke", {"Method": "POST", "Headers": {"Idempotency-Key": "k"}}, "idempotent"),
        ("aws-sdk:s3:putObject", {}, "idempotent"),
        ("aws-sdk:ec2:runInstances", {}, "not_idempotent"),
        ("glue:startJobRun.sync", {"JobName": "j"}, "unknown"),
    ],
)
def test_whether_a_call_may_be_made_twice_follows_from_what_it_is(
    resource: str, arguments: dict[str, Any], expected: str
) -> None:
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": arguments}
    machine = parse_definition({"StartAt": "A", "States": {"A": {**state, "End": True}}})

    told = repetition_of(machine.states["A"])

    assert told is not None
    assert told.repeatable == expected


def test_failures_that_differ_in_ids_alone_are_one_family() -> None:
    failures = [
        Failed(
            execution_arn=f"arn:aws:states:us-east-1:123456789012:execution:etl:run-{number}",
            name=f"run-{number}",
            state_machine="etl",
            status="FAILED",
            started_at=NOW + timedelta(minutes=number),
            state="Load" if number else "Clean",
            error="KeyError",
            message=f"order 0b6a7a52-3f1b-4c39-9f3d-0d1a5c6b7e2{number} has {number} rows",
        )
        for number in range(4)
    ]

    families = families_of(failures)

    assert [(one.state, one.count) for one in families] == [("Load", 3), ("Clean", 1)]
    assert families[0].executions == ("run-3", "run-2", "run-1")
    assert families[0].template == "order <id> has <n> rows"


def test_a_template_keeps_words_and_drops_what_differs() -> None:
    assert template_of(
        "table arn:aws:dynamodb:us-east-1:1:table/x at 2026-11-20T03:00:00Z: 17"
    ) == ("table <arn> at <time>: <n>")


@pytest.mark.parametrize("text", ["", "hello", "[1, 2]", '{"events": 7}', '[{"id": 1}]'])
def test_a_file_that_holds_no_history_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        read_record(events_in(text))


@pytest.mark.parametrize("text", ["{", "[]", '{"States": 7}', '"x"'])
def test_a_file_that_holds_no_definition_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_definition(text)
