"""The state Triage."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from itops_core.domain.investigation import Agent
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.settings import config
from itops_core.wiring.reasoners import step_engine
from itops_core.wiring.stores import incidents, knowledge
from itops_core.workflow.recollection import Recollection
from triage_agent.agent import TriageAgent
from triage_agent.recognising import Recogniser


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take one step towards knowing how bad an incident is."""
    recogniser = Recogniser(
        Recollection(incidents(), knowledge()),
        incidents(),
        lambda: step_engine(Agent.ROOT_CAUSE),
        config(),
        utc_now,
    )
    agent = TriageAgent(step_engine(Agent.TRIAGE), incidents(), utc_now, recogniser)
    answer = agent.triage(event["incident_id"])
    logger("triage_agent").info("triage step taken", **answer)
    return answer
