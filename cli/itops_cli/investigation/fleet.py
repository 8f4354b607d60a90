"""The devices of a recording, as the fleet server reads them."""

from fleet_server.quantities import DIMENSION
from fleet_server.recorded.recording import FleetRecording, RecordedSeries, RecordedThing
from monitoring_server.recorded.recording import Recording


def fleet_of(recording: Recording) -> FleetRecording:
    """Return the devices that a recording tells of, with what they measured."""
    things = {
        entry.resource or entry.entry_id: RecordedThing(device_id=entry.resource or entry.entry_id)
        for entry in recording.catalog
        if entry.kind == "device"
    }
    for raw in recording.things:
        things[raw["thingName"]] = RecordedThing(
            device_id=raw["thingName"],
            fleet=raw.get("thingTypeName") or "",
            attributes=raw.get("attributes") or {},
            shadow=raw.get("shadow"),
        )
    series = tuple(
        RecordedSeries(
            device_id=metric.dimensions[DIMENSION], quantity=metric.metric, points=metric.points
        )
        for metric in recording.metrics
        if set(metric.dimensions) == {DIMENSION} and metric.dimensions[DIMENSION] in things
    )
    return FleetRecording(
        recorded_at=recording.recorded_at, things=tuple(things.values()), series=series
    )
