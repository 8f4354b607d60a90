"""The states Step and RecordFailure of a run towards a goal."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from goal_runner.agent import GoalRunner
from goal_runner.delivering import TICKET, Deliverer
from itops_core.domain.investigation import Agent
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.settings import config
from itops_core.wiring.reasoners import engine_on, models
from itops_core.wiring.stores import agent_state, catalog, runs
from itops_core.wiring.tools import gateway
from itops_core.wiring.writing import write_gate


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take one step of a run, or record that it could not go on."""
    deliver = Deliverer(gateway("incident"), _refusal)
    thinkers = partial(models, Agent.CHAT)
    engine_of, rules, now = engine_on(Agent.CHAT), config().runs, utc_now
    ways = (runs(), catalog(), agent_state(), engine_of, thinkers, deliver, rules, now)
    runner, run_id = GoalRunner(*ways), event["run_id"]
    failure = event.get("failure")
    answer = runner.fail(run_id, str(failure)) if failure else runner.advance(run_id)
    logger("goal_runner").info("step of a run taken", **answer)
    return answer


def _refusal() -> str:
    """Return why no ticket may leave, whatever it is about; the incident server has the word."""
    forbidden = write_gate().forbids(TICKET)
    return forbidden.reason if forbidden else ""
