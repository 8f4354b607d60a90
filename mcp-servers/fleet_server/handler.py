"""The fleet server as a Lambda: one JSON-RPC message in, one out."""

from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from fleet_server.composition import server
from itops_core.tools.lambda_entry import LambdaEntry


@lru_cache
def _entry() -> LambdaEntry:
    return LambdaEntry(server())


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answer one message."""
    return _entry().answer(event)
