"""Slack as this process knows it: what its requests are signed with, and the way back."""

import json
import time
from functools import lru_cache

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.observability import logger
from itops_core.settings import places
from itops_core.wiring.clients import client

_FRESH_SECONDS = 300
"""A secret that was changed counts after so long, at the latest."""


def signing_secret() -> str:
    """Return what Slack signs its requests with, or nothing where Slack is not set up."""
    arn = places().get("SLACK_SIGNING_SECRET_ARN")
    return _secret(arn, int(time.time() // _FRESH_SECONDS)) if arn else ""


def tell_slack(response_url: str, *, approval_id: str = "", note: str = "") -> bool:
    """Have the approval gate tell Slack what came of a click; `False` where that failed.

    What was decided stays decided: a click again tells how it stands.
    """
    told = {"operation": "tell_slack", "response_url": response_url}
    payload = {**told, "approval_id": approval_id, "note": note}
    try:
        client("lambda").invoke(
            FunctionName=places()["APPROVAL_GATE_FUNCTION"],
            InvocationType="Event",
            Payload=json.dumps(payload).encode(),
        )
    except (ClientError, BotoCoreError):
        logger("slack").warning("slack could not be told", approval_id=approval_id, exc_info=True)
        return False
    return True


@lru_cache(maxsize=2)
def _secret(arn: str, _period: int) -> str:
    text = str(client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    try:
        held = json.loads(text)
    except ValueError:
        return text.strip()
    if isinstance(held, dict):
        return str(held.get("signing_secret") or next(iter(held.values()), ""))
    return text.strip()
