"""The states AwaitApproval and ExpireApproval."""

from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from approval_gate.agent import ApprovalGate
from approval_gate.waiting import WaitingTask
from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.settings import config
from itops_core.wiring.clients import client
from itops_core.wiring.stores import agent_state, approvals, audit, incidents
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


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Ask people, or close the question."""
    if event["operation"] == "expire":
        answer = _gate().expire(event["incident_id"])
    else:
        with WaitingTask(client("stepfunctions"), event["task_token"]) as task:
            answer = _gate().ask(event["incident_id"], task)
    logger("approval_gate").info("approval handled", operation=event["operation"], **answer)
    return answer
