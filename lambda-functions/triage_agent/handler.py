"""The state Triage."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from itops_core.domain.investigation import Agent
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.wiring.reasoners import step_engine
from itops_core.wiring.stores import incidents
from triage_agent.agent import TriageAgent


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take one step towards knowing how bad an incident is."""
    agent = TriageAgent(step_engine(Agent.TRIAGE), incidents(), utc_now)
    answer = agent.triage(event["incident_id"])
    logger("triage_agent").info("triage step taken", **answer)
    return answer
