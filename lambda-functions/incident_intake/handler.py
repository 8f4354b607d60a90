"""Alarms from SNS become incidents, or lines on the timeline of the incident they belong to."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from incident_intake.intake import UnusableAlarmsError, take_in
from itops_core.errors import ITOpsError
from itops_core.observability import logger

_log = logger("incident_intake")


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take in every alarm; what cannot be used is raised, so that the event goes to the DLQ."""
    taken: list[dict[str, Any]] = []
    unusable: list[str] = []
    for record in event.get("Records") or ():
        try:
            taken.append(take_in(record))
        except ITOpsError as error:
            _log.error("alarm cannot be used", reason=str(error), record=record)
            unusable.append(str(error))
    if unusable or not taken:
        raise UnusableAlarmsError(unusable)
    _log.info("alarms taken in", alarms=taken)
    return {"alarms": taken}
