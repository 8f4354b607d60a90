"""Executions whose history ends in the middle: whoever ran them died, and said nothing."""

from datetime import timedelta
from typing import Any

import pytest

from itops_core.tools.in_memory import InMemoryToolGateway
from monitoring_server.recorded.composition import recorded_server
from monitoring_server.recorded.recording import Recording
from tests.support.histories import START, HistoryWriter
from tests.support.tool_servers import answered

NOW = START + timedelta(hours=1)
PREFIX = "arn:aws:states:us-east-1:123456789012"
MACHINE = "ITOps-IncidentResponse"
LOST = "INC-0A1B2C3D"


def a_run(name: str, status: str, events: list[dict[str, Any]], **more: str) -> dict[str, Any]:
    return {
        "executionArn": f"{PREFIX}:execution:{MACHINE}:{name}",
        "stateMachineArn": f"{PREFIX}:stateMachine:{MACHINE}",
        "name": name,
        "status": status,
        "startDate": START,
        "stopDate": START + timedelta(minutes=2),
        "events": tuple(events),
        **more,
    }


def without_an_end() -> list[dict[str, Any]]:
    told = HistoryWriter()
    told.begin({})
    told.enter("Task", "FindRootCause", {})
    return told.events


def to_the_end() -> list[dict[str, Any]]:
    told = HistoryWriter()
    told.begin({})
    told.add("ExecutionSucceeded")
    return told.events


def lost(**more: str) -> dict[str, Any]:
    return a_run(LOST, "FAILED", without_an_end(), **more)


def asked(tool: str, *runs: dict[str, Any], **arguments: object) -> dict[str, Any]:
    gateway = InMemoryToolGateway(recorded_server(Recording(recorded_at=NOW, executions=runs)))
    try:
        return answered(gateway, tool, **arguments)
    finally:
        gateway.close()


@pytest.mark.parametrize("why", [{}, {"error": "States.ServiceRestart", "cause": "It restarted"}])
def test_what_is_over_without_a_last_event_is_not_told_as_running(why: dict[str, str]) -> None:
    run = lost(**why)

    told = asked("explain_execution_failure", run, execution_arn=run["executionArn"])

    assert "stopped without a word: its history ends in the middle" in told["summary"]
    assert "in FindRootCause" in told["summary"]
    assert why.get("error", "no error name") in told["summary"]
    assert "still runs" not in str(told)


def test_its_state_its_error_and_its_cause_are_listed() -> None:
    run = lost(error="States.ServiceRestart", cause="It restarted")

    (family,) = asked("list_failed_executions", run)["families"]

    assert (family["state"], family["error"]) == ("FindRootCause", "States.ServiceRestart")
    assert family["template"] == "It restarted"


def test_a_lost_run_of_an_incident_is_no_news_where_another_one_took_over() -> None:
    told = asked("list_failed_executions", lost(), a_run(f"{LOST}-r1", "SUCCEEDED", to_the_end()))

    assert told["families"] == []
    assert told["failed"] == 0


def test_a_lost_run_that_nobody_took_over_is_listed_and_so_is_the_last_of_several() -> None:
    last = {**lost(), "name": f"{LOST}-r1", "executionArn": f"{lost()['executionArn']}-r1"}

    alone = asked("list_failed_executions", lost())
    twice = asked("list_failed_executions", lost(), last)

    assert alone["failed"] == 1
    assert [one["executions"] for one in twice["families"]] == [[f"{LOST}-r1"]]
