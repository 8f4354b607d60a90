"""Asks the watchdog's function for a round, or how the fleet is."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from itops_core.domain.fleet import FleetView
from itops_core.errors import ToolUnavailableError


@dataclass(frozen=True)
class WatchdogFunction:
    """The function that watches."""

    client: Callable[[], Any]
    function_name: str

    def ask_for_round(self, run_id: str, trigger: str, device: str) -> None:
        """Have a round made, without waiting for it."""
        wish = {"run_id": run_id, "trigger": trigger, "device": device}
        self.client().invoke(
            FunctionName=self.function_name,
            InvocationType="Event",
            Payload=json.dumps({"watch": wish}),
        )

    def fleet(self) -> FleetView:
        """Return how the fleet is; raise `ToolUnavailableError` where it cannot be told."""
        try:
            reply = self.client().invoke(
                FunctionName=self.function_name, Payload=json.dumps({"ask": "fleet"})
            )
            told = json.loads(reply["Payload"].read())
            if reply.get("FunctionError"):
                raise ToolUnavailableError("fleet", "the watchdog could not ask for it")
            return FleetView.model_validate(told)
        except (ClientError, BotoCoreError, ValidationError, ValueError) as error:
            raise ToolUnavailableError("fleet", type(error).__name__) from error
