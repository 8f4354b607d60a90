"""What the prompts name exists in code: tools that the agent may call, fields, outcomes."""

import re

import pytest

from itops_core.domain.incident import open_incident
from itops_core.domain.investigation import Agent, Case
from itops_core.domain.values import utc_now
from itops_core.errors import ModelUnavailableError
from itops_core.model.messages import ModelReply, ModelRequest
from itops_core.reasoning.answers import answer_name, answer_tool
from itops_core.reasoning.claude import ClaudeReasoner
from itops_core.reasoning.conversation import SEPARATOR
from itops_core.wiring.reasoners import brief_of, system_prompt
from itops_core.wiring.tools import allowed_tools


def named_in(agent: Agent) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", system_prompt(agent)))


@pytest.mark.parametrize("agent", list(Agent))
def test_every_tool_a_prompt_names_is_one_that_the_agent_may_call(agent: Agent) -> None:
    allowed = {
        f"{server}{SEPARATOR}{tool}"
        for server, tools in allowed_tools()[agent].items()
        for tool in tools
    }

    named = {name for name in named_in(agent) if SEPARATOR in name}

    assert named
    assert named <= allowed


@pytest.mark.parametrize("agent", list(Agent))
def test_every_other_word_in_code_type_is_part_of_the_answer(agent: Agent) -> None:
    schema = str(answer_tool(agent)["input_schema"])

    for name in {name for name in named_in(agent) if SEPARATOR not in name}:
        assert name == answer_name(agent) or f"'{name}'" in schema


@pytest.mark.parametrize("agent", list(Agent))
def test_every_prompt_says_how_to_end(agent: Agent) -> None:
    assert f"`{answer_name(agent)}`" in system_prompt(agent)


@pytest.mark.parametrize("agent", [Agent.TRIAGE, Agent.ROOT_CAUSE, Agent.REMEDIATION])
def test_what_differs_from_incident_to_incident_stands_in_the_users_turn_alone(
    agent: Agent,
) -> None:
    asked = [_request(agent, service) for service in ("cart", "orders")]

    assert asked[0].system == asked[1].system == system_prompt(agent)
    assert asked[0].tools == asked[1].tools
    for request, service in zip(asked, ("cart", "orders"), strict=True):
        assert f"{service} is slow" in str(request.messages[0]["content"])
        assert request.messages[0]["role"] == "user"


def _request(agent: Agent, service: str) -> ModelRequest:
    """Return what a model is asked about an incident of `service`."""
    asked: list[ModelRequest] = []

    class Listening:
        def reply(self, request: ModelRequest) -> ModelReply:
            asked.append(request)
            raise ModelUnavailableError("it only listens")

    incident = open_incident(f"{service} is slow", service, utc_now(), fingerprint=service)
    case = Case(incident=incident, agent=agent, transcript=())
    with pytest.raises(ModelUnavailableError):
        ClaudeReasoner(Listening(), brief_of(agent), tuple).next_turn(case)
    return asked[0]
