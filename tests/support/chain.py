"""Runs a rehearsed fault through the whole chain and holds what came of it against its truth."""

import json
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from itops_core.domain.incident import TERMINAL, Incident, Status
from itops_core.domain.investigation import Observation, ObservationStatus, Step
from itops_core.domain.remediation import ActionStatus
from itops_core.stores.agent_state import AgentStateStore
from itops_core.stores.incidents import IncidentStore
from local_cloud.address import Address
from local_cloud.sandbox import Run
from tests.support.eventually import eventually

OPENED_SECONDS = 180
OVER_SECONDS = 400
_ANSWERED = {ObservationStatus.OK, ObservationStatus.ERROR}


@dataclass(frozen=True)
class Outcome:
    """What the chain made of a fault."""

    run: Run
    incident: Incident
    steps: tuple[Step, ...]
    asked_people: bool
    """Whether it waited for an approval, which the test then gave."""

    @property
    def actions(self) -> set[str]:
        """Names of the actions that were carried out."""
        done = {ActionStatus.DONE, ActionStatus.UNDONE}
        return {one.action.name for one in self.incident.actions if one.status in done} - {
            "notify_only"
        }

    @property
    def observations(self) -> tuple[Observation, ...]:
        """Everything that any agent looked at."""
        return tuple(one for step in self.steps for one in step.observations)


def carried_through(address: Address, run: Run) -> Outcome:
    """Wait until the incident of `run` is over, approving what it asks people for.

    What other tests' remedies come to is forgotten until it is decided whether people are asked:
    their misses would have people asked.
    """
    remedies = run.scenario.truth.acceptable_actions
    forget_records(address, remedies)
    incident = eventually(lambda: incident_of(address, run), OPENED_SECONDS, every=0.5)
    asked = False
    wanted = {*TERMINAL, Status.AWAITING_APPROVAL}
    stands = standing(address, incident.incident_id, wanted, forgotten=remedies)
    while stands.status is Status.AWAITING_APPROVAL and stands.approval_id:
        asked = True
        approve(address, stands.approval_id)
        stands = _after(address, incident.incident_id, stands.approval_id)
    return Outcome(run, stands, agent_state(address).steps(incident.incident_id), asked)


def forget_records(address: Address, actions: Iterable[str]) -> None:
    """Let the track records of these actions begin with their seeds again."""
    table = address.resource("dynamodb").Table(address.outputs["RuntimeTable"])
    for action in actions:
        table.delete_item(Key={"key": f"track-record#{action}"})


def _after(address: Address, incident_id: str, approval_id: str) -> Incident:
    """Return the incident once it is over, or waits for another approval."""
    store = incident_store(address)

    def there() -> Incident | None:
        incident = store.get(incident_id)
        waits = incident.status is Status.AWAITING_APPROVAL and incident.approval_id != approval_id
        return incident if waits or incident.status in TERMINAL else None

    return eventually(there, OVER_SECONDS, every=0.5)


def way_of(address: Address, incident: Incident) -> list[str]:
    """Return the states of the workflow that an incident's execution went through."""
    client = address.client("stepfunctions")
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=incident.execution_arn or ""
    )
    return [
        event["stateEnteredEventDetails"]["name"]
        for page in pages
        for event in page["events"]
        if event["type"].endswith("StateEntered")
    ]


def approve(address: Address, approval_id: str) -> None:
    """Say yes through the API, as a person would."""
    ask(
        address,
        f"/approvals/{approval_id}/decision",
        {"approved": True, "reason": "The evidence is convincing."},
    )


def ask(address: Address, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask the REST API as the local administrator."""
    request = urllib.request.Request(
        address.api_url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {address.token}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read())


def assert_true_to(outcome: Outcome) -> None:
    """Compare the outcome with the scenario's truth, field by field."""
    truth, incident = outcome.run.scenario.truth, outcome.incident
    told = _told(outcome)
    assert incident.status is truth.final_status, told
    verdict = incident.verdict
    assert verdict is not None, told
    assert verdict.outcome is truth.outcome, told
    if truth.fault is not None:
        assert verdict.root_cause is not None, told
        assert verdict.root_cause.component == truth.component, told
        assert verdict.root_cause.fault == truth.fault, told
    if truth.state is not None:
        assert truth.state in verdict.summary, told
    assert incident.severity in truth.severity, told
    assert not outcome.actions & set(truth.forbidden_actions), told
    if truth.acceptable_actions:
        assert outcome.actions, told
    assert outcome.actions <= set(truth.acceptable_actions), told
    tried = truth.final_status is Status.RESOLVED or bool(truth.acceptable_actions)
    wanted = truth.needs_human and tried
    assert outcome.asked_people is wanted, told
    looked_at = {one.call.tool for one in outcome.observations if one.status in _ANSWERED}
    assert set(truth.required_evidence) <= looked_at, told
    assert set(truth.expected_gaps) <= {gap.source for gap in verdict.gaps}, told


def incident_of(address: Address, run: Run) -> Incident | None:
    """Return the incident that the alarm of `run` has opened, `None` where there is none yet."""
    found = incident_store(address).list(limit=200)
    return next(
        (
            one
            for one in found.items
            if one.alarm and one.alarm.name == run.alarm_name and one.duplicate_of is None
        ),
        None,
    )


def standing(
    address: Address,
    incident_id: str,
    wanted: set[Status] | frozenset[Status],
    *,
    forgotten: Iterable[str] = (),
) -> Incident:
    """Return the incident once it stands where it is wanted.

    Until its plan is decided upon, the track records of the actions `forgotten` are.
    """
    store, keys = incident_store(address), [f"track-record#{action}" for action in forgotten]
    table = address.resource("dynamodb").Table(address.outputs["RuntimeTable"])

    def there() -> Incident | None:
        incident = store.get(incident_id)
        for key in keys if incident.decision is None else ():
            table.delete_item(Key={"key": key})
        return incident if incident.status in wanted else None

    try:
        return eventually(there, OVER_SECONDS, every=0.5)
    except AssertionError:
        raise AssertionError(f"not over: {store.get(incident_id)!r}") from None


def incident_store(address: Address) -> IncidentStore:
    """Return the incidents of that cloud."""
    return IncidentStore(address.resource("dynamodb").Table(address.outputs["IncidentsTable"]))


def agent_state(address: Address) -> AgentStateStore:
    """Return the transcripts of that cloud."""
    return AgentStateStore(address.resource("dynamodb").Table(address.outputs["AgentStateTable"]))


def _told(outcome: Outcome) -> str:
    """Return what a person would want to see when the comparison fails."""
    incident = outcome.incident
    lines = [
        f"{outcome.run.name}: {incident.status}, severity {incident.severity}",
        f"asked people: {outcome.asked_people}, actions: {sorted(outcome.actions)}",
    ]
    if incident.verdict is not None:
        lines.append(incident.verdict.model_dump_json(exclude={"claims"}))
    if incident.escalation is not None:
        lines.append(f"escalated: {incident.escalation.kind}: {incident.escalation.reason}")
    if incident.verification is not None:
        lines.append(incident.verification.model_dump_json())
    for step in outcome.steps:
        seen = ", ".join(f"{one.call.tool}:{one.status}" for one in step.observations)
        lines.append(f"  {step.number} {step.agent}: {seen}")
    return "\n".join(lines)
