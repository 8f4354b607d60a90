"""Generates incidents to try the system with: `generate_incident`, `generate_multiple`."""

from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from itops_core.domain.values import utc_now
from itops_core.errors import ForbiddenError, InvalidInputError
from itops_core.observability import logger
from itops_core.settings import places
from itops_core.wiring import stores
from itops_core.wiring.clients import client
from test_data_generator.generator import Generator, Outlets, read_wish
from test_data_generator.labels import NAMESPACE
from test_data_generator.stories import stories

_log = logger("test_data_generator")


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Generate what is wished for; a refusal is an answer that says why."""
    try:
        generated = generator().generate(read_wish(event), utc_now())
    except (InvalidInputError, ForbiddenError) as error:
        _log.warning("test data refused", reason=str(error))
        return {"outcome": "refused", "reason": str(error), "generated": []}
    _log.info("test data generated", scenarios=[one.scenario for one in generated])
    told = [one.model_dump(mode="json") for one in generated]
    return {"outcome": "generated", "namespace": NAMESPACE, "generated": told}


@lru_cache
def generator() -> Generator:
    """Return the generator of this process."""
    outlets = Outlets(
        cloudwatch=client("cloudwatch"),
        logs=client("logs"),
        sns=client("sns"),
        topic_arn=places()["ALARMS_TOPIC_ARN"],
        catalog=stores.catalog(),
    )
    return Generator(outlets, stories(), places().get("ITOPS_ENVIRONMENT", "unknown"))
