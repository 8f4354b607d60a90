"""The gate of tools that write: every stage can say no, and only all of them together say yes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itops_core.domain.incident import Status
from itops_core.domain.verdict import Severity
from itops_core.remediation.kill_switch import SwitchReading
from itops_core.remediation.policy import Policies
from itops_core.remediation.writing import (
    MESSAGES,
    MessageRequest,
    WriteGate,
    message_policies,
    message_schema,
)
from itops_core.settings import bundled, config
from itops_core.wiring.tools import allowed_tools

REQUESTS = st.builds(
    MessageRequest,
    tool=st.sampled_from(MESSAGES),
    incident_id=st.just("INC-0A1B2C3D"),
    severity=st.sampled_from([None, *Severity]),
    status=st.sampled_from(Status),
    holds_secret=st.booleans(),
)


def gate(*, is_on: bool = True, mode: str = "incident", allow_writes: bool = True) -> WriteGate:
    rules = config().writing.model_copy(update={"mode": mode, "allow_writes": allow_writes})
    return WriteGate(rules, message_policies, lambda: SwitchReading(is_on=is_on, reason="test"))


@given(REQUESTS, st.booleans(), st.sampled_from(["incident", "briefing", "else"]), st.booleans())
def test_a_message_leaves_only_where_every_stage_agrees(
    request_: MessageRequest, is_on: bool, mode: str, allow_writes: bool
) -> None:
    decision = gate(is_on=is_on, mode=mode, allow_writes=allow_writes).about_message(request_)

    open_to_policies = is_on and mode == "incident" and allow_writes
    assert decision.rules
    assert decision.reason
    assert open_to_policies or not decision.allowed
    if decision.allowed:
        assert request_.tool != "create_github_issue" or not request_.holds_secret
        paging = request_.tool == "publish_sns_escalation"
        assert not paging or request_.status not in {Status.RESOLVED, Status.CLOSED}


def test_somebody_can_be_told_of_every_unfinished_incident() -> None:
    unfinished = [Status.OPEN, Status.INVESTIGATING, Status.ESCALATED, Status.FAILED]

    for tool, status, severity in itertools.product(MESSAGES, unfinished, (None, Severity.HIGH)):
        asked = MessageRequest(
            tool=tool, incident_id="INC-1", severity=severity, status=status, holds_secret=False
        )
        assert gate().about_message(asked).allowed


def test_as_it_is_shipped_nothing_leaves_and_no_agent_writes() -> None:
    rules = config().writing
    writing = {name for names in rules.modes.values() for name in names}

    assert not rules.allow_writes
    assert rules.modes["briefing"] == ()
    for servers in allowed_tools().values():
        assert not writing & set(servers.get("incident", ()))


def test_every_policy_on_messages_says_why() -> None:
    text = (bundled("policies") / "messages" / "messages.cedar").read_text(encoding="utf-8")

    assert text.count("@reason(") == text.count("@id(") == len(message_policies().ids)
    assert all(message_policies().ids)


def test_a_typo_in_a_policy_on_messages_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit their schema"):
        Policies(['permit (principal, action == ITOps::Action::"create_tikcet", resource);'],
                 message_schema())  # fmt: skip
