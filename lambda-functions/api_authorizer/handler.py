"""Who calls the REST API: the token of the request stands for a name and a role.

What a role may do is decided by the API, call by call; here it is only told.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from api_authorizer.callers import UnauthorizedError, admitted, policy_for
from itops_core.observability import logger

_log = logger("api_authorizer")


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answer with a policy for the caller, or refuse."""
    who = admitted(event)
    if who is None:
        _log.info("caller refused")
        raise UnauthorizedError
    _log.info("caller known", caller=who.caller.name, role=who.caller.role)
    return policy_for(who, str(event["methodArn"]))
