"""A fleet as it stood at one moment, and how it is kept in a folder."""

import json
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from itops_core.domain.values import Moment, Value, canonical_json
from itops_core.errors import InvalidInputError

RECORDING_FILE = "fleet.json"


class RecordedThing(Value):
    """One device of the registry, with its classic shadow."""

    device_id: str
    fleet: str = ""
    attributes: dict[str, str] = Field(default_factory=dict)
    shadow: dict[str, Any] | None = Field(default=None, description="As GetThingShadow has it.")


class RecordedSeries(Value):
    """One quantity of one device, oldest first: seconds since the epoch, value."""

    device_id: str
    quantity: str
    points: tuple[tuple[float, float], ...] = ()


class FleetRecording(Value):
    """A fleet as it stood at one moment."""

    recorded_at: Moment
    things: tuple[RecordedThing, ...] = ()
    series: tuple[RecordedSeries, ...] = ()


def save(recording: FleetRecording, folder: Path) -> None:
    """Write a recording to `folder`, in place of the one there."""
    folder.mkdir(parents=True, exist_ok=True)
    text = canonical_json(recording.model_dump(mode="json"))
    (folder / RECORDING_FILE).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> FleetRecording:
    """Return the recording in `folder`, or raise what is wrong with it."""
    path = folder / RECORDING_FILE
    try:
        return FleetRecording.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValidationError, ValueError) as error:
        raise InvalidInputError(f"{path} cannot be read: {error}") from error
