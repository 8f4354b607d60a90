"""The state InvestigateStep."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from itops_core.domain.investigation import Agent
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.wiring.reasoners import step_engine
from itops_core.wiring.stores import incidents
from root_cause_agent.agent import RootCauseAgent


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take one step towards the root cause."""
    agent = RootCauseAgent(step_engine(Agent.ROOT_CAUSE), incidents(), utc_now)
    answer = agent.investigate(event["incident_id"])
    logger("root_cause_agent").info("investigation step taken", **answer)
    return answer
