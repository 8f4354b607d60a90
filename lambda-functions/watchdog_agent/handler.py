"""Rounds of watching, on schedule and on request; and how the fleet is, for the API."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from itops_core.domain.values import utc_now
from itops_core.stores.watching import FleetStore
from itops_core.wiring.stores import runtime
from itops_core.wiring.tools import gateway
from watchdog_agent.fleet import fleet_view
from watchdog_agent.wiring import rounds


def handler(event: dict[str, Any], _context: LambdaContext) -> Mapping[str, Any]:
    """Make a round, or keep how the fleet is."""
    if event.get("ask") == "fleet":
        return FleetStore(runtime()).put(fleet_view(gateway("fleet"), utc_now)).counts
    return rounds().make(event)
