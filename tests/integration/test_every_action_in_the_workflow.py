"""Every action of the catalogue through the whole workflow: planned, gated, done, verified, undone.

Every plan is the offline reasoner's own, from what it found. The same functions and state machine
as in AWS, on the stage of the chaos suite; what the action acts on is a sandbox scenario as it was
recorded. AWS's redrive of an execution, which the embedded AWS lacks, is played by its documented
answers.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from itops_core.domain.incident import Status
from itops_core.domain.remediation import ActionStatus, VerificationOutcome
from itops_core.remediation.catalogue import catalogue
from tests.support.chaos.given import Play
from tests.support.chaos.invariants import faults_in
from tests.support.chaos.play import Stage, stage
from tests.support.chaos.stories import Story

_NEVER = ("[]", "[]")
_NEXT = {"stop_ecs_task": {"restart_ecs_service"}}
"""What the reasoner thinks of next where an action of its own choice did not help."""


SCENARIOS = {
    "restart_ecs_service": "payment-oom",
    "stop_ecs_task": "one-planner-stuck",
    "scale_ecs_service": "checkout-traffic-spike",
    "rollback_ecs_deployment": "bad-deploy-5xx",
    "redrive_queue": "labels-never-printed",
    "redrive_execution": "pipeline-slow-partner",
    "rerun_execution": "pipeline-slow-partner",
    "set_lambda_concurrency": "month-end-invoices",
    "set_lambda_memory": "thumbnails-large",
    "raise_dynamodb_capacity": "order-writes-refused",
    "restart_device": "readings-that-never-move",
}
"""Where the reasoner plans each action by itself, and it helps."""


def _story(name: str, scenario: str) -> Story:
    redrivable = name == "redrive_execution"
    return Story(name, scenario, Status.RESOLVED, (), (True, True), redrivable=redrivable)


STORIES = {name: _story(name, scenario) for name, scenario in SCENARIOS.items()}
each_action = pytest.mark.parametrize("name", sorted(STORIES))


@pytest.fixture(scope="module")
def a_stage() -> Iterator[Stage]:
    with stage() as found:
        yield found


def carried_out(play: Play, name: str) -> tuple[str, ...]:
    """Return what was done to the estate, by operation; fail where an invariant is broken."""
    assert faults_in(play) == []
    done = [one.tool for one in play.cloud.acted]
    assert done[0] == name
    assert set(done[1:]) <= {name, *_NEXT.get(name, ())}
    return tuple(one.operation for one in play.cloud.acted if one.tool == name)


def test_there_is_a_story_for_every_action_that_changes_something() -> None:
    assert {*STORIES, "notify_only"} == set(catalogue().actions)


@each_action
def test_an_action_that_helps_is_verified_and_the_incident_resolved(
    a_stage: Stage, name: str
) -> None:
    play = a_stage.give(STORIES[name])

    incident, spec = play.incident(), catalogue().spec(name)
    told = (incident.status, incident.escalation and incident.escalation.reason)
    assert told == (Status.RESOLVED, None)
    assert len(carried_out(play, name)) == 1
    (record,) = incident.actions
    assert record.status is ActionStatus.DONE
    assert record.inverse is not None
    assert incident.verification is not None
    assert incident.verification.outcome is VerificationOutcome.RECOVERED
    # What cannot be taken back waits for a person, always.
    assert spec.reversible or play.heard


@each_action
def test_what_does_not_help_is_taken_back_unless_it_only_costs_and_people_take_over(
    a_stage: Stage, name: str
) -> None:
    story = replace(STORIES[name], physics=_NEVER, ends=Status.ESCALATED)

    play = a_stage.give(story)

    incident, spec = play.incident(), catalogue().spec(name)
    assert incident.status is Status.ESCALATED
    first = incident.actions[0]
    assert first.inverse is not None
    writes = carried_out(play, name)
    assert incident.verification is not None
    unchanged = incident.verification.outcome is VerificationOutcome.UNCHANGED
    assert first.in_vain is (spec.harmless_in_vain and unchanged)
    if first.in_vain:
        # Capacity that only costs is not taken from what is still in trouble.
        assert (first.status, len(writes)) == (ActionStatus.DONE, 1)
        handed = incident.escalation.hand_off.do_first if incident.escalation else ()
        assert any("stays: it did not help and was kept" in one for one in handed)
    elif first.inverse.changes_something:
        assert (first.status, len(writes)) == (ActionStatus.UNDONE, 2)
        undo = incident.actions[1]
        assert undo.action == first.inverse
        assert undo.status is ActionStatus.DONE
    else:
        assert (first.status, len(writes)) == (ActionStatus.DONE, 1)
        messages = [str(one["Message"]) for one in play.cloud.messages]
        assert any(first.inverse.parameters["message"] in one for one in messages)
        assert not spec.reversible or "nothing to put back" in str(first.inverse.parameters)
