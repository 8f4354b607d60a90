"""`itops actions` throws the kill switch, and whatever was allowed stops at the next step."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from action_runner.agent import ActionRunner
from itops_cli.commands import actions
from itops_core.domain.audit import AuditKind
from itops_core.domain.remediation import ActionStatus
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from itops_core.errors import NotFoundError
from itops_core.stores.audit import AuditLog
from tests.support.accounts import Account, Tables
from tests.support.remedies import memory
from tests.support.shop_estate import SWITCH, Shop, open_shop, scale_to

pytest_plugins = ("tests.emulator",)
WHY = "--reason=it is a drill"


@pytest.fixture
def shop(account: Account, tables: Tables, monkeypatch: pytest.MonkeyPatch) -> Shop:
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)
    return open_shop(account, tables)


@dataclass(frozen=True)
class Local:
    """A local cloud in the account."""

    account: Account
    outputs: dict[str, str]
    folder: Path = Path("here")

    def client(self, name: str) -> Any:  # noqa: ANN401
        return self.account.client(name)

    def resource(self, name: str) -> Any:  # noqa: ANN401
        return self.account.resource(name)


def told(*words: str) -> dict[str, Any]:
    answer = CliRunner().invoke(
        actions.app, [*words, "--json"], catch_exceptions=False, standalone_mode=False
    )
    assert answer.exit_code == 0, answer.output
    return json.loads(answer.output)


def deployed(account: Account) -> None:
    """Deploy a stack of nothing but the switch, as the template makes it."""
    account.client("ssm").delete_parameter(Name=SWITCH)
    properties = {"Name": SWITCH, "Type": "String", "Value": "off"}
    switch = {"Type": "AWS::SSM::Parameter", "Properties": properties}
    outputs = {
        "KillSwitchParameter": {"Value": {"Ref": "KillSwitch"}},
        "AuditTable": {"Value": "ITOps-Audit"},
    }
    template = {"Resources": {"KillSwitch": switch}, "Outputs": outputs}
    account.client("cloudformation").create_stack(
        StackName="ITOps", TemplateBody=json.dumps(template)
    )


def test_switching_off_stops_an_approved_plan_between_two_of_its_actions(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = Local(shop.account, {"KillSwitchParameter": SWITCH, "AuditTable": "ITOps-Audit"})
    monkeypatch.setattr(actions, "address_of", {None: local}.get)
    remedy = memory(shop)
    incident = shop.incident_with(remedy.action, scale_to(3), severity=Severity.CRITICAL)
    shop.approved(incident, "ada")
    shop.writer_of("lambda").after_update = lambda: told("off", WHY) and None
    runner = ActionRunner(shop.incidents, shop.approvals, shop.operations, utc_now, max_rounds=2)

    answer = runner.execute(incident.incident_id)
    stopped = remedy.seen()
    again = runner.execute(incident.incident_id)

    records = {
        one.action.name: one.status for one in shop.incidents.get(incident.incident_id).actions
    }
    assert answer["outcome"] == "failed"
    assert "kill-switch" in answer["reason"]
    assert records["scale_ecs_service"] is ActionStatus.REFUSED
    assert shop.service["desiredCount"] == 2
    assert stopped == 256
    assert again["outcome"] == "failed"
    assert told("status")["on"] is False
    assert told("on", WHY)["on"] is True


def test_a_deployment_starts_switched_off_and_is_switched_by_the_name_of_its_stack(
    shop: Shop,
) -> None:
    deployed(shop.account)
    incident = shop.incident_with(scale_to(3))

    fresh, refused = told("status", "--stack", "ITOps"), shop.carry_out(scale_to(3), incident)
    turned, done = told("on", "--stack", "ITOps", WHY), shop.carry_out(scale_to(3), incident)

    assert (fresh["on"], fresh["parameter"]) == (False, SWITCH)
    assert refused.status is ActionStatus.REFUSED
    assert turned["on"] is True
    assert done.status is ActionStatus.DONE
    (entry,) = AuditLog(Tables(shop.account).audit).all_entries().items
    assert (entry.kind, entry.message) == (AuditKind.KILL_SWITCH, "actions on: it is a drill")
    assert entry.details["reason"] == "it is a drill"
    assert entry.actor.startswith("arn:aws:")


def test_a_stack_that_is_not_there_is_not_switched(shop: Shop) -> None:
    assert shop.account

    with pytest.raises(NotFoundError, match="no stack"):
        told("on", "--stack", "Elsewhere", WHY)


def test_people_read_how_it_stands(shop: Shop) -> None:
    deployed(shop.account)

    answer = CliRunner().invoke(actions.app, ["off", "--stack", "ITOps", WHY])

    assert "Actions are OFF" in answer.output
