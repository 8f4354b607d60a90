"""Every tool that acts refuses without the gate, whoever asks, and survives whatever it is told."""

import json
import threading
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from mcp import Client

from itops_core.domain.incident import Incident
from itops_core.domain.remediation import Action, ActionRecord, ActionStatus
from itops_core.remediation.catalogue import catalogue
from operations_server.server import build_server
from tests.support.accounts import Account, Tables
from tests.support.eventually import eventually
from tests.support.remedies import ALL, Remedy, concurrency, memory
from tests.support.shop_estate import (
    RESTART,
    Shop,
    nothing_happens,
    open_shop,
    scale_to,
)

pytest_plugins = ("tests.emulator",)

Arrange = Callable[[Shop], Remedy]
ODD = {
    "a megabyte": "x" * 1_000_000,
    "look-alikes": "s\u04bbop",
    "turned round": "\u202eshop",
    "invisible": "sh\u200bop",
    "a lone surrogate": "shop\ud800",
    "nothing": "",
    "a null": "shop\x00",
    "a path": "../../shop",
    "another account": "arn:aws:lambda:us-east-1:999999999999:function:other",
}
WRONG: tuple[Any, ...] = (None, [], {}, True, 1.5, "3; drop table", float("1e300"), -(10**30))


@pytest.fixture
def shop(account: Account, tables: Tables) -> Shop:
    return open_shop(account, tables)


def asked(shop: Shop, action: Action, **request: Any) -> ActionRecord:  # noqa: ANN401
    answer = shop.operations.call(action.name, {**action.parameters, "request": request})
    assert answer.ok, answer.message
    return ActionRecord.model_validate(answer.content)


def changed(shop: Shop) -> int:
    """How often the server has changed anything."""
    return len(shop.writer.updates) + sum(len(one.updates) for one in shop.others.values())


def asked_of_another_thing(shop: Shop, action: Action, **request: Any) -> ActionRecord:  # noqa: ANN401
    """Ask for the same action on something else that is named as things of its kind are."""
    target = catalogue().spec(action.name).target
    named = {"task": "0" * 32, "execution_arn": f"{action.parameters.get(target)}0"}
    parameters = {**action.parameters, target: named.get(target, "another-one")}
    return asked(shop, Action(name=action.name, parameters=parameters), **request)


@pytest.mark.parametrize("name", ALL)
def test_a_tool_that_acts_refuses_whoever_comes_without_the_gate(shop: Shop, name: str) -> None:
    action = ALL[name](shop).action
    bare = shop.incident_with()
    planned = shop.incident_with(action)
    other = shop.incident_with(scale_to(9))
    round_one = {"round": 1}

    def of(incident: Incident) -> dict[str, Any]:
        return {"incident_id": incident.incident_id, **round_one}

    refusals = {
        "no plan holds it": asked(shop, action, **of(bare)),
        "another plan": asked(shop, action, **of(other)),
        "another round": asked(shop, action, incident_id=planned.incident_id, round=2),
        "nothing to undo": asked(shop, action, **of(planned), undo=True),
        "another thing": asked_of_another_thing(shop, action, **of(planned)),
        "a forged approval": asked(shop, action, **of(bare), approval_id="APR-00000000"),
    }
    shop.switch("off")
    refusals["switched off"] = asked(shop, action, **of(planned))

    assert {why: record.status for why, record in refusals.items()} == dict.fromkeys(
        refusals, ActionStatus.REFUSED
    )
    assert all(record.message for record in refusals.values())
    assert changed(shop) == 0


@pytest.mark.parametrize("name", [name for name in ALL if not catalogue().spec(name).reversible])
def test_what_cannot_be_undone_is_not_done_without_a_yes(shop: Shop, name: str) -> None:
    action = ALL[name](shop).action
    incident = shop.incident_with(action)

    record = asked(shop, action, incident_id=incident.incident_id, round=1)

    assert record.status is ActionStatus.VOID
    assert changed(shop) == 0


def test_the_kill_switch_stops_what_people_said_yes_to_within_one_call(shop: Shop) -> None:
    remedies = [memory(shop).action, scale_to(3)]
    incident = shop.incident_with(*remedies)
    name = shop.approved(incident, "ada").approval_id

    first = shop.carry_out(remedies[0], incident, approval_id=name)
    shop.switch("off")
    second = shop.carry_out(remedies[1], incident, approval_id=name)

    assert first.status is ActionStatus.DONE
    assert second.status is ActionStatus.REFUSED
    assert "kill-switch" in second.message
    assert shop.service["desiredCount"] == 2


def test_what_nobody_can_mean_is_answered_with_what_would_do_and_changes_nothing(
    shop: Shop,
) -> None:
    incident = shop.incident_with(scale_to(3))
    request = {"incident_id": incident.incident_id, "round": 1}
    for name, spec in catalogue().actions.items():
        fitting = {
            key: 1 if parameter.type == "integer" else "shop"
            for key, parameter in spec.parameters.items()
        }
        for key, parameter in spec.parameters.items():
            odd: list[Any] = [*WRONG, *ODD.values()]
            for value in odd:
                if parameter.type == "string" and name == "notify_only" and value in ODD.values():
                    continue
                answer = shop.operations.call(name, {**fitting, key: value, "request": request})

                refused = answer.ok and answer.content["status"] == ActionStatus.REFUSED
                assert refused or not answer.ok, (name, key, str(value)[:40])
                assert len(answer.message) < 3000, (name, key, str(value)[:40])
    assert changed(shop) == 0


def test_a_request_of_the_wrong_form_or_for_nobody_is_no_request(shop: Shop) -> None:
    nobody = {"incident_id": "INC-00000000", "round": 1}
    requests: tuple[Any, ...] = (
        None,
        "INC-00000000",
        {},
        nobody,
        {"incident_id": "INC-00000000"},
        {**nobody, "incident_id": "inc-1"},
        {**nobody, "incident_id": "INC-00000000\n"},
        {**nobody, "incident_id": "INC-00000000" * 90_000},
        {**nobody, "round": 0},
        {**nobody, "round": "first"},
        {**nobody, "round": 10**9},
        {**nobody, "approval_id": "yes"},
        {**nobody, "undo": "maybe"},
        {**nobody, "force": True},
    )

    answers = [
        shop.operations.call(RESTART.name, {**RESTART.parameters, "request": request})
        for request in requests
    ]

    assert not any(answer.ok for answer in answers)
    assert all(0 < len(answer.message) < 3000 for answer in answers)
    assert changed(shop) == 0


def test_parameters_of_a_preview_may_be_anything_and_nothing_breaks(shop: Shop) -> None:
    odd: tuple[Any, ...] = (
        {},
        {"cluster": {"a": [1]}},
        {"x": "y" * 1_000_000},
        {"cluster": "shop", "service": "cart", "desired_count": "\u0663"},
        {str(number): number for number in range(500)},
    )

    answers = [
        shop.operations.call("preview_action", {"name": name, "parameters": parameters})
        for name in (*catalogue().actions, "drop_everything", "\u202e", "x" * 1_000_000)
        for parameters in odd
    ]

    assert not any(answer.ok for answer in answers)
    assert all(len(answer.message) < 3000 for answer in answers)


@pytest.mark.parametrize("arrange", [memory, concurrency])
def test_a_client_that_hangs_up_in_the_middle_has_it_done_once(
    shop: Shop, arrange: Arrange
) -> None:
    remedy = arrange(shop)
    incident = shop.incident_with(remedy.action)
    request = {"incident_id": incident.incident_id, "round": 1}
    writer = shop.writer_of(remedy.service)
    is_at_it, has_gone = threading.Event(), threading.Event()

    def wait_for_the_client_to_go() -> None:
        is_at_it.set()
        assert has_gone.wait(180)

    async def hang_up() -> None:
        async with Client(build_server(shop.executor)) as client:
            with anyio.move_on_after(180) as patience:

                async def leave() -> None:
                    await anyio.to_thread.run_sync(is_at_it.wait)
                    patience.cancel()
                    has_gone.set()

                async with anyio.create_task_group() as group:
                    group.start_soon(leave)
                    await client.call_tool(
                        remedy.action.name, {**remedy.action.parameters, "request": request}
                    )

    writer.before_update = wait_for_the_client_to_go
    anyio.run(hang_up)
    writer.before_update = nothing_happens
    record = eventually(lambda: _ended(shop.carry_out(remedy.action, incident)))

    assert record.status is ActionStatus.DONE
    assert len(writer.updates) == 1


def _ended(record: ActionRecord) -> ActionRecord | None:
    return record if record.ended_at else None


def test_nothing_of_an_answer_to_a_megabyte_is_a_megabyte(shop: Shop) -> None:
    request = {"incident_id": "INC-00000000", "round": 1}

    answer = shop.operations.call("notify_only", {"message": "x" * 1_000_000, "request": request})

    assert not answer.ok
    assert len(json.dumps(answer.content)) + len(answer.message) < 3000
