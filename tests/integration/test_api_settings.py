"""What an administrator sets: the switch of actions, tokens, and what may be read of the powers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from itops_core.domain.audit import AuditKind
from itops_core.domain.people import Role
from itops_core.remediation.policy import policies
from itops_core.remediation.policy_texts import policy_texts
from itops_core.settings import bundled, places
from itops_core.wiring import stores
from itops_core.wiring.switch import kill_switch
from itops_core.wiring.tools import allowed_tools
from tests.support.accounts import Account
from tests.support.api_calls import answer_of

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")


@pytest.fixture
def admin() -> str:
    return stores.tokens().create("ann", Role.ADMIN)


@pytest.fixture
def approver() -> str:
    return stores.tokens().create("bob", Role.APPROVER)


@pytest.fixture
def switch(process: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The parameter of a deployment that begins with actions off."""
    name = "/ITOps/actions-enabled"
    process.client("ssm").put_parameter(Name=name, Value="off", Type="String")
    monkeypatch.setenv("KILL_SWITCH_PARAMETER", name)
    places.cache_clear()
    kill_switch.cache_clear()
    yield name
    kill_switch.cache_clear()
    places.cache_clear()


def _recorded(kind: AuditKind) -> list[tuple[str, str]]:
    entries = stores.audit().all_entries().items
    return [(one.actor, one.message) for one in entries if one.kind is kind]


@pytest.mark.usefixtures("switch")
def test_an_administrator_turns_the_switch_and_the_log_says_who_and_why(admin: str) -> None:
    off = answer_of("POST", "/actions/switch", {"on": False, "reason": "a freeze"}, token=admin)
    on = answer_of("POST", "/actions/switch", {"on": True, "reason": "it is over"}, token=admin)

    assert (off[0], off[1]["enabled"], off[1]["turned"]["reason"]) == (200, False, "a freeze")
    assert (on[0], on[1]["enabled"], on[1]["turned"]["by"]) == (200, True, "ann")
    assert answer_of("GET", "/session", token=admin)[1]["actions"]["is_on"] is True
    assert _recorded(AuditKind.KILL_SWITCH) == [
        ("ann", "actions off: a freeze"),
        ("ann", "actions on: it is over"),
    ]


def test_nobody_else_turns_it_and_nobody_does_without_a_reason(admin: str, approver: str) -> None:
    refused = answer_of("POST", "/actions/switch", {"on": True, "reason": "why"}, token=approver)

    assert refused[0] == 403
    assert answer_of("POST", "/actions/switch", {"on": True, "reason": " "}, token=admin)[0] == 422
    assert not _recorded(AuditKind.KILL_SWITCH)


def test_a_switch_set_past_the_console_tells_when_and_not_by_whom(admin: str, switch: str) -> None:
    told = answer_of("GET", "/actions", token=admin)[1]

    assert told["enabled"] is False
    assert switch in told["reason"]
    assert told["turned"]["at"]
    assert told["turned"]["by"] is None


def test_where_there_is_no_switch_it_is_said_and_nothing_is_on_record(admin: str) -> None:
    status, told = answer_of("POST", "/actions/switch", {"on": True, "reason": "x"}, token=admin)

    assert status == 409
    assert "no kill switch" in told["detail"]
    assert not _recorded(AuditKind.KILL_SWITCH)


def test_a_token_is_shown_once_works_in_its_role_and_is_worth_nothing_when_revoked(
    admin: str, process: Account
) -> None:
    asked = {"name": "pipeline", "role": "viewer", "days": 7}

    status, made = answer_of("POST", "/tokens", asked, token=admin)
    kept = json.dumps(process.client("dynamodb").scan(TableName="ITOps-Runtime")["Items"])
    listed = answer_of("GET", "/tokens", token=admin)[1]["items"]
    works = answer_of("GET", "/session", token=made["token"])[1]
    writes = answer_of("POST", "/tokens", asked, token=made["token"])[0]
    gone = answer_of("DELETE", f"/tokens/{made['token_id']}", token=admin)[0]

    assert status == 201
    assert made["token"] not in kept
    assert made["token"] not in str(listed)
    assert {one["name"]: one["is_yours"] for one in listed} == {"ann": True, "pipeline": False}
    assert (works["name"], works["role"]) == ("pipeline", "viewer")
    assert (writes, gone) == (403, 200)
    assert answer_of("GET", "/session", token=made["token"])[0] == 401
    assert answer_of("DELETE", f"/tokens/{made['token_id']}", token=admin)[0] == 404
    told = [message.split(" ", 1)[1] for _, message in _recorded(AuditKind.TOKEN)]
    assert told == ["of pipeline (viewer) made", "of pipeline (viewer) revoked"]


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "", "role": "viewer"},
        {"name": "a\nb", "role": "viewer"},
        {"name": "a", "role": "owner"},
        {"name": "a", "role": "viewer", "days": 0},
        {"name": "a", "role": "viewer", "days": 10_000},
    ],
)
def test_a_token_that_cannot_be_meant_is_refused(admin: str, asked: dict[str, Any]) -> None:
    assert answer_of("POST", "/tokens", asked, token=admin)[0] == 422


def test_tokens_are_the_administrators_alone(approver: str) -> None:
    assert answer_of("GET", "/tokens", token=approver)[0] == 403
    asked = {"name": "a", "role": "admin"}
    assert answer_of("POST", "/tokens", asked, token=approver)[0] == 403


def test_the_policies_are_told_as_the_engine_knows_them(approver: str) -> None:
    told = answer_of("GET", "/policies", token=approver)[1]["items"]

    about_actions = [one["policy_id"] for one in told if one["about"] == "actions"]
    assert sorted(about_actions) == sorted(policies().ids)
    for one in policy_texts():
        folder = bundled("policies") / ("messages" if one.about == "messages" else "")
        assert one.text in (folder / one.file).read_text(encoding="utf-8")
        assert one.text.startswith("@id(")
        assert one.text.endswith(";")


def test_the_tools_of_each_agent_are_those_that_code_lets_it_call(approver: str) -> None:
    told = answer_of("GET", "/tools", token=approver)[1]["items"]

    for agent, granted in allowed_tools().items():
        listed = {(one["server"], one["name"]) for one in told if agent in one["agents"]}
        assert listed == {(server, name) for server, names in granted.items() for name in names}
    assert not any(one["agents"] for one in told if one["manner"] == "changes")
