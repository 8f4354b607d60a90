"""Traces of the sandbox: pure, and in proportion to the telemetry of the story."""

import json
from typing import Any

from local_cloud.sandbox.injection import library
from local_cloud.sandbox.scenario import load
from local_cloud.sandbox.story import Story
from local_cloud.sandbox.tracing import Told, Tracer, around, entries_of, past_moments

ONSET = 1_795_000_000.0
NOW = ONSET + 14 * 60


def told() -> Told:
    scenario = load("payment-oom", library())
    story = Story(scenario, ONSET, seed="test")
    return {service.name: (service, story) for service in scenario.estate}


def documents(moments: list[float]) -> list[dict[str, Any]]:
    return [json.loads(document) for document in Tracer("test").traces(told(), moments)]


def test_the_same_moments_give_the_same_traces() -> None:
    moments = past_moments(ONSET, NOW)

    assert documents(moments) == documents(moments)


def test_requests_begin_where_nobody_calls_from() -> None:
    assert entries_of(told()) == ["checkout"]
    roots = [one for one in documents([NOW - 60]) if "parent_id" not in one]

    assert [root["name"] for root in roots] == ["checkout"]


def test_every_service_belongs_to_the_call_that_reached_it() -> None:
    found = documents(past_moments(ONSET, NOW))
    calls = {part["id"]: part for one in found for part in one.get("subsegments", [])}

    for one in found:
        if "parent_id" in one:
            assert calls[one["parent_id"]]["name"] == one["name"]
            assert calls[one["parent_id"]].get("fault") == one.get("fault")


def test_as_many_requests_fail_as_the_rate_says() -> None:
    during = [ONSET + 400 + number for number in range(300)]
    payments = [one for one in documents(during) if one["name"] == "payment-service"]

    failed = sum("fault" in one for one in payments)

    assert 0.09 <= failed / len(payments) <= 0.13
    assert any("OutOfMemoryError" in json.dumps(one) for one in payments)


def test_before_the_onset_next_to_nothing_fails_and_all_is_quicker() -> None:
    before = documents([ONSET - 600 + number for number in range(100)])
    during = documents([ONSET + 500 + number for number in range(100)])

    def seconds(found: list[dict[str, Any]]) -> float:
        payments = [one for one in found if one["name"] == "payment-service"]
        return sum(one["end_time"] - one["start_time"] for one in payments) / len(payments)

    assert sum("fault" in one for one in before) <= 3
    assert seconds(during) > 2 * seconds(before)


def test_of_a_large_estate_only_what_is_connected_with_the_fault_is_traced() -> None:
    assert set(around(told(), ["payment-service"])) == {"checkout", "payment-service", "orders"}
    assert set(around(told(), ["nobody"])) == set()
