"""Stands where boto3's clients do, and answers from a recording what the fleet server asks."""

import io
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from fleet_server.quantities import DIMENSION
from fleet_server.recorded.recording import FleetRecording, RecordedThing

Answer = dict[str, Any]


class RecordedRegistry:
    """AWS IoT's registry."""

    def __init__(self, recording: FleetRecording) -> None:
        self._things = {thing.device_id: thing for thing in recording.things}

    def list_things(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the things, of a type if one is given."""
        fleet = query.get("thingTypeName")
        found = [one for one in self._things.values() if fleet in {None, one.fleet}]
        return {"things": [_raw(one) for one in found]}

    def describe_thing(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return one thing."""
        return _raw(_known(self._things, query["thingName"], "DescribeThing"))


class RecordedShadows:
    """AWS IoT's shadows; only classic ones are recorded."""

    def __init__(self, recording: FleetRecording) -> None:
        self._things = {thing.device_id: thing for thing in recording.things}

    def get_thing_shadow(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return a shadow."""
        thing = _known(self._things, query["thingName"], "GetThingShadow")
        if thing.shadow is None or query.get("shadowName"):
            raise _missing("GetThingShadow", f"no shadow of {thing.device_id}")
        return {"payload": io.BytesIO(json.dumps(thing.shadow).encode())}


class RecordedReadings:
    """CloudWatch, as far as devices go."""

    def __init__(self, recording: FleetRecording) -> None:
        self._points = {(one.device_id, one.quantity): one.points for one in recording.series}

    def get_metric_data(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return series."""
        start, end = query["StartTime"].timestamp(), query["EndTime"].timestamp()
        return {
            "MetricDataResults": [
                {"Id": one["Id"], **self._series(one["MetricStat"], start, end)}
                for one in query["MetricDataQueries"]
            ]
        }

    def _series(self, stat: Answer, start: float, end: float) -> Answer:
        metric = stat["Metric"]
        device = next(
            (one["Value"] for one in metric["Dimensions"] if one["Name"] == DIMENSION), ""
        )
        period = stat["Period"]
        buckets: dict[float, list[float]] = {}
        for moment, value in self._points.get((device, metric["MetricName"]), ()):
            if start <= moment < end:
                buckets.setdefault(moment - moment % period, []).append(value)
        together = _STATISTICS[stat["Stat"]]
        return {
            "Timestamps": [datetime.fromtimestamp(one, UTC) for one in buckets],
            "Values": [together(values) for values in buckets.values()],
        }


_STATISTICS: dict[str, Callable[[list[float]], float]] = {
    "Average": lambda values: math.fsum(values) / len(values),
    "Maximum": max,
    "Sum": math.fsum,
}


def _raw(thing: RecordedThing) -> Answer:
    return {
        "thingName": thing.device_id,
        "thingTypeName": thing.fleet,
        "attributes": dict(thing.attributes),
        "version": 1,
    }


def _known(things: dict[str, RecordedThing], name: str, operation: str) -> RecordedThing:
    if name not in things:
        raise _missing(operation, f"no thing {name}")
    return things[name]


def _missing(operation: str, message: str) -> ClientError:
    metadata: Any = {"HTTPStatusCode": 404}
    error: Any = {"Code": "ResourceNotFoundException", "Message": message}
    return ClientError({"Error": error, "ResponseMetadata": metadata}, operation)
