"""The last word on an incident: close it, hand it to people, or record that the work failed."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from itops_core.domain.escalation import Breakdown
from itops_core.errors import InvalidInputError
from itops_core.observability import logger
from itops_core.wiring.workflow import closer

_log = logger("incident_closer")


@_log.inject_lambda_context(correlation_id_path="incident_id")
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, str]:
    """Carry out `operation` on an incident and answer what became of it."""
    incident_id = str(event["incident_id"])
    match event.get("operation"):
        case "close":
            outcome = closer().close(incident_id, str(event.get("reason")))
        case "escalate":
            detail = str(event.get("detail") or "")
            outcome = closer().escalate(incident_id, str(event.get("reason") or "unknown"), detail)
        case "record_failure":
            told = {name: str(event.get(name) or "") for name in ("state", "error", "cause")}
            outcome = closer().record_failure(incident_id, Breakdown(**told))
        case "finish":
            outcome = closer().finish(incident_id)
        case unknown:
            raise InvalidInputError(
                f"no operation {unknown!r}: close, escalate, record_failure, finish"
            )
    return {"incident_id": incident_id, "outcome": outcome}
