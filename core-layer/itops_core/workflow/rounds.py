"""Asks the watchdog's function for a round, or to look at the fleet; waits for neither."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WatchdogFunction:
    """The function that watches."""

    client: Callable[[], Any]
    function_name: str

    def ask_for_round(self, run_id: str, trigger: str, device: str) -> None:
        """Have a round made."""
        self._ask({"watch": {"run_id": run_id, "trigger": trigger, "device": device}})

    def ask_for_fleet(self) -> None:
        """Have the fleet looked at."""
        self._ask({"ask": "fleet"})

    def _ask(self, event: Mapping[str, Any]) -> None:
        self.client().invoke(
            FunctionName=self.function_name, InvocationType="Event", Payload=json.dumps(event)
        )
