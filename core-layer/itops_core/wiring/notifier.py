"""The way to the notifier, for those who have something to tell."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from itops_core.domain.notification import Occasion
from itops_core.settings import places

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_HANDING_OVER = Config(
    # Not to wait for is what it is there for: the sweep finds what was not handed over.
    connect_timeout=2,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 2},
)


@dataclass(frozen=True)
class NotifierFunction:
    """The function that delivers, started and not waited for."""

    client: "LambdaClient"
    function_name: str

    def deliver(self, incident_id: str) -> None:
        """Have what is undelivered of an incident delivered."""
        self._start({"operation": "deliver", "incident_id": incident_id})

    def tell(self, incident_id: str, occasion: Occasion, detail: str, key: str) -> None:
        """Have an incident's people told something, once for each key."""
        told = {"kind": occasion.value, "detail": detail, "key": key}
        self._start({"operation": "tell", "incident_id": incident_id, **told})

    def sweep(self) -> None:
        """Have everything delivered that is due."""
        self._start({"operation": "sweep"})

    def _start(self, event: dict[str, str]) -> None:
        self.client.invoke(
            FunctionName=self.function_name,
            InvocationType="Event",
            Payload=json.dumps(event).encode(),
        )


@lru_cache
def notifier() -> NotifierFunction:
    """Return the notifier."""
    return NotifierFunction(
        boto3.client("lambda", config=_HANDING_OVER), places()["NOTIFIER_FUNCTION"]
    )
