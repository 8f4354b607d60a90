"""Devices and what happens to them, told relative to a moment; and what they measure meanwhile."""

import hashlib
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from fleet_server.recorded.recording import (
    RECORDING_FILE,
    FleetRecording,
    RecordedSeries,
    RecordedThing,
    read,
)
from itops_core.domain.values import Value, utc_now
from itops_core.errors import InvalidInputError, NotFoundError

STORY_FILE = "story.yaml"
SHIPPED = Path(__file__).parent / "cold_chain"

_MINUTE = timedelta(minutes=1)
_DAY_MINUTES = 1440
"""In which a battery goes from its beginning to its end."""
_WARMING = 1 - math.exp(-1 / 18)
"""How much of the way to where it drifts a cargo goes in a minute."""
_COOLING = 1 - math.exp(-1 / 9)


class Episode(Value):
    """Something that lasts a while."""

    from_minutes_ago: int = Field(gt=0)
    to_minutes_ago: int = Field(ge=0, description="0: it goes on.")
    door_open: bool = False
    celsius: float
    compressor_percent: float = Field(ge=0, le=100)

    def lasts_at(self, minute: int) -> bool:
        """Tell whether it goes on at a minute; 0 is the moment that the story is told at."""
        return minute >= -self.from_minutes_ago and (
            self.to_minutes_ago == 0 or minute < -self.to_minutes_ago
        )


class StoryDevice(Value):
    """One device and its day."""

    device_id: str
    attributes: dict[str, str]
    celsius: float
    ambient_celsius: float
    battery_percent: tuple[float, float] = Field(description="At its beginning and its end.")
    signal_percent: float
    silent_for_minutes: int = Field(default=0, ge=0, lt=1440)
    episodes: tuple[Episode, ...] = ()
    reported: dict[str, Any] = Field(default_factory=dict)
    desired: dict[str, Any] = Field(default_factory=dict)


class Story(Value):
    """A fleet and its day."""

    fleet: str
    history_minutes: int = Field(gt=0, le=20_000)
    devices: tuple[StoryDevice, ...]


@lru_cache
def shipped_story() -> Story:
    """Return the story that comes with the project."""
    return _story(SHIPPED / STORY_FILE)


def shipped(now: datetime | None = None) -> FleetRecording:
    """Return the recording of the story that comes with the project."""
    return recorded(shipped_story(), now or utc_now())


def load(folder: Path, now: datetime | None = None) -> FleetRecording:
    """Return what is in a folder: a recording, or a story that is told relative to now."""
    if (folder / RECORDING_FILE).is_file():
        return read(folder)
    if (folder / STORY_FILE).is_file():
        return recorded(_story(folder / STORY_FILE), now or utc_now())
    raise NotFoundError(f"no fleet in {folder}: there is no {RECORDING_FILE} and no {STORY_FILE}")


def recorded(story: Story, now: datetime) -> FleetRecording:
    """Return the recording of a story that is told at `now`."""
    anchor = now.astimezone(UTC).replace(second=0, microsecond=0)
    things: list[RecordedThing] = []
    series: list[RecordedSeries] = []
    for device in story.devices:
        heard = anchor - device.silent_for_minutes * _MINUTE
        things.append(
            RecordedThing(
                device_id=device.device_id,
                fleet=story.fleet,
                attributes=device.attributes,
                shadow=shadow_document(device, heard),
            )
        )
        points: dict[str, list[tuple[float, float]]] = {}
        for minute, values in measured(device, -story.history_minutes, 0):
            moment = (anchor + minute * _MINUTE).timestamp()
            for quantity, value in values.items():
                points.setdefault(quantity, []).append((moment, value))
        series += [
            RecordedSeries(device_id=device.device_id, quantity=quantity, points=tuple(found))
            for quantity, found in points.items()
        ]
    return FleetRecording(recorded_at=now, things=tuple(things), series=tuple(series))


def measured(
    device: StoryDevice, first: int, last: int, calm_from: int | None = None
) -> Iterator[tuple[int, dict[str, float]]]:
    """Yield what a device measures in each minute, from `first` to before `last`.

    It stays as it was told: an episode that goes on at minute 0 goes on, silence stays; but from
    `calm_from` on nothing ails it any more.
    """
    celsius = device.celsius
    silent_from = -device.silent_for_minutes if device.silent_for_minutes else None
    earliest = min([first, *(-one.from_minutes_ago for one in device.episodes)])
    for minute in range(earliest, last):
        is_calm = calm_from is not None and minute >= calm_from
        lasting = () if is_calm else device.episodes
        episode = next((one for one in lasting if one.lasts_at(minute)), None)
        target = episode.celsius if episode else device.celsius
        celsius += (target - celsius) * (_WARMING if target > celsius else _COOLING)
        if minute < first or (silent_from is not None and minute >= silent_from):
            continue
        yield minute, _values(device, minute, (celsius, episode))


def shadow_document(device: StoryDevice, heard: datetime) -> dict[str, Any]:
    """Return the shadow of a device that was last heard of then, as AWS IoT has it."""
    at = {"timestamp": int(heard.timestamp())}
    state = {"reported": device.reported, "desired": device.desired}
    delta = {
        name: value for name, value in device.desired.items() if device.reported.get(name) != value
    }
    return {
        "state": {**state, **({"delta": delta} if delta else {})},
        "metadata": {part: dict.fromkeys(values, at) for part, values in state.items()},
        "version": 1,
        "timestamp": int(heard.timestamp()),
    }


def _values(
    device: StoryDevice, minute: int, now: tuple[float, Episode | None]
) -> dict[str, float]:
    celsius, episode = now
    full, empty = device.battery_percent
    gone = min(1.0, (minute + _DAY_MINUTES) / (_DAY_MINUTES - device.silent_for_minutes))
    needed = 35 + 1.5 * abs(device.ambient_celsius - device.celsius)
    compressor = episode.compressor_percent if episode else min(95.0, needed)
    wobble = _wobble(device.device_id, minute)
    return {
        "TemperatureCelsius": round(celsius + 0.15 * wobble("celsius"), 2),
        "AmbientCelsius": round(device.ambient_celsius + 0.6 * wobble("ambient"), 2),
        "HumidityPercent": round(58 + (9 if episode and episode.door_open else 0) + wobble("h"), 1),
        "DoorOpen": 1.0 if episode and episode.door_open else 0.0,
        "CompressorPercent": round(
            max(0.0, min(100.0, compressor + (3 * wobble("compressor") if compressor else 0))), 1
        ),
        "BatteryPercent": round(full + (empty - full) * max(0.0, gone), 1),
        "SignalPercent": round(device.signal_percent + 4 * wobble("signal"), 1),
        "ReportsReceived": 1.0,
    }


def _wobble(device_id: str, minute: int) -> Any:  # noqa: ANN401
    """Return noise between -1 and 1 that is the same whenever the same is asked."""

    def of(what: str) -> float:
        digest = hashlib.blake2b(f"{device_id} {what} {minute}".encode(), digest_size=4).digest()
        return int.from_bytes(digest) / 2**31 - 1

    return of


def _story(path: Path) -> Story:
    try:
        return Story.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, ValueError, yaml.YAMLError) as error:
        raise InvalidInputError(f"{path} cannot be read: {error}") from error
