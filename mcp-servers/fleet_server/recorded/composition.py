"""The fleet server over a recording."""

from collections.abc import Callable
from typing import Any

from fleet_server.assembly import Sources, field_over
from fleet_server.recorded.clients import RecordedReadings, RecordedRegistry, RecordedShadows
from fleet_server.recorded.recording import FleetRecording
from fleet_server.server import build_server
from itops_core.tools.tool_server import ToolServer

DATA_SOURCE = "recorded"

_SERVICES: dict[str, Callable[[FleetRecording], Any]] = {
    "iot": RecordedRegistry,
    "iot-data": RecordedShadows,
    "cloudwatch": RecordedReadings,
}


def recorded_server(recording: FleetRecording) -> ToolServer:
    """Return the fleet server, answering from `recording` as if it were its last moment."""
    sources = Sources(
        client=lambda name: _SERVICES[name](recording),
        now=lambda: recording.recorded_at,
    )
    return build_server(field_over(sources), DATA_SOURCE)
