"""Through the whole chain: a remedy that does not help is undone, and people are told."""

from collections.abc import Callable

import pytest

from itops_cli.demo import wake
from itops_core.domain.incident import Status
from itops_core.domain.remediation import ActionStatus
from local_cloud.address import Address
from local_cloud.sandbox import clear, inject_scenario
from local_cloud.sandbox.conditions import Physics
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.renaming import suffixed
from local_cloud.sandbox.scenario import load
from tests.support.chain import ask, carried_through

SCALED = {"when": "desired_count_at_least", "service": "checkout", "count": 5}


@pytest.mark.parametrize(
    "physics",
    [
        pytest.param({"worsens_when": [{**SCALED, "factor": 2.0}]}, id="it makes it worse"),
        pytest.param({}, id="it changes nothing"),
    ],
)
def test_a_remedy_that_does_not_help_is_undone_and_people_take_over(
    cloud: Address, unique: Callable[[str], str], physics: dict[str, object]
) -> None:
    wake(cloud)
    spike = load("checkout-traffic-spike", library())
    stubborn = spike.model_copy(update={"physics": Physics.model_validate(physics)})
    run = inject_scenario(cloud, unique("stubborn"), suffixed(stubborn, unique("f")))

    try:
        outcome = carried_through(cloud, run)
        (service,) = cloud.client("ecs").describe_services(
            cluster="shop", services=[outcome.incident.service]
        )["services"]
    finally:
        clear(cloud, run.name)

    incident = outcome.incident
    scaled, undo = [one for one in incident.actions if one.action.name == "scale_ecs_service"]
    events = ask(cloud, f"/incidents/{incident.incident_id}/timeline")["items"]
    assert incident.status is Status.ESCALATED
    assert (scaled.status, undo.status) == (ActionStatus.UNDONE, ActionStatus.DONE)
    assert undo.action == scaled.inverse
    assert service["desiredCount"] == scaled.before["desired_count"]
    assert incident.escalation is not None
    assert incident.escalation.hand_off
    assert "notified" in {event["kind"] for event in events}
