"""The states AwaitApproval and ExpireApproval, and what Slack is told of a click."""

from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from approval_gate.agent import ApprovalGate
from approval_gate.slack import SlackReply
from approval_gate.waiting import WaitingTask
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.settings import config
from itops_core.wiring.clients import client
from itops_core.wiring.stores import agent_state, approvals, audit, incidents
from itops_core.wiring.switch import kill_switch
from itops_core.wiring.workflow import notifications


@lru_cache
def _gate() -> ApprovalGate:
    minutes = config().approval.expires_minutes
    return ApprovalGate(
        incidents=incidents(),
        approvals=approvals(),
        agent_state=agent_state(),
        notifications=notifications(),
        clock=utc_now,
        minutes=minutes,
        witness=audit().append,
    )


def _reply() -> SlackReply:
    return SlackReply(approvals(), config().slack.response_prefix, _notice)


def _notice() -> str:
    reading = kill_switch().read()
    return "" if reading.is_on else f"{reading.reason}: nothing is carried out until it is on"


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Ask people, close the question, or tell Slack how it stands."""
    if event["operation"] == "tell_slack":
        answer = _reply().tell(event["response_url"], event["approval_id"], event["note"])
    elif event["operation"] == "expire":
        answer = _gate().expire(event["incident_id"])
    else:
        with WaitingTask(client("stepfunctions"), event["task_token"]) as task:
            answer = _gate().ask(event["incident_id"], task)
    logger("approval_gate").info("approval handled", operation=event["operation"], **answer)
    return answer
