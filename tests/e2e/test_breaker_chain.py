"""A tool server really breaks: all leave it alone, name what they missed, and it gets a trial."""

import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from itops_cli.demo import wake
from itops_core.domain.escalation import EscalationReason
from itops_core.domain.incident import Status
from itops_core.domain.investigation import Observation, ObservationStatus
from itops_core.domain.verdict import VerdictOutcome
from itops_core.errors import ToolUnavailableError
from itops_core.settings import Breaker
from itops_core.stores.breaker_storage import BreakerStorage
from itops_core.tools.breaker_gateway import BreakerGateway, circuit_breaker
from itops_core.tools.gateway import ToolAnswer, ToolSchema
from local_cloud.address import Address
from local_cloud.sandbox import Run, inject
from tests.support.chain import Outcome, assert_true_to, carried_through
from tests.support.clouds import CloudFactory
from tests.support.eventually import eventually

SERVER = "ITOps-MonitoringServer"
RESET_SECONDS = 8
FAULTS = ("payment-oom", "checkout-traffic-spike")
"""Both would be acted upon without asking anybody, if they were understood."""


class Unreachable:
    """A server that must not be asked."""

    server = "monitoring"

    def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        raise AssertionError(f"{tool} was let through with {arguments}")

    def list_tools(self) -> tuple[ToolSchema, ...]:
        raise AssertionError("the list of tools was let through")


@contextmanager
def broken_monitoring(address: Address) -> Generator[None]:
    """Deploy a monitoring server that fails at every call; put the sound one back at the end."""
    functions = address.client("lambda")
    sound = functions.get_function_configuration(FunctionName=SERVER)["Handler"]
    broken = f"{sound}_that_does_not_exist"
    functions.update_function_configuration(FunctionName=SERVER, Handler=broken)
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=SERVER, Handler=sound)


def circuit(address: Address) -> dict[str, Any]:
    """Return the breaker of the monitoring server as all callers see it."""
    table = address.resource("dynamodb").Table(address.outputs["RuntimeTable"])
    return table.get_item(Key={"key": "breaker#monitoring"}, ConsistentRead=True).get("Item", {})


def bystander(address: Address) -> BreakerGateway:
    """Return another caller's way to the server; it never makes the trial itself."""
    table = address.resource("dynamodb").Table(address.outputs["RuntimeTable"])
    rules = Breaker(failures=5, reset_seconds=3600, window_seconds=120, cache_seconds=0)
    storage = BreakerStorage(table, "monitoring", rules, 25)
    return BreakerGateway(Unreachable(), circuit_breaker(storage, rules))


def service_of(address: Address, run: Run) -> tuple[str, int]:
    """Return what an action on the service that `run` struck would change."""
    service = next(one for one in run.own_services() if one.name == run.scenario.truth.component)
    (found,) = address.client("ecs").describe_services(
        cluster=service.cluster, services=[service.name]
    )["services"]
    return found["deployments"][0]["id"], found["desiredCount"]


def of_monitoring(outcome: Outcome) -> list[Observation]:
    """Return what was asked of the monitoring server, refusals aside."""
    return [
        one
        for one in outcome.observations
        if one.call.server == "monitoring" and one.status is not ObservationStatus.REFUSED
    ]


def assert_handed_over_unseen(outcome: Outcome) -> None:
    """It names what could not be seen, asserts no cause, does nothing, and calls a person."""
    incident, asked = outcome.incident, of_monitoring(outcome)
    verdict, escalation = incident.verdict, incident.escalation
    assert asked
    assert {one.status for one in asked} == {ObservationStatus.UNAVAILABLE}
    known = [one for one in outcome.observations if one.call.server == "incident"]
    assert ObservationStatus.OK in {one.status for one in known}
    assert incident.status is Status.ESCALATED
    assert verdict is not None
    assert verdict.outcome is VerdictOutcome.UNRESOLVED
    assert {gap.source for gap in verdict.gaps} >= {f"monitoring.{one.call.tool}" for one in asked}
    assert "monitoring." in verdict.summary
    assert (incident.plan, incident.approval_id, incident.actions) == (None, None, ())
    assert escalation is not None
    assert escalation.kind is EscalationReason.LOW_CONFIDENCE
    assert "monitoring." in escalation.reason


def assert_left_alone(outcome: Outcome) -> None:
    """Of what a step asked at once, no more than one trial reached the server."""
    for step in outcome.steps:
        said = [one.message for one in step.observations if one.call.server == "monitoring"]
        refused = [message for message in said if message == "circuit open"]
        assert len(said) - len(refused) <= 1, said
    assert "circuit open" in {one.message for one in of_monitoring(outcome)}


def assert_held_up_by_the_trial_alone(outcome: Outcome) -> None:
    """What was asked beside the trial was refused and is named; after it nothing was."""
    held_up = [one for one in of_monitoring(outcome) if one.status is ObservationStatus.UNAVAILABLE]
    steps = [step for step in outcome.steps if any(one in held_up for one in step.observations)]
    assert {one.message for one in held_up} <= {"circuit open"}
    assert len(steps) <= 1
    assert outcome.incident.verdict is not None
    gaps = {gap.source for gap in outcome.incident.verdict.gaps}
    assert gaps <= {f"monitoring.{one.call.tool}" for one in held_up}


def states_until(address: Address, over: Future[Outcome]) -> list[str]:
    """Return the states that the circuit goes through until `over` is done."""
    seen: list[str] = []

    def look() -> bool:
        state = circuit(address)["state"]
        if not seen or seen[-1] != state:
            seen.append(state)
        return over.done()

    eventually(look, 300, every=0.02)
    return seen


# `test_breaker_shared.py` tries the breaker itself in every run.
@pytest.mark.slow
def test_a_broken_server_is_left_alone_named_as_a_gap_and_trusted_again_after_one_trial(
    cloud_factory: CloudFactory, unique: Callable[[str], str]
) -> None:
    address = cloud_factory(BreakerResetSeconds=str(RESET_SECONDS))
    wake(address)

    with broken_monitoring(address), ThreadPoolExecutor(2) as pool:
        first = inject(address, FAULTS[0], suffix=unique("b"))
        opening = pool.submit(carried_through, address, first)
        eventually(lambda: circuit(address).get("state") == "open")
        with pytest.raises(ToolUnavailableError, match="circuit open"):
            bystander(address).call("list_alarms", {})
        second = inject(address, FAULTS[1], suffix=unique("b"))
        before = [service_of(address, run) for run in (first, second)]
        outcomes = carried_through(address, second), opening.result()

    for outcome in outcomes:
        assert_handed_over_unseen(outcome)
    assert [service_of(address, run) for run in (first, second)] == before
    assert_left_alone(outcomes[0])
    left = circuit(address)
    assert left["state"] == "open"

    eventually(lambda: time.time() > float(left["opened_at"]) + RESET_SECONDS, RESET_SECONDS + 5)
    with ThreadPoolExecutor(1) as pool:
        seeing = pool.submit(
            carried_through, address, inject(address, FAULTS[0], suffix=unique("s"))
        )
        states = states_until(address, seeing)

    outcome = seeing.result()
    assert states == ["open", "half-open", "closed"]
    assert_true_to(outcome)
    assert_held_up_by_the_trial_alone(outcome)
