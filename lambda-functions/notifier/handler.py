"""Tells people: takes what is to be told, delivers it, and goes after what is undelivered."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from itops_core.domain.notification import Occasion
from itops_core.errors import InvalidInputError
from itops_core.observability import logger
from itops_core.wiring import stores
from itops_core.wiring.workflow import notifications
from notifier.composition import deliverer, sweeper

_log = logger("notifier")


@_log.inject_lambda_context(correlation_id_path="incident_id")
def handler(event: dict[str, str], _context: LambdaContext) -> dict[str, str]:
    """Carry out `operation`: `tell` (the workflow's), `deliver` or `sweep`."""
    match event.get("operation", "tell"):
        case "tell":
            # Written down and let go: no channel holds up the workflow that waits for this.
            incident = stores.incidents().get(event["incident_id"])
            occasion = Occasion(event.get("kind", Occasion.CRITICAL.value))
            notifications().tell(incident, occasion, event.get("detail", ""), event.get("key", ""))
        case "deliver":
            deliverer().deliver(event["incident_id"])
        case "sweep":
            _log.info("notifications swept", undelivered=sweeper().sweep())
        case unknown:
            raise InvalidInputError(f"no operation {unknown!r}: tell, deliver, sweep")
    return {"incident_id": event.get("incident_id", ""), "outcome": "notified"}
