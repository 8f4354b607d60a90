"""A secret that is read when it is needed, kept for minutes, and shown nowhere."""

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.workflow.channels.port import DeliveryFailedError

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_KEPT_SECONDS = 300


@dataclass
class Secret:
    """One secret of Secrets Manager: its text, or the field of this name where it is JSON."""

    client: "SecretsManagerClient"
    secret_id: str
    name: str = "token"
    _known: tuple[float, str] | None = field(default=None, init=False, repr=False)

    def __call__(self) -> str:
        """Return what it holds; raise `DeliveryFailedError` where it cannot be read."""
        if self._known is None or self._known[0] < time.monotonic():
            self._known = (time.monotonic() + _KEPT_SECONDS, self._read())
        return self._known[1]

    def forget(self) -> None:
        """Read it anew the next time: it may have been rotated."""
        self._known = None

    def _read(self) -> str:
        try:
            text = self.client.get_secret_value(SecretId=self.secret_id)["SecretString"]
        except (ClientError, BotoCoreError, KeyError) as error:
            kind = type(error).__name__
            raise DeliveryFailedError(f"its secret cannot be read ({kind})") from error
        held = _field(text, self.name)
        if not held:
            raise DeliveryFailedError(f"its secret holds no {self.name}")
        return held


def _field(text: str, name: str) -> str:
    try:
        held: Any = json.loads(text)
    except ValueError:
        return text.strip()
    if not isinstance(held, dict):
        return text.strip()
    return str(held.get(name) or next(iter(held.values()), "")).strip()
