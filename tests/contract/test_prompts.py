"""What the prompts name exists in code: tools that the agent may call, fields, outcomes."""

import re

import pytest

from itops_core.domain.investigation import Agent
from itops_core.reasoning.answers import answer_name, answer_tool
from itops_core.reasoning.conversation import SEPARATOR
from itops_core.wiring.reasoners import system_prompt
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
