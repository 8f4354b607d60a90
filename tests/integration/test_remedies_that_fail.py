"""Through the whole chain: a remedy that makes it worse is undone, and people are told.

One that changes nothing, and every other action, is undone in `test_every_action_in_the_workflow`.
"""

from collections.abc import Callable

from itops_cli.demo import wake
from itops_core.domain.incident import Status
from itops_core.domain.remediation import ActionStatus
from local_cloud.address import Address
from local_cloud.sandbox import clear, inject_scenario
from local_cloud.sandbox.injection import library
from local_cloud.sandbox.renaming import suffixed
from local_cloud.sandbox.scenario import load
from tests.support.chain import ask, carried_through, way_of
from tests.support.chaos.estate import scene
from tests.support.chaos.stories import WORSE, outline


def test_a_remedy_that_does_not_help_is_undone_and_people_take_over(
    cloud: Address, unique: Callable[[str], str]
) -> None:
    wake(cloud)
    spike = load(WORSE.scenario, library())
    stubborn = spike.model_copy(update={"physics": scene(WORSE.scenario, WORSE.physics)[0].physics})
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
    # The chaos suite, which plays this story many times, plays it the same way.
    assert outline(way_of(cloud, incident)) == list(WORSE.way)
