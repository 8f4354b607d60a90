"""The gate of the tools that write, and the token that GitHub asks for."""

import json
from functools import lru_cache

from itops_core.errors import InvalidInputError
from itops_core.remediation.writing import WriteGate, message_policies
from itops_core.settings import config, places
from itops_core.wiring.clients import client
from itops_core.wiring.switch import kill_switch


@lru_cache
def write_gate() -> WriteGate:
    """Return the gate of the tools that write."""
    return WriteGate(config().writing, message_policies, kill_switch().read)


def github_token() -> str:
    """Return GitHub's token when it is needed: from the environment, else from the secret."""
    if token := places().get("ITOPS_GITHUB_TOKEN"):
        return token
    secret = places().get("ITOPS_GITHUB_TOKEN_SECRET")
    if not secret:
        raise InvalidInputError("no GitHub token: ITOPS_GITHUB_TOKEN_SECRET names no secret")
    text = str(client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])
    try:
        held = json.loads(text)
    except ValueError:
        return text.strip()
    if isinstance(held, dict):
        return str(held.get("token") or held.get("GITHUB_TOKEN") or next(iter(held.values()), ""))
    return text.strip()
