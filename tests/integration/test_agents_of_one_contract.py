"""Every agent works under one contract: steps, budgets, evidence, forced answers."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from itops_core.domain.investigation import Agent, Step
from itops_core.domain.reports import ChatAnswer, WatchReport
from itops_core.model.claude import ClaudeModel, Limits, Way, anthropic_client
from itops_core.reasoning.claude import ClaudeReasoner
from itops_core.reasoning.offline.reasoner import OfflineReasoner
from itops_core.settings import bundled, config
from itops_core.wiring.reasoners import brief_of
from local_cloud.messages_api.replies import Body, Reply, fails, says, use
from local_cloud.messages_api.server import messages_api
from local_cloud.sandbox.scenario import load
from tests.support.rehearsal import Rehearsal

LOGS = "monitoring__query_cloudwatch_logs"
WORDS = "OutOfMemoryError"


def concluded(agent: Agent, script: Callable[[Body], Reply]) -> list[Step]:
    """Let `agent` work with the model that `script` plays until it has concluded."""
    case = Rehearsal(load("payment-oom", bundled("scenarios")))
    limits = Limits(timeout_seconds=60, max_retries=0)
    with messages_api(script) as api:
        connect = anthropic_client(lambda: "a-key", api.base_url, limits)
        model = ClaudeModel(connect, config().prices, Way(deadline_seconds=90))
        claude = ClaudeReasoner(model, brief_of(agent), case.tools(agent).schemas)
        case.reasoners = (claude, OfflineReasoner(config()))
        engine = case.engine(agent)
        while engine.take_step(case.stores.incident.incident_id, agent).answer is None:
            continue
        model.close()
    assert api.refused == []
    return case.stores.transcript


def looks_then(answer: Callable[[dict[str, Any]], Reply]) -> Callable[[Body], Reply]:
    """Return a model that reads a log, then answers by what it was shown."""

    def script(body: Body) -> Reply:
        if len(body["messages"]) == 1:
            return says(use("look", LOGS, log_group="/ecs/payment-service", minutes_back=30))
        shown = body["messages"][-1]["content"][0]["content"][0]["text"]
        return answer(json.loads(shown))

    return script


def claim(evidence_id: str, quote: str) -> dict[str, Any]:
    return {"text": "It ran out.", "citations": [{"evidence_id": evidence_id, "quote": quote}]}


def test_a_round_keeps_only_the_findings_that_evidence_backs() -> None:
    def reports(shown: dict[str, Any]) -> Reply:
        backed = claim(shown["evidence_id"], WORDS)
        made_up = claim(shown["evidence_id"], "the moon is out of cheese")
        found = [
            {"component": "payment-service", "severity": "high", "claim": backed},
            {"component": "orders", "severity": "critical", "claim": made_up},
        ]
        return says(use("r", "submit_watch_report", summary="One thing.", findings=found))

    last = concluded(Agent.WATCHDOG, looks_then(reports))[-1].turn

    assert isinstance(last.answer, WatchReport)
    assert [one.component for one in last.answer.findings] == ["payment-service"]
    assert last.reasoner == last.answer.reasoner == "claude"


def test_a_question_is_answered_in_four_parts_and_only_with_evidence() -> None:
    def answers(shown: dict[str, Any]) -> Reply:
        return says(
            use(
                "c",
                "submit_chat_answer",
                summary="Payments fail because memory runs out.",
                evidence=[claim(shown["evidence_id"], WORDS)],
                probable_cause="The heap of payment-service leaks.",
                confidence=0.8,
                next_steps=["Restart payment-service."],
            )
        )

    answer = concluded(Agent.CHAT, looks_then(answers))[-1].turn.chat

    assert isinstance(answer, ChatAnswer)
    assert answer.evidence[0].citations[0].quote == WORDS
    assert answer.probable_cause
    assert answer.confidence == 0.8


def test_a_cause_that_nothing_backs_is_no_answer_to_a_question() -> None:
    told = use(
        "c",
        "submit_chat_answer",
        summary="It is the moon.",
        evidence=[claim("EV-0BADF00D", "cheese")],
        probable_cause="The moon.",
        confidence=0.99,
    )

    answer = concluded(Agent.CHAT, lambda _body: says(told))[-1].turn.chat

    assert answer is not None
    assert (answer.probable_cause, answer.confidence, answer.evidence) == ("", 0.0, ())


@pytest.mark.parametrize("agent", list(Agent))
def test_no_agent_falls_silent_where_the_model_is_away(agent: Agent) -> None:
    steps = concluded(agent, lambda _body: fails(529, "overloaded_error"))

    assert steps[-1].turn.answer is not None
    assert all(step.turn.reasoner in {"offline", "engine"} for step in steps)
    assert all(step.turn.degraded.startswith("claude: ") for step in steps)


@pytest.mark.parametrize("agent", list(Agent))
def test_every_agent_is_held_to_its_steps(agent: Agent) -> None:
    def asks_on(body: Body) -> Reply:
        return says(use("again", LOGS, log_group="/ecs/orders", minutes_back=len(str(body)) % 900))

    steps = [step for step in concluded(agent, asks_on) if step.agent is agent]

    assert len(steps) <= config().budget.steps_per_agent
    assert steps[-1].turn.answer is not None
    assert steps[-1].turn.reasoner in {"offline", "engine"}
