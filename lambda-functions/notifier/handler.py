"""Tells people that something became of an incident; a failing channel stops nothing."""

from aws_lambda_powertools.utilities.typing import LambdaContext

from itops_core.observability import logger
from itops_core.wiring import stores
from itops_core.wiring.workflow import notifications

_log = logger("notifier")


@_log.inject_lambda_context(correlation_id_path="incident_id")
def handler(event: dict[str, str], _context: LambdaContext) -> dict[str, str]:
    """Tell people about an incident."""
    incident = stores.incidents().get(event["incident_id"])
    kind = event.get("kind", "critical")
    told = notifications().tell(incident, kind, event.get("detail", ""), event.get("key", ""))
    _log.info("people told" if told else "people not told", kind=kind)
    return {"incident_id": incident.incident_id, "outcome": "notified"}
