"""What a pipeline's rehearsal consists of: code on a made-up AWS, limits of tables, histories."""

import json
from random import Random
from typing import Any

import pytest

from itops_core.errors import InvalidInputError
from local_cloud.sandbox.pipelines.calling import Account, Clock, FunctionError
from local_cloud.sandbox.pipelines.emulation import WriteLimits, nested_failure
from local_cloud.sandbox.pipelines.express import express_arn, logged_events
from local_cloud.sandbox.pipelines.imagined import pristine_states
from local_cloud.sandbox.pipelines.seeded import seeded_pipelines
from local_cloud.sandbox.pipelines.specs import (
    FunctionSpec,
    PipelineChange,
    PipelineFault,
    PipelineSpec,
    TableSpec,
    changed,
)
from local_cloud.sandbox.scenario import load
from tests.support.scenarios import a_scenario

CHILD = {
    "executionArn": "arn:aws:states:us-east-1:000000000000:execution:inner:one",
    "stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:inner",
    "name": "one",
    "status": "FAILED",
    "error": "KeyError",
    "cause": "'sku'",
    "output": json.dumps({"Error": "KeyError", "Cause": "'sku'"}),
}


def an_account(code: str, **function: Any) -> Account:  # noqa: ANN401
    spec = FunctionSpec(name="work", code=code, **function)
    table = TableSpec(name="items", write_units=2)
    account = Account(Clock(1_000.0), Random(1))  # noqa: S311 - a test
    account.take_up(PipelineSpec(name="flow", definition={}, functions=(spec,), tables=(table,)))
    return account


def putting(times: int) -> str:
    return (
        "import boto3\n"
        "from botocore.config import Config\n\n"
        "def handler(event, context):\n"
        "    config = Config(retries={'total_max_attempts': 2})\n"
        "    client = boto3.client('dynamodb', config=config)\n"
        f"    for number in range({times}):\n"
        "        client.put_item(TableName='items', Item={'id': {'S': str(number)}})\n"
        "    return 'done'\n"
    )


def test_what_code_raises_is_told_as_lambda_tells_it() -> None:
    account = an_account("def handler(event, context):\n    return event['sku']\n")

    with pytest.raises(FunctionError) as raised:
        account.call("work", {})

    cause = json.loads(raised.value.cause)
    assert (cause["errorType"], cause["errorMessage"]) == ("KeyError", "'sku'")
    assert cause["stackTrace"] == [
        "  File \"/var/task/app.py\", line 2, in handler\n    return event['sku']\n"
    ]
    assert any(line.message.startswith("[ERROR] KeyError: 'sku'") for line in account.printed)


def test_code_that_sleeps_beyond_its_time_is_ended_there_even_if_it_catches_everything() -> None:
    code = (
        "import time\n\n"
        "def handler(event, context):\n"
        "    try:\n        time.sleep(60)\n    except Exception:\n        return 'caught'\n"
    )
    account = an_account(code, timeout_seconds=4)

    with pytest.raises(FunctionError, match=r"Task timed out after 4\.00 seconds"):
        account.call("work", {})

    assert account.clock.now == 1_004.0


def test_a_role_that_lacks_a_permission_is_denied_in_aws_words() -> None:
    with pytest.raises(FunctionError, match=r"is not authorized to perform: dynamodb:PutItem on"):
        an_account(putting(1)).call("work", {})


def test_a_table_takes_no_more_writes_than_it_has_capacity() -> None:
    may = {"items": ("dynamodb:PutItem",)}

    assert an_account(putting(2), may=may).call("work", {}) == "done"
    with pytest.raises(FunctionError) as raised:
        an_account(putting(40), may=may).call("work", {})
    assert raised.value.kind == "ProvisionedThroughputExceededException"


@pytest.mark.parametrize("module", ["socket", "subprocess", "pathlib"])
def test_code_of_a_recording_reaches_no_other_modules(module: str) -> None:
    account = an_account(f"import {module}\n\ndef handler(event, context):\n    return 1\n")

    with pytest.raises(FunctionError, match="No module named"):
        account.call("work", {})


def test_capacity_comes_back_with_time_and_never_more_than_a_second_of_it() -> None:
    clock = Clock(0.0)
    limits = WriteLimits(lambda: clock.now)

    taken = [limits.takes("items", 2) for _ in range(3)]
    clock.sleep(60)
    later = [limits.takes("items", 2) for _ in range(3)]

    assert taken == later == [True, True, False]


def test_a_nested_failure_is_told_as_aws_does_which_upstream_still_does_not() -> None:
    error, cause = nested_failure(CHILD)

    assert error == "States.TaskFailed"
    assert json.loads(cause)["ExecutionArn"] == CHILD["executionArn"]
    assert pristine_states()["_nested_execution_failure"](CHILD)[0] == "KeyError"


def test_upstream_still_links_no_events() -> None:
    execution: dict[str, Any] = {"events": []}

    pristine_states()["_add_event"](execution, "PassStateEntered")

    assert "previousEventId" not in execution["events"][0]


def test_an_express_execution_is_logged_with_its_data_and_links() -> None:
    arn = "arn:aws:states:us-east-1:000000000000:execution:flow:one"
    event = {
        "id": 2,
        "previousEventId": 1,
        "type": "TaskStateEntered",
        "timestamp": 1_000.0,
        "stateEnteredEventDetails": {"name": "Keep", "input": "{}"},
    }

    (line,) = logged_events(arn, [event])

    told = json.loads(line["message"])
    assert told["execution_arn"] == express_arn(arn)
    assert express_arn(arn).split(":")[5:8] == ["express", "flow", "one"]
    assert told["details"] == {"name": "Keep", "input": "{}", "inputDetails": {"truncated": False}}
    assert (told["id"], told["previous_event_id"]) == ("2", "1")


def test_a_fault_merges_its_input_and_a_null_takes_a_field_away() -> None:
    pipeline = PipelineSpec(name="flow", definition={}, input={"a": 1, "b": {"c": 2, "d": 3}})
    fault = PipelineFault(pipeline="flow", input={"a": None, "b": {"c": 4}})

    assert fault.given(pipeline) == {"b": {"c": 4, "d": 3}}


def test_a_change_replaces_what_it_names_and_nothing_else() -> None:
    customers = next(one for one in seeded_pipelines() if one.name == "customer-load")

    after = changed(customers, (PipelineChange(table="customer-table", write_units=3),))

    assert after.tables[0].write_units == 3
    assert after.functions == customers.functions


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"pipeline": "nobody"}, "'nobody' is not among this scenario's pipelines"),
        (
            {"pipeline": "customer-etl", "changes": [{"table": "x", "write_units": 1}]},
            "'x' is no function or table",
        ),
        ({"pipeline": "customer-etl", "changes": [{}]}, "names a function or a table"),
    ],
)
def test_a_fault_of_what_is_not_there_is_refused_with_its_name(
    tmp_path: Any,  # noqa: ANN401 - a path
    fault: dict[str, Any],
    complaint: str,
) -> None:
    told = a_scenario(pipelines=[{"name": "customer-etl"}], pipeline_faults=[fault])
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "scenario.yaml").write_text(json.dumps(told), encoding="utf-8")

    with pytest.raises(InvalidInputError, match=complaint):
        load("broken", tmp_path)
