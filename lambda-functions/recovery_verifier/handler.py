"""The state VerifyRecovery."""

from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from itops_core.domain.values import utc_now
from itops_core.observability import logger
from itops_core.settings import config
from itops_core.wiring.stores import catalog, incidents
from itops_core.wiring.tools import gateway
from itops_core.wiring.workflow import earner
from recovery_verifier.agent import RecoveryVerifier
from recovery_verifier.measuring import Measurer
from recovery_verifier.observing import Observer


@lru_cache
def _verifier() -> RecoveryVerifier:
    rules = config().verification
    observer = Observer(
        gateway("monitoring"), rules.period_seconds, rules.before_seconds, gateway("fleet")
    )
    measurer = Measurer(catalog().list, observer, rules)
    return RecoveryVerifier(incidents(), measurer, rules, utc_now, earner().weigh)


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Look once whether the remedy has helped."""
    answer = _verifier().verify(event["incident_id"])
    logger("recovery_verifier").info("recovery looked at", **answer)
    return answer
