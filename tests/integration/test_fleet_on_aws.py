"""The fleet server over AWS IoT and CloudWatch, with the sandbox's trucks reporting to them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from fleet_server.assembly import Sources, field_over
from fleet_server.server import build_server
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from local_cloud.sandbox.fleet import Fleet, seed_fleet
from tests.support.accounts import Account
from tests.support.tool_servers import answered, refused

pytest_plugins = ("tests.emulator",)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def gateway(account: Account, now: datetime) -> Iterator[ToolGateway]:
    found = InMemoryToolGateway(build_server(field_over(Sources(account.client, lambda: now))))
    yield found
    found.close()


@pytest.fixture
def trucks(account: Account, now: datetime) -> Fleet:
    """Six trucks that have been reporting for hours."""
    seed_fleet(account)  # pyright: ignore[reportArgumentType] - all it asks for is a client
    fleet = Fleet(account)  # pyright: ignore[reportArgumentType]
    fleet.beat(now.timestamp())
    return fleet


def test_an_empty_registry_is_an_answer(gateway: ToolGateway) -> None:
    told = answered(gateway, "list_fleet_devices")

    assert told["devices"] == []
    assert told["note"] == "the registry is empty"


@pytest.mark.usefixtures("trucks")
def test_the_live_fleet_shows_what_its_story_tells(gateway: ToolGateway) -> None:
    devices = answered(gateway, "list_fleet_devices", fleet="cold-chain")
    events = answered(gateway, "get_excursion_events")["events"]
    measured = answered(gateway, "get_device_telemetry", device_id="truck-002")
    shadow = answered(gateway, "get_device_shadow", device_id="truck-003")

    assert [one["device_id"] for one in devices["devices"]][:2] == ["truck-002", "truck-003"]
    assert devices["counts"] == {
        "out_of_range": 1,
        "silent": 1,
        "never_reported": 0,
        "no_rule": 0,
        "in_range": 4,
    }
    assert [(one["device_id"], one["state"]) for one in events] == [("truck-002", "ongoing")]
    assert {one["quantity"] for one in measured["series"]} >= {"TemperatureCelsius", "DoorOpen"}
    assert shadow["delta"] == {"firmware": "4.2.1"}
    assert shadow["reported_at"]
    assert devices["data_source"] == "iot+cloudwatch"


def test_a_restarted_truck_cools_again_and_a_silent_one_hears_nothing(
    account: Account, trucks: Fleet, gateway: ToolGateway, now: datetime
) -> None:
    shadows = account.client("iot-data")
    asked = {"state": {"desired": {"restart_requested_at": now.isoformat()}}}
    for name in ("truck-002", "truck-003"):
        shadows.update_thing_shadow(thingName=name, payload=json.dumps(asked))

    trucks.beat(now.timestamp() + 3600)

    well = answered(gateway, "get_device_shadow", device_id="truck-002")["reported"]
    deaf = answered(gateway, "get_device_shadow", device_id="truck-003")["reported"]
    assert well["restarted_at"]
    assert well["fault_codes"] == []
    assert "restarted_at" not in deaf


def test_a_fleet_that_is_seeded_again_stays_as_it_is(account: Account) -> None:
    first = seed_fleet(account)  # pyright: ignore[reportArgumentType]
    things = account.client("iot").list_things()["things"]

    again = seed_fleet(account)  # pyright: ignore[reportArgumentType]

    assert again == first
    assert account.client("iot").list_things()["things"] == things


@pytest.mark.usefixtures("trucks")
def test_a_device_that_is_not_there_is_answered_with_those_that_are(gateway: ToolGateway) -> None:
    for tool in ("get_device_telemetry", "get_device_shadow", "get_excursion_events"):
        assert "there are truck-001, truck-002" in refused(gateway, tool, device_id="truck-999")


def test_a_shadow_that_was_never_reported_to_is_an_answer(
    account: Account, gateway: ToolGateway
) -> None:
    account.client("iot").create_thing(thingName="bare")

    told = answered(gateway, "get_device_shadow", device_id="bare", shadow_name="config")

    assert told["reported"] == {}
    assert "no such shadow" in told["note"]
