"""The states ExecuteAction and RollBack."""

from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from action_runner.agent import ActionRunner
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.settings import config
from itops_core.wiring.stores import approvals, incidents
from itops_core.wiring.tools import gateway


@lru_cache
def _runner() -> ActionRunner:
    rounds = config().remediation.max_rounds
    return ActionRunner(incidents(), approvals(), gateway("operations"), utc_now, rounds)


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Carry out the plan, or undo it."""
    act = _runner().roll_back if event["operation"] == "roll_back" else _runner().execute
    answer = act(event["incident_id"])
    logger("action_runner").info("plan handled", operation=event["operation"], **answer)
    return answer
