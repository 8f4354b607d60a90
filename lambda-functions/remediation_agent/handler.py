"""The state ProposeRemediation."""

from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from itops_core.domain.investigation import Agent
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.remediation.proposal import Proposer
from itops_core.settings import config
from itops_core.wiring.reasoners import step_engine
from itops_core.wiring.remediation import gate
from itops_core.wiring.stores import audit, catalog, incidents
from itops_core.wiring.tools import gateway
from remediation_agent.agent import RemediationAgent


def _proposer() -> Proposer:
    keywords = config().remediation.blocked_keywords
    return Proposer(gateway("operations"), gate(), catalog().list(), keywords)


@lru_cache
def _agent() -> RemediationAgent:
    engine = step_engine(Agent.REMEDIATION)
    rounds = config().remediation.max_rounds
    return RemediationAgent(engine, incidents(), _proposer, utc_now, audit().append, rounds)


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take one step towards a plan, or have the plan judged."""
    answer = _agent().propose(event["incident_id"])
    logger("remediation_agent").info("remediation proposed", **answer)
    return answer
