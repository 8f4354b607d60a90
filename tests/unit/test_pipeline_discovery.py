"""Pipelines found by tags and in stacks: put together, and never over what a person wrote."""

import json
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.workflow.discovery import discovered, judged

_HEAD = "arn:aws:states:us-east-1:123456789012:stateMachine"
_TAGGED, _STACKED, _OWN = f"{_HEAD}:invoices", f"{_HEAD}:letters", f"{_HEAD}:ITOps-GoalRun"
_FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:write-invoice:7"
_DEFINITIONS = {
    _TAGGED: {
        "States": {
            "Write": {"Type": "Task", "Resource": _FUNCTION},
            "Keep": {
                "Type": "Task",
                "Resource": "arn:aws:states:::dynamodb:putItem",
                "Parameters": {"TableName": "invoices", "Item": {"id.$": "$.id"}},
            },
            "Each": {
                "Type": "Map",
                "ItemProcessor": {
                    "States": {
                        "Send": {
                            "Type": "Task",
                            "Resource": "arn:aws:states:::sqs:sendMessage",
                            "Arguments": {"QueueUrl": "https://sqs/123456789012/outbox"},
                        },
                        "Late": {"Type": "Task", "Arguments": {"FunctionName": "{% $name %}"}},
                    }
                },
            },
        }
    },
    _STACKED: {"States": {"Done": {"Type": "Succeed"}}},
}


class Account:
    """Answers as the four services do, in pages of one."""

    def __call__(self, _name: str) -> "Account":
        return self

    def get_resources(self, PaginationToken: str = "", **_given: Any) -> dict[str, Any]:  # noqa: ANN401, N803
        pages: list[tuple[str, dict[str, str]]] = [
            (_TAGGED, {"itops:owner": "billing", "itops:tier": "1", "itops:runbook": "RB-ink"}),
            (_FUNCTION.rsplit(":", 1)[0], {"team": "billing"}),
            (_OWN, {"owner": "us"}),
        ]
        at = int(PaginationToken or 0)
        arn, tags = pages[at]
        told = [{"Key": key, "Value": value} for key, value in tags.items()]
        more = str(at + 1) if at + 1 < len(pages) else ""
        return {
            "ResourceTagMappingList": [{"ResourceARN": arn, "Tags": told}],
            "PaginationToken": more,
        }

    def describe_stacks(self, **_given: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"Stacks": [{"StackName": "mailing"}, {"StackName": "ITOps"}]}

    def list_stack_resources(self, StackName: str, NextToken: str = "") -> dict[str, Any]:  # noqa: N803
        """The machine stands on the second page, behind what is being made still."""
        if not NextToken:
            kind = "AWS::SNS::Topic"
            return {"StackResourceSummaries": [{"ResourceType": kind}], "NextToken": "2"}
        held = {"mailing": _STACKED, "ITOps": _OWN}
        kind = "AWS::StepFunctions::StateMachine"
        told = {"ResourceType": kind, "PhysicalResourceId": held[StackName]}
        return {"StackResourceSummaries": [told]}

    def describe_state_machine(self, stateMachineArn: str) -> dict[str, Any]:  # noqa: N803
        return {"definition": json.dumps(_DEFINITIONS[stateMachineArn])}


def found() -> dict[str, CatalogEntry]:
    return {one.entry_id: one for one in discovered(Account(), "sandbox")}


def test_a_tagged_pipeline_is_found_with_its_owner_and_with_what_it_calls() -> None:
    entries = found()

    invoices = entries["invoices"]
    assert (invoices.owner, invoices.tier, invoices.runbook) == ("billing", 1, "RB-ink")
    assert invoices.depends_on == ("outbox", "write-invoice")
    assert (entries["write-invoice"].kind, entries["write-invoice"].owner) == ("lambda", "billing")
    assert entries["write-invoice"].log_groups == ("/aws/lambda/write-invoice",)
    assert entries["outbox"].kind == "queue"
    assert all(entry.discovered for entry in entries.values())


def test_a_pipeline_in_a_stack_is_found_and_our_own_machinery_is_not() -> None:
    entries = found()

    assert "mailing" in entries["letters"].description
    assert not any(name.startswith("ITOps") for name in entries)


def test_a_second_look_changes_nothing_and_a_persons_entry_is_kept() -> None:
    entries = list(found().values())
    by_hand = CatalogEntry(
        entry_id="our-letters", kind="pipeline", state_machine_arn=_STACKED, owner="ada"
    )

    first = {one.entry.entry_id: one.fate for one in judged(entries, [])}
    second = {one.entry.entry_id: one.fate for one in judged(entries, entries)}
    moved = [one.model_copy(update={"owner": "gone"}) for one in entries]
    third = {one.entry.entry_id: one.fate for one in judged(entries, moved)}
    (kept,) = [one for one in judged(entries, [by_hand]) if one.entry.entry_id == "letters"]

    assert set(first.values()) == {"new"}
    assert set(second.values()) == {"unchanged"}
    assert third["invoices"] == "updated"
    assert (kept.fate, kept.why) == ("kept", "a person wrote it")
