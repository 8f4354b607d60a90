"""From a plan to the gate's word: the remediation agent over the real operations server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, Status
from itops_core.domain.investigation import Agent, Case, Turn
from itops_core.domain.remediation import (
    Action,
    ActionRecord,
    ActionStatus,
    BlastSize,
    PlannedAction,
    RemediationPlan,
    Risk,
)
from itops_core.domain.traffic import TrafficMetric
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
from itops_core.errors import ToolUnavailableError
from itops_core.reasoning.engine import StepEngine
from itops_core.remediation.catalogue import catalogue
from itops_core.remediation.proposal import Proposer
from itops_core.settings import config
from itops_core.tools.gateway import ToolAnswer, ToolGateway, ToolSchema
from itops_core.tools.toolbox import Toolbox
from remediation_agent.agent import RemediationAgent
from tests.support.accounts import Account, Tables
from tests.support.shop_estate import (
    BLOCKED,
    CLUSTER,
    RESTART,
    SERVICE,
    Shop,
    open_shop,
    rollback_to,
    scale_to,
)

pytest_plugins = ("tests.emulator",)


@dataclass
class Planner:
    """A reasoner that has made up its mind."""

    actions: tuple[Action, ...]
    confidence: float = 0.9
    rationale: str = "It helps."
    asked: list[Case] = field(default_factory=list[Case])
    name: str = "scripted"
    is_paid: bool = False

    def next_turn(self, case: Case) -> Turn:
        self.asked.append(case)
        plan = RemediationPlan(
            incident_id=case.incident.incident_id,
            round=case.incident.round,
            actions=tuple(PlannedAction(action=one, reason="It helps.") for one in self.actions),
            rationale=self.rationale,
            confidence=self.confidence,
            reasoner=self.name,
        )
        return Turn(thought="This will do.", plan=plan, reasoner=self.name)


class Gone:
    """A server that nobody can reach."""

    server = "operations"

    def call(self, tool: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        del tool, arguments
        raise ToolUnavailableError(self.server, "circuit open")

    def list_tools(self) -> tuple[ToolSchema, ...]:
        raise ToolUnavailableError(self.server, "circuit open")


@pytest.fixture
def shop(account: Account, tables: Tables) -> Shop:
    return open_shop(account, tables)


def propose(
    shop: Shop,
    planner: Planner,
    operations: ToolGateway | None = None,
    incident: Incident | None = None,
    **facts: Any,  # noqa: ANN401
) -> tuple[dict[str, Any], Incident]:
    """Return what the agent says of a plan, and the incident after it."""
    begun = incident or shop.incident_with(status=Status.INVESTIGATING, **facts)
    toolbox = Toolbox(Agent.REMEDIATION, {}, {}, 6000)
    engine = StepEngine(
        shop.incidents, shop.agent_state, toolbox, (planner,), config().budget, lone_confidence=0.7
    )
    agent = RemediationAgent(
        engine,
        shop.incidents,
        lambda: Proposer(operations or shop.operations, shop.gate, shop.catalog.list(), BLOCKED),
        utc_now,
        max_rounds=2,
    )
    answer = agent.propose(begun.incident_id)
    return answer, shop.incidents.get(begun.incident_id)


def test_a_sure_small_reversible_plan_is_auto_and_stands_on_the_incident(shop: Shop) -> None:
    answer, incident = propose(shop, Planner((RESTART,)))

    assert answer["outcome"] == "auto"
    assert incident.plan is not None
    assert incident.plan.actions[0].action == RESTART
    assert incident.decision is not None
    assert incident.decision.policy_ids == ("acts-by-itself",)
    assert incident.previews[0].before["desired_count"] == 2
    assert incident.previews[0].blast_radius == ("payment-service", "checkout")
    assert shop.writer.updates == []


@pytest.mark.parametrize(
    ("facts", "planner", "policy"),
    [
        ({"severity": Severity.CRITICAL}, Planner((RESTART,)), "incident-critical"),
        ({"alarm": None}, Planner((RESTART,)), "no-alarm"),
        ({}, Planner((RESTART,), confidence=0.75), "confidence-too-low"),
        ({"confidence": 0.6}, Planner((RESTART,), confidence=0.99), "confidence-too-low"),
        ({}, Planner((RESTART,), rationale="Restart, then drop the cache."), "blocked-keyword"),
    ],
)
def test_what_asks_for_people_is_named(
    shop: Shop, facts: dict[str, Any], planner: Planner, policy: str
) -> None:
    answer, incident = propose(shop, planner, **facts)

    assert answer["outcome"] == "approval"
    assert incident.decision is not None
    assert incident.decision.policy_ids == (policy,)


def test_other_code_is_looked_at_by_people_first(shop: Shop) -> None:
    shop.deploy("payments:2")

    answer, incident = propose(shop, Planner((rollback_to(f"{SERVICE}:1"),)))

    assert answer["outcome"] == "approval"
    assert incident.decision is not None
    assert incident.decision.policy_ids == ("blast-not-small",)


def test_a_service_that_the_catalog_does_not_know_is_looked_at_by_people(shop: Shop) -> None:
    shop.ecs.create_service(
        cluster=CLUSTER, serviceName="stray", taskDefinition=f"{SERVICE}:1", desiredCount=1
    )
    stray = Action(name="restart_ecs_service", parameters={"cluster": CLUSTER, "service": "stray"})

    answer, incident = propose(shop, Planner((stray,)))

    assert answer["outcome"] == "approval"
    assert incident.decision is not None
    assert "not-in-catalog" in incident.decision.policy_ids


def test_with_the_switch_off_the_plan_is_forbidden_and_kept_for_people(shop: Shop) -> None:
    shop.switch("off")

    answer, incident = propose(shop, Planner((RESTART,)))

    assert answer["outcome"] == "forbid"
    assert incident.plan is not None
    assert incident.decision is not None
    assert incident.decision.policy_ids == ("kill-switch",)


@pytest.mark.parametrize(
    "action",
    [
        scale_to(2),
        scale_to(1),
        scale_to(7),
        rollback_to(f"{SERVICE}:1"),
        rollback_to(f"{SERVICE}:9"),
        rollback_to("other:1"),
        Action(name="restart_ecs_service", parameters={"cluster": CLUSTER, "service": "none"}),
        Action(name="restart_ecs_service", parameters={"cluster": CLUSTER}),
        Action(name="delete_everything", parameters={}),
        Action(name="notify_only", parameters={"message": "look"}),
    ],
)
def test_a_plan_that_cannot_or_need_not_be_carried_out_is_none_with_the_reason(
    shop: Shop, action: Action
) -> None:
    answer, incident = propose(shop, Planner((action,)))

    events = shop.incidents.timeline(incident.incident_id).items
    assert answer["outcome"] == "none"
    assert len(answer["reason"]) > 10
    assert any(one.kind == "plan" and answer["reason"][:80] in one.message for one in events)


def test_an_operations_server_out_of_reach_leads_to_people_and_never_to_an_action(
    shop: Shop,
) -> None:
    answer, incident = propose(shop, Planner((RESTART,)), operations=Gone())

    assert answer["outcome"] == "none"
    assert "circuit open" in answer["reason"]
    assert incident.decision is None


def test_proposing_twice_thinks_once_and_says_the_same(shop: Shop) -> None:
    planner = Planner((RESTART,))
    first, incident = propose(shop, planner)

    second, _ = propose(shop, planner, incident=incident)

    assert first == second
    assert len(planner.asked) == 1
    events = shop.incidents.timeline(incident.incident_id).items
    assert len([one for one in events if one.kind == "plan"]) == 1


def test_the_same_plan_is_looked_at_anew_when_the_state_has_changed(shop: Shop) -> None:
    planner = Planner((scale_to(4),))
    first, incident = propose(shop, planner)
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=4)

    second, _ = propose(shop, planner, incident=incident)

    assert (first["outcome"], second["outcome"]) == ("auto", "none")


def test_an_incident_that_a_person_ended_is_left_alone(shop: Shop) -> None:
    ended = shop.incident_with(status=Status.RESOLVED)

    answer, _ = propose(shop, Planner((RESTART,)), incident=ended)

    assert answer["outcome"] == "stopped"


def test_a_preview_tells_what_reaches_the_service_now_and_weighs_it(shop: Shop) -> None:
    named = TrafficMetric(
        namespace="Shop", metric="RequestCount", dimensions={"Service": "payments"}
    )
    shop.catalog.put(
        CatalogEntry(
            entry_id="payment-service",
            kind="ecs_service",
            cluster=CLUSTER,
            ecs_service=SERVICE,
            traffic_metric=named,
        )
    )
    now = utc_now().replace(second=0, microsecond=0)
    shop.account.client("cloudwatch").put_metric_data(
        Namespace=named.namespace,
        MetricData=[
            {
                "MetricName": named.metric,
                "Dimensions": [{"Name": "Service", "Value": "payments"}],
                "Timestamp": now - timedelta(minutes=minutes),
                "Value": 6500.0,
            }
            for minutes in range(1, 6)
        ],
    )

    answer, incident = propose(shop, Planner((RESTART,)))

    (preview,) = incident.previews
    assert preview.traffic is not None
    assert preview.traffic.told == "about 6,500 requests a minute reach it now (Shop RequestCount)"
    assert (preview.risk, preview.blast_size) == (Risk.MEDIUM, BlastSize.MEDIUM)
    assert answer["outcome"] == "approval"
    assert incident.decision is not None
    assert "traffic-heavy" in incident.decision.policy_ids


def test_the_list_of_actions_says_what_each_takes_and_how_it_is_undone(shop: Shop) -> None:
    answer = shop.operations.call("list_actions", {})

    listed = {one["name"]: one for one in answer.content["actions"]}
    assert set(listed) == set(catalogue().actions)
    assert listed["scale_ecs_service"]["inverse"] == "scale_ecs_service"
    assert listed["scale_ecs_service"]["parameters"]["desired_count"]["type"] == "integer"


def test_only_looking_is_announced_as_read_only(shop: Shop) -> None:
    looking = {tool.name for tool in shop.operations.list_tools() if tool.read_only}

    assert looking == {"list_actions", "preview_action"}


def overtaken(shop: Shop, action: Action, *, changed: bool = True) -> Incident:
    """Return an incident whose action was void when it was to be carried out."""
    incident = shop.incident_with(action, status=Status.INVESTIGATING)
    at = utc_now()
    record = ActionRecord(
        action_id=ActionRecord.id_for(incident.incident_id, incident.round, action),
        incident_id=incident.incident_id, round=incident.round, action=action, resource=SERVICE,
        inverse=None, status=ActionStatus.VOID, message="it is not what people saw",
        state_changed=changed, started_at=at, ended_at=at,
    )  # fmt: skip
    return shop.incidents.update(incident.incident_id, lambda one: one.with_action(record, at))


def test_what_somebody_else_has_done_meanwhile_is_looked_at_anew(shop: Shop) -> None:
    incident = overtaken(shop, scale_to(4))
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=4)

    first, after = propose(shop, Planner((scale_to(4),)), incident=incident)
    again, unchanged = propose(shop, Planner((scale_to(4),)), incident=incident)

    assert first["outcome"] == "another_round"
    assert "somebody was faster" in first["reason"]
    assert (after.status, after.round) == (Status.INVESTIGATING, 2)
    assert (after.approval_id, after.previews, after.decision) == (None, (), None)
    assert again["outcome"] == "another_round"
    assert unchanged.version == after.version


def test_what_was_overtaken_is_looked_at_anew_though_it_is_possible_still(shop: Shop) -> None:
    incident = overtaken(shop, scale_to(4))
    shop.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=3)

    answer, after = propose(shop, Planner((scale_to(4),)), incident=incident)

    assert (answer["outcome"], after.round) == ("another_round", 2)
    told = [one.message for one in shop.incidents.timeline(incident.incident_id).items]
    assert any("the cause is looked for anew" in one for one in told)


def test_what_only_has_to_be_asked_again_is_put_forward_again(shop: Shop) -> None:
    incident = overtaken(shop, scale_to(4), changed=False)

    answer, after = propose(shop, Planner((scale_to(4),)), incident=incident)

    assert answer["outcome"] == "auto"
    assert after.round == 1


def test_what_was_never_possible_is_not_looked_at_anew(shop: Shop) -> None:
    answer, after = propose(shop, Planner((scale_to(2),)))

    assert answer["outcome"] == "none"
    assert after.round == 1
