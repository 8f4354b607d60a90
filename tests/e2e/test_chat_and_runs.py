"""Questions and runs on the local cloud: asked over the API, answered by deployed functions."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from itops_cli.api import Api
from itops_cli.connection import local_connection
from itops_core.domain.values import utc_now
from itops_core.stores.catalog import CatalogStore
from itops_core.workflow.discovery import discovered, judged
from local_cloud.address import Address
from tests.support.eventually import eventually

_ROLE = "arn:aws:iam::000000000000:role/pipelines"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": "states.amazonaws.com"},
        }
    ],
}
_FAILS = {
    "StartAt": "Print",
    "States": {"Print": {"Type": "Fail", "Error": "OutOfInk", "Cause": "the cartridge is empty"}},
}


@dataclass(frozen=True)
class Broken:
    """A pipeline of this test's own that failed, in the catalog."""

    api: Api
    name: str


@pytest.fixture
def broken(cloud: Address, unique: Callable[[str], str]) -> Iterator[Broken]:
    machines, name, iam = cloud.client("stepfunctions"), unique("labels"), cloud.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_TRUST))["Role"]
    arn = machines.create_state_machine(
        name=name, definition=json.dumps(_FAILS), roleArn=role["Arn"]
    )["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=arn)["executionArn"]
    eventually(lambda: machines.describe_execution(executionArn=execution)["status"] == "FAILED")
    with Api(local_connection(cloud.folder), seconds=60) as api:
        api.post("/pipelines", {"entry_id": name, "state_machine_arn": arn, "owner": "ink"})
        yield Broken(api, name)
    machines.delete_state_machine(stateMachineArn=arn)
    iam.delete_role(RoleName=name)


def answered(broken: Broken, message: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    turn = broken.api.post("/chat", {"message": message, "wait_seconds": 20, **more})
    path = f"/conversations/{turn['conversation_id']}"

    def over() -> dict[str, Any] | None:
        latest = broken.api.get(path)["turns"][turn["turn"] - 1]
        return latest if latest["status"] != "thinking" else None

    return eventually(over)


def settled(broken: Broken, run_id: str) -> dict[str, Any]:
    def over() -> dict[str, Any] | None:
        run = broken.api.get(f"/runs/{run_id}")
        return run if run["status"] in ("needs_approval", "completed", "failed") else None

    return eventually(over, 240)


def test_a_deployed_chat_says_why_a_pipeline_failed_and_keeps_it_in_mind(broken: Broken) -> None:
    first = answered(broken, f"why did {broken.name} fail?")
    # Not yesterday: soon after midnight that is when it failed.
    day = (utc_now() - timedelta(days=3)).date()
    more = answered(broken, f"and on {day}?", conversation_id=first["conversation_id"])

    assert first["status"] == "answered"
    assert "OutOfInk" in first["answer"]["summary"]
    assert first["answer"]["evidence"]
    assert first["tokens"] == 0
    cited = first["answer"]["evidence"][0]["citations"][0]["evidence_id"]
    evidence = broken.api.get(f"/incidents/{first['case_id']}/evidence/{cited}")
    assert evidence["incident_id"] == first["case_id"]
    assert more["reading"]["subjects"] == [broken.name]
    assert "No execution" in more["answer"]["evidence"][0]["text"]


def test_a_run_goes_from_its_goal_to_a_persons_consent_and_ends_once(broken: Broken) -> None:
    goal = f"find out why {broken.name} fails and create a ticket if needed"
    run_id = broken.api.post("/runs", {"goal": goal})["run_id"]
    broken.api.post(f"/runs/{run_id}/execute", {})

    waiting = settled(broken, run_id)
    kinds = [step["phase"] for step in waiting["items"]]
    assert waiting["status"] == "needs_approval"
    assert kinds[0] == "plan"
    assert {"execute_tool", "evaluate", "approval"} <= set(kinds)
    assert waiting["draft"]["service"] == broken.name
    assert waiting["draft"]["kind"] == "ticket"

    consent = {"approved": True, "reason": "ink has to be bought"}
    broken.api.post(f"/runs/{run_id}/approve", consent)
    done = eventually(
        lambda: found if (found := settled(broken, run_id))["status"] == "completed" else None, 240
    )

    # Whether a ticket may leave is the write gate's word, which consent does not overrule.
    assert done["delivered"]["outcome"] in ("made", "refused")
    assert done["delivered"]["reason"]
    assert (done["delivered"]["outcome"] == "made") == bool(done["delivered"]["ticket_id"])
    report = broken.api.get(f"/runs/{run_id}/report")
    assert report["charts"]
    assert {one["evidence_id"] for one in report["evidence"]}


def test_a_pipeline_in_a_stack_is_discovered_once_and_a_persons_entry_is_left_alone(
    cloud: Address, unique: Callable[[str], str]
) -> None:
    stack, name = unique("mailing"), unique("letters")
    template = {
        "Resources": {
            "Letters": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "StateMachineName": name,
                    "RoleArn": _ROLE,
                    "DefinitionString": json.dumps(_FAILS),
                },
            }
        }
    }
    stacks = cloud.client("cloudformation")
    stacks.create_stack(StackName=stack, TemplateBody=json.dumps(template))
    catalog = CatalogStore(cloud.resource("dynamodb").Table("ITOps-Catalog"))

    def found() -> Any:  # noqa: ANN401
        told = judged(discovered(cloud.client, "sandbox"), catalog.list())
        return next((one for one in told if one.entry.entry_id == name), None)

    first = eventually(found)
    assert (first.fate, first.entry.kind) == ("new", "pipeline")
    assert stack in first.entry.description
    assert catalog.replace_discovered(first.entry)
    assert found().fate == "unchanged"
    catalog.put(first.entry.model_copy(update={"owner": "ada", "discovered": False}))
    assert found().fate == "kept"
    assert not catalog.replace_discovered(first.entry)
    assert catalog.get(name).owner == "ada"
    stacks.delete_stack(StackName=stack)
