"""What a list of failures leaves out is said, and more of it is to be had."""

from datetime import UTC, datetime, timedelta
from typing import Any

from itops_core.tools.in_memory import InMemoryToolGateway
from monitoring_server.recorded.composition import recorded_server
from monitoring_server.recorded.recording import Recording
from tests.support.recordings import history
from tests.support.tool_servers import answered

NOW = datetime(2026, 11, 19, 3, tzinfo=UTC)
PREFIX = "arn:aws:states:us-east-1:123456789012"
EVENTS = tuple(dict(event) for event in history("execution-timed-out"))


def failed(machine: str, number: int) -> dict[str, Any]:
    ended = NOW - timedelta(minutes=1 + number)
    return {
        "executionArn": f"{PREFIX}:execution:{machine}:r{number}",
        "stateMachineArn": f"{PREFIX}:stateMachine:{machine}",
        "name": f"r{number}",
        "status": "TIMED_OUT",
        "startDate": ended - timedelta(minutes=1),
        "stopDate": ended,
        "events": EVENTS,
    }


def test_state_machines_beyond_sixty_come_with_the_cursor() -> None:
    runs = tuple(failed(f"m{number:03}", 0) for number in range(70))
    gateway = InMemoryToolGateway(recorded_server(Recording(recorded_at=NOW, executions=runs)))

    pages, cursor = list[dict[str, Any]](), None
    while not pages or cursor:
        more = {"cursor": cursor} if cursor else {}
        pages.append(answered(gateway, "list_failed_executions", **more))
        cursor = pages[-1]["cursor"]
    gateway.close()

    named = [one["state_machine"] for page in pages for one in page["families"]]
    assert sorted(named) == [f"m{number:03}" for number in range(70)]
    assert all(page["truncated"] for page in pages[:-1])
    assert not pages[-1]["truncated"]


def test_failures_beyond_those_looked_into_are_counted_and_said() -> None:
    runs = tuple(failed("busy", number) for number in range(45))
    gateway = InMemoryToolGateway(recorded_server(Recording(recorded_at=NOW, executions=runs)))

    told = answered(gateway, "list_failed_executions")
    gateway.close()

    assert told["failed"] == 40
    assert told["families"][0]["count"] == 30
    assert told["truncated"]
    assert any("more than 40 failures" in gap for gap in told["gaps"])
    assert any("10 older failures are counted" in gap for gap in told["gaps"])
