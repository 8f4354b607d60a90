"""Alarms from the queue become incidents; every minute, what maintenance held back is looked at."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from incident_intake.taking import take_in
from itops_core.domain.intake import Fate
from itops_core.observability import logger
from itops_core.wiring.intake import intake

_log = logger("incident_intake")


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Take in a batch of alarms, or let go what maintenance held; answer what failed."""
    if "Records" in event:
        return take_in(event["Records"])
    return _released(event)


def _released(_event: Mapping[str, Any]) -> dict[str, Any]:
    fates = intake().release()
    failed = [str(fate) for fate in fates if not isinstance(fate, Fate)]
    _log.info("maintenance looked after", released=len(fates), failed=failed)
    return {"released": len(fates) - len(failed), "failed": failed}
