"""The local cloud is killed at the worst moments; work goes on, and nothing is done twice.

A power failure may cost what was acknowledged in the last second before it (see
docs/architecture.md), and nothing else. Here is what only a real process shows: that state comes
back from disk, all services as of one instant. What happens at every other call is played by the
chaos suite (`test_chaos.py`).
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itops_cli.demo import wake
from itops_core.domain.incident import TERMINAL, Incident, Status
from itops_core.domain.investigation import Agent, Step
from itops_core.domain.remediation import ActionStatus, ApprovalStatus
from itops_core.domain.values import utc_now
from local_cloud import cloud as local_cloud
from local_cloud.address import Address
from local_cloud.sandbox import Run, inject
from tests.support.chain import agent_state, approve, ask, incident_of, incident_store, standing
from tests.support.clouds import CloudFactory, kill
from tests.support.eventually import eventually

pytestmark = pytest.mark.timeout(1200)

MAY_BE_LOST = timedelta(seconds=2)
"""One second from checkpoint to checkpoint, and what writing one takes on a busy machine."""

END_SECONDS = 300
_CATCHES = 8
LONG_VERIFICATION = {"VerificationMinimumSeconds": "6"}


class Crash:
    """One power failure: what ran before it, and what was found right after it."""

    def __init__(
        self,
        factory: CloudFactory,
        address: Address,
        *runs: Run,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        self.at = utc_now()
        kill(address)
        # Where the machine had no time for a checkpoint, there was none.
        self._written = max(path.stat().st_mtime for path in address.folder.glob("state/*.json"))
        local_cloud.start(address.folder, address.port, address.front_port)
        self._runs = runs
        self._found = {run.name: deployments(address, run) for run in runs}
        self.address = factory.again(address, **(parameters or {}))

    def surely_kept(self, at: datetime) -> bool:
        """Whether what was acknowledged at `at` must have survived."""
        checkpoint = datetime.fromtimestamp(self._written, UTC)
        return at < min(self.at - MAY_BE_LOST, checkpoint - MAY_BE_LOST / 2)

    def ended(self, incident_id: str, run: Run) -> Incident:
        """Return the incident once it is over; note every deployment on the way."""

        def over() -> Incident | None:
            self._found[run.name] |= deployments(self.address, run)
            incident = incident_store(self.address).get(incident_id)
            return incident if incident.status in TERMINAL else None

        return eventually(over, END_SECONDS, every=0.2)

    def deployments_of(self, run: Run) -> set[str]:
        """Return every deployment there has been in the world that survived."""
        return self._found[run.name]


def deployments(address: Address, run: Run) -> set[str]:
    """Return the deployments that ECS knows of the service that `run` struck."""
    service = next(one for one in run.own_services() if one.name == run.scenario.truth.component)
    told = address.client("ecs").describe_services(
        cluster=service.cluster, services=[service.name]
    )["services"]
    return {one["id"] for one in told[0]["deployments"]}


def ledger(address: Address, incident_id: str) -> list[dict[str, Any]]:
    """Return what the operations server has written down of its actions for an incident."""
    table = address.resource("dynamodb").Table(address.outputs["RuntimeTable"])
    items = table.scan(ConsistentRead=True)["Items"]
    actions = [item for item in items if str(item["key"]).startswith("action#")]
    return [item for item in actions if incident_id in json.dumps(item, default=str)]


def executions(address: Address, incident_id: str) -> dict[str, str]:
    """Return how every execution for an incident stands, by name."""
    client = address.client("stepfunctions")
    found: dict[str, str] = {}
    for machine in client.list_state_machines()["stateMachines"]:
        for one in client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]:
            if one["name"].startswith(incident_id):
                found[one["name"]] = one["status"]
    return found


def assert_resumed_once(address: Address, incident: Incident) -> None:
    """The first execution died, a second one ended the incident, and the timeline says so."""
    name = incident.incident_id
    assert incident.resumes == 1
    assert incident.execution_arn is not None
    assert incident.execution_arn.endswith(f"{name}-r1")
    ran = eventually(lambda: _ended(executions(address, name)))
    assert set(ran) <= {name, f"{name}-r1"}
    assert ran[f"{name}-r1"] == "SUCCEEDED"
    assert ran.get(name) != "SUCCEEDED"
    timeline = ask(address, f"/incidents/{name}/timeline")["items"]
    resumed = [event for event in timeline if event["kind"] == "resumed"]
    assert [event["actor"] for event in resumed] == ["reconciler"]
    assert "resumption 1" in resumed[0]["message"]


def assert_acted_once(crash: Crash, incident: Incident, run: Run) -> None:
    """The right action, once: on the incident, in the ledger, in ECS."""
    assert incident.status is Status.RESOLVED, incident
    (record,) = incident.actions
    assert record.status is ActionStatus.DONE
    assert record.action.name in run.scenario.truth.acceptable_actions
    assert len(ledger(crash.address, incident.incident_id)) == 1
    new = crash.deployments_of(run) - {record.before["deployment_id"]}
    assert new == {record.after["deployment_id"]}
    told = ask(crash.address, f"/incidents/{incident.incident_id}/timeline")["items"]
    assert len([event for event in told if event["kind"] == "action"]) == 1


def _ended(ran: dict[str, str]) -> dict[str, str] | None:
    return None if "RUNNING" in ran.values() else ran


def waiting_for_people(address: Address, run: Run) -> Incident:
    """Return the incident of `run` once it waits for people."""
    opened = eventually(lambda: incident_of(address, run), every=0.5)
    return standing(address, opened.incident_id, {Status.AWAITING_APPROVAL, *TERMINAL})


def in_the_middle_of_its_investigation(address: Address, run: Run) -> Incident | None:
    """Return the incident of `run` with root cause steps but no verdict yet, or `None` if missed.

    The tables are asked, for they answer within milliseconds.
    """
    opened = eventually(lambda: incident_of(address, run))
    incidents, transcripts = incident_store(address), agent_state(address)

    def looked_at() -> tuple[Step, ...]:
        steps = transcripts.steps(opened.incident_id)
        return tuple(step for step in steps if step.agent is Agent.ROOT_CAUSE)

    steps = eventually(looked_at, 120, every=0.02)
    missed = any(step.turn.verdict for step in steps)
    return None if missed else incidents.get(opened.incident_id)


def test_an_investigation_and_a_question_to_people_outlive_a_power_failure(
    cloud_factory: CloudFactory, unique: Callable[[str], str]
) -> None:
    address = cloud_factory()
    wake(address)
    asking = inject(address, "bad-deploy-5xx", suffix=unique("a"))
    asked = waiting_for_people(address, asking)
    assert asked.approval_id is not None
    for _ in range(_CATCHES):
        looking = inject(address, "payment-oom", suffix=unique("l"))
        caught = in_the_middle_of_its_investigation(address, looking)
        if caught is not None:
            break
    else:
        pytest.fail(f"no investigation was caught in the middle in {_CATCHES} attempts")
    looked = agent_state(address).steps(caught.incident_id)

    crash = Crash(cloud_factory, address, asking, looking)
    pending = ask(crash.address, f"/approvals/{asked.approval_id}")
    approve(crash.address, asked.approval_id)
    investigated = crash.ended(caught.incident_id, looking)
    answered = crash.ended(asked.incident_id, asking)

    assert pending["status"] == ApprovalStatus.PENDING
    steps = agent_state(crash.address).steps(caught.incident_id)
    kept = [step for step in looked if crash.surely_kept(_acknowledged(step))]
    assert kept == list(steps[: len(kept)])
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    assert answered.approval_id == asked.approval_id
    for incident, run in ((investigated, looking), (answered, asking)):
        assert_resumed_once(crash.address, incident)
        assert_acted_once(crash, incident, run)


def _acknowledged(step: Step) -> datetime:
    return step.started_at + timedelta(milliseconds=step.duration_ms)


def shows_the_effect(address: Address, asked: Incident, run: Run) -> bool:
    """Whether AWS has done what it was asked, be that written down or not."""
    (preview,) = asked.previews
    return deployments(address, run) != {preview.before["deployment_id"]}


# `test_execution_machine.py` and `test_chaos.py` kill workers there in every run.
@pytest.mark.slow
def test_a_power_failure_while_an_approved_action_takes_effect_has_no_double_effect(
    cloud_factory: CloudFactory, unique: Callable[[str], str]
) -> None:
    address = cloud_factory(**LONG_VERIFICATION)
    wake(address)
    run = inject(address, "bad-deploy-5xx", suffix=unique("t"))
    asked = waiting_for_people(address, run)
    assert asked.approval_id is not None

    crash = killed_at_its_effect(cloud_factory, address, asked, run)
    ended = crash.ended(asked.incident_id, run)

    assert_acted_once(crash, ended, run)
    assert ended.approval_id == asked.approval_id
    assert ended.resumes == 1
    goes_on_with = {"AwaitApproval", "ExecuteAction", "VerifyRecovery"}
    assert last_resumption(crash.address, ended) in goes_on_with


def killed_at_its_effect(
    factory: CloudFactory, address: Address, asked: Incident, run: Run
) -> Crash:
    """Approve, kill the cloud as soon as ECS shows it, and approve again if just that was lost."""
    assert asked.approval_id is not None
    approve(address, asked.approval_id)
    approved = utc_now()
    eventually(lambda: shows_the_effect(address, asked, run), every=0.02)
    crash = Crash(factory, address, run, parameters=LONG_VERIFICATION)
    status = ask(crash.address, f"/approvals/{asked.approval_id}")["status"]
    if status == ApprovalStatus.PENDING:
        assert not crash.surely_kept(approved)
        approve(crash.address, asked.approval_id)
    else:
        assert status == ApprovalStatus.APPROVED
    return crash


def last_resumption(address: Address, incident: Incident) -> str:
    """Return the state with which work on an incident went on last."""
    timeline = ask(address, f"/incidents/{incident.incident_id}/timeline")["items"]
    message = [event["message"] for event in timeline if event["kind"] == "resumed"][-1]
    return message.removeprefix("work goes on with ").partition(",")[0]
