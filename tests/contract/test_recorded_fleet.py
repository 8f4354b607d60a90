"""Every fleet tool over the fleet that is shipped: no cloud, the same promises."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fleet_server.recorded.composition import recorded_server
from fleet_server.recorded.recording import FleetRecording, RecordedSeries, RecordedThing, save
from fleet_server.recorded.story import load, shipped
from itops_core.errors import InvalidInputError, NotFoundError
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from tests.support.tool_servers import answered, refused

NOW = datetime(2026, 11, 20, 9, 0, 30, tzinfo=UTC)
MOST_CHARACTERS = 8000
"""Some 2,000 tokens."""

QUESTIONS: dict[str, dict[str, Any]] = {
    "list_fleet_devices": {},
    "get_device_telemetry": {"device_id": "truck-002"},
    "get_excursion_events": {},
    "get_device_shadow": {"device_id": "truck-003"},
}


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the network away."""

    def refuse(*_: object) -> None:
        raise AssertionError("a recording needs no network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture(scope="module")
def fleet() -> Iterator[ToolGateway]:
    gateway = InMemoryToolGateway(recorded_server(shipped(NOW)))
    yield gateway
    gateway.close()


def crowd(count: int) -> FleetRecording:
    """Return many devices, each of which was too warm twice."""
    end = NOW.timestamp() - NOW.timestamp() % 60
    celsius = [5.0] * 60 + [11.0] * 40 + [5.0] * 60 + [12.0] * 40
    points = tuple((end - (200 - n) * 60, one) for n, one in enumerate(celsius))
    names = [f"reefer-{number:04}" for number in range(count)]
    return FleetRecording(
        recorded_at=NOW,
        things=tuple(
            RecordedThing(device_id=name, fleet="crowd", attributes={"product_class": "pharma-2-8"})
            for name in names
        ),
        series=tuple(
            RecordedSeries(device_id=name, quantity="TemperatureCelsius", points=points)
            for name in names
        ),
    )


def test_every_tool_is_asked_something_here(fleet: ToolGateway) -> None:
    assert {tool.name for tool in fleet.list_tools()} == set(QUESTIONS)


@pytest.mark.parametrize("tool", sorted(QUESTIONS))
def test_a_default_answer_is_short_and_says_that_it_was_recorded(
    tool: str, fleet: ToolGateway
) -> None:
    answer = answered(fleet, tool, **QUESTIONS[tool])

    assert len(json.dumps(answer)) < MOST_CHARACTERS
    assert answer["data_source"] == "recorded"
    assert answer["query"]


def test_one_truck_warms_up_with_its_door_closed_and_its_compressor_off(fleet: ToolGateway) -> None:
    events = answered(fleet, "get_excursion_events")["events"]

    (now,) = [one for one in events if one["state"] == "ongoing"]
    assert now["device_id"] == "truck-002"
    assert now["verdict"] == "excursion"
    assert now["stretch"]["minutes"] > now["allowed_minutes"]
    assert now["stretch"]["extreme_celsius"] > now["limit_celsius"] == 8
    assert now["door_open_minutes"] == 0
    assert now["compressor_percent"] < 20
    assert "WHO" in now["source"]


def test_one_truck_is_silent_and_its_battery_was_running_out(fleet: ToolGateway) -> None:
    silent = answered(fleet, "list_fleet_devices", condition="silent")["devices"]
    last = answered(
        fleet,
        "get_device_telemetry",
        device_id="truck-003",
        quantities=["BatteryPercent"],
        minutes_back=600,
    )["series"][0]

    assert [one["device_id"] for one in silent] == ["truck-003"]
    assert silent[0]["silent_minutes"] > 120
    assert last["latest"] < 10
    assert "truck-003" in answered(fleet, "get_excursion_events")["silent"]


def test_an_open_door_that_lasted_is_an_excursion_with_its_reason(fleet: ToolGateway) -> None:
    events = answered(fleet, "get_excursion_events", device_id="truck-001")["events"]

    assert [one["state"] for one in events] == ["ended"]
    assert events[0]["door_open_minutes"] > 30


def test_a_window_in_the_past_ends_in_the_past(fleet: ToolGateway) -> None:
    told = answered(fleet, "get_excursion_events", end="2026-11-20T07:30:00Z", minutes_back=300)

    assert told["events"] == []
    assert told["query"]["EndTime"] == "2026-11-20T07:30:00+00:00"


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("get_device_telemetry", {"device_id": "truck-999"}, "there are truck-001"),
        ("get_device_telemetry", {"device_id": "no spaces please"}, "pattern"),
        ("get_device_telemetry", {"device_id": "x" * 1_000_000}, "change them and call it again"),
        ("get_device_telemetry", {"device_id": "truck\u202e-001"}, "pattern"),
        (
            "get_device_telemetry",
            {"device_id": "truck-001", "quantities": ["Mood"]},
            "has to be one of",
        ),
        ("get_device_telemetry", {"device_id": "truck-001", "minutes_back": 0}, "at least 1"),
        ("get_excursion_events", {"end": "2027-01-01T00:00:00Z"}, "lies in the future"),
        ("get_excursion_events", {"end": "2026-11-20T07:30:00"}, "needs its offset"),
        ("get_excursion_events", {"minutes_back": "much"}, "whole number"),
        ("list_fleet_devices", {"cursor": "999"}, "leave the cursor out"),
        ("list_fleet_devices", {"condition": "sad"}, "condition has to be one of"),
        ("get_device_shadow", {"device_id": "truck-001", "shadow_name": "a/b"}, "pattern"),
    ],
)
def test_a_wrong_question_is_answered_with_what_would_do(
    tool: str, arguments: dict[str, Any], told: str, fleet: ToolGateway
) -> None:
    assert told in refused(fleet, tool, **arguments)


def test_a_device_whose_cargo_nobody_named_is_told_apart_and_not_judged() -> None:
    recording = crowd(1)
    unnamed = recording.things[0].model_copy(update={"attributes": {}})
    gateway = InMemoryToolGateway(
        recorded_server(recording.model_copy(update={"things": (unnamed,)}))
    )

    listed = answered(gateway, "list_fleet_devices")["devices"]
    events = answered(gateway, "get_excursion_events")

    assert [one["condition"] for one in listed] == ["no_rule"]
    assert events["without_rule"] == ["reefer-0000"]
    assert events["events"] == []
    assert "no known product_class" in refused(
        gateway, "get_excursion_events", device_id="reefer-0000"
    )
    gateway.close()


def test_a_large_fleet_comes_in_pages_that_lead_through_all_of_it() -> None:
    gateway = InMemoryToolGateway(recorded_server(crowd(60)))

    for tool, part, count in (
        ("list_fleet_devices", "devices", 60),
        ("get_excursion_events", "events", 120),
    ):
        seen: list[Any] = []
        cursor: dict[str, str] = {}
        while True:
            answer = answered(gateway, tool, **cursor)
            assert len(json.dumps(answer)) < MOST_CHARACTERS
            seen += answer[part]
            if not answer["truncated"]:
                break
            cursor = {"cursor": answer["cursor"]}
        assert len(seen) == count
    gateway.close()


def test_a_fleet_comes_back_from_its_folder_as_it_was(tmp_path: Path) -> None:
    recording = shipped(NOW)
    save(recording, tmp_path)

    assert load(tmp_path) == recording


def test_what_is_no_recording_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no fleet in"):
        load(tmp_path)
    (tmp_path / "fleet.json").write_text("{")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        load(tmp_path)
