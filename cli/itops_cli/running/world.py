"""What `itops run` looks at by default: a recorded night on call, with the shipped fleet.

`scenario.yaml` tells the night; `scripts/record_night.py` has recorded it once, so that a run does
not tell it anew. The fleet is told to the very moment of the recording.
"""

from pathlib import Path

from fleet_server.quantities import DIMENSION, NAMESPACE
from fleet_server.recorded.recording import FleetRecording
from fleet_server.recorded.story import shipped
from itops_core.domain.catalog import CatalogEntry
from monitoring_server.recorded.recording import RecordedMetric, Recording, load

NIGHT_SHIFT = Path(__file__).parent / "night_shift"


def recorded_night() -> Recording:
    """Return the recorded night, as it stood when it was recorded."""
    recording = load(NIGHT_SHIFT)
    return with_fleet(recording, shipped(recording.recorded_at))


def with_fleet(recording: Recording, fleet: FleetRecording) -> Recording:
    """Return a recording that tells of a fleet, too."""
    return recording.model_copy(
        update={
            "things": (*recording.things, *_things(fleet)),
            "metrics": (*recording.metrics, *_metrics(fleet)),
            "catalog": (*recording.catalog, *_entries(recording, fleet)),
        }
    )


def _things(fleet: FleetRecording) -> list[dict[str, object]]:
    return [
        {
            "thingName": one.device_id,
            "thingTypeName": one.fleet,
            "attributes": dict(one.attributes),
            "shadow": one.shadow,
        }
        for one in fleet.things
    ]


def _metrics(fleet: FleetRecording) -> list[RecordedMetric]:
    # The points were checked when they were told; tens of thousands are not checked again.
    return [
        RecordedMetric.model_construct(
            namespace=NAMESPACE,
            metric=one.quantity,
            dimensions={DIMENSION: one.device_id},
            unit="None",
            points=one.points,
        )
        for one in fleet.series
    ]


def _entries(recording: Recording, fleet: FleetRecording) -> list[CatalogEntry]:
    known = {one.entry_id for one in recording.catalog}
    return [
        CatalogEntry(
            entry_id=one.device_id,
            kind="device",
            tier=1,
            owner="cold-chain-team",
            description=", ".join(f"{name} {value}" for name, value in one.attributes.items()),
            resource=one.device_id,
            metric_namespace=NAMESPACE,
            metric_dimensions={DIMENSION: one.device_id},
        )
        for one in fleet.things
        if one.device_id not in known
    ]
