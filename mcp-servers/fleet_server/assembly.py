"""The fleet server's tools over the clients they ask."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet_server.devices import Devices
from fleet_server.excursion_events import Excursions
from fleet_server.quantities import NAMESPACE
from fleet_server.readings import Readings
from fleet_server.registry import Registry
from fleet_server.server import Field
from fleet_server.telemetry import Telemetry


@dataclass(frozen=True)
class Sources:
    """Whom to ask, and what time it is."""

    client: Callable[[str], Any]
    """Returns the client of an AWS service, by boto3's name for it."""
    now: Callable[[], datetime]
    namespace: str = NAMESPACE


def field_over(sources: Sources) -> Field:
    """Return everything there is to look at in `sources`."""
    registry = Registry(sources.client("iot"), sources.client("iot-data"))
    readings = Readings(sources.client("cloudwatch"), sources.namespace)
    parts = (registry, readings, sources.now)
    return Field(Devices(*parts), Telemetry(*parts), Excursions(*parts))
