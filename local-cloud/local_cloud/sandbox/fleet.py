"""The truck fleet of the sandbox: in the registry from the start, reporting once a minute.

Told by the story that comes with the fleet server, from the moment it was seeded on. The thread
knows only what AWS tells it: what a device last reported, and since when it is there.
"""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from fleet_server.quantities import DIMENSION, NAMESPACE
from fleet_server.recorded.story import (
    StoryDevice,
    measured,
    shipped_story,
)
from itops_core.remediation.devices import REQUESTED_AT, RESTARTED_AT
from local_cloud.sandbox.rhythm import Rhythm
from local_cloud.sandbox.world import Address

SINCE = "in_service_since"
"""The attribute that keeps the moment at which a device's story is told."""

_MINUTE = timedelta(minutes=1)
_HISTORY_MINUTES = 240
_DATA_A_CALL = 1000
_PAUSE_SECONDS = 5.0

_logger = logging.getLogger(__name__)


def seed_fleet(address: Address) -> tuple[str, ...]:
    """Register the devices that are not there yet, with their shadows; return the names of all."""
    iot, shadows = address.client("iot"), address.client("iot-data")
    story = shipped_story()
    there = {one["thingName"] for one in iot.list_things()["things"]}
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:00Z")
    iot.create_thing_type(thingTypeName=story.fleet)
    for device in story.devices:
        if device.device_id in there:
            continue
        iot.create_thing(
            thingName=device.device_id,
            thingTypeName=story.fleet,
            attributePayload={"attributes": {**device.attributes, SINCE: since}},
        )
        state = {"state": {"reported": device.reported, "desired": device.desired}}
        shadows.update_thing_shadow(thingName=device.device_id, payload=json.dumps(state))
    return tuple(device.device_id for device in story.devices)


def fleet_rhythm(address: Address) -> Rhythm:
    """Return what lets the devices report until it is stopped."""
    return Rhythm("sandbox-fleet", _PAUSE_SECONDS, lambda: Fleet(address).beat)


class Fleet:
    """What one beat reports; keeps only what it can find again."""

    def __init__(self, address: Address) -> None:
        self._iot = address.client("iot")
        self._shadows = address.client("iot-data")
        self._cloudwatch = address.client("cloudwatch")
        self._reported_at: dict[str, datetime] = {}

    def beat(self, now: float) -> None:
        """Report every whole minute that has passed and was not reported yet."""
        minute = datetime.fromtimestamp(now - now % 60, UTC)
        if self._reported_at and min(self._reported_at.values()) >= minute:
            return
        known = {one["thingName"]: one for one in self._iot.list_things()["things"]}
        data: list[dict[str, Any]] = []
        for device in shipped_story().devices:
            since = known.get(device.device_id, {}).get("attributes", {}).get(SINCE)
            if since:
                data += self._reports(device, datetime.fromisoformat(since), minute)
        for first in range(0, len(data), _DATA_A_CALL):
            chunk = data[first : first + _DATA_A_CALL]
            self._cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=chunk)

    def _reports(
        self, device: StoryDevice, since: datetime, until: datetime
    ) -> Iterator[dict[str, Any]]:
        last = self._reported_at.get(device.device_id) or self._last_report(device, until)
        begin = last or min(since, until) - _HISTORY_MINUTES * _MINUTE
        calm_from = self._restarted(device, since, until)
        told = measured(device, _minutes(begin - since), _minutes(until - since), calm_from)
        for number, values in told:
            at = since + number * _MINUTE
            yield from (
                {
                    "MetricName": quantity,
                    "Dimensions": [{"Name": DIMENSION, "Value": device.device_id}],
                    "Timestamp": at,
                    "Value": value,
                }
                for quantity, value in values.items()
            )
        self._reported_at[device.device_id] = until

    def _last_report(self, device: StoryDevice, until: datetime) -> datetime | None:
        """Return the minute after the last one that CloudWatch has, after a restart."""
        told = self._cloudwatch.get_metric_data(
            MetricDataQueries=[
                {
                    "Id": "last",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": NAMESPACE,
                            "MetricName": "ReportsReceived",
                            "Dimensions": [{"Name": DIMENSION, "Value": device.device_id}],
                        },
                        "Period": 60,
                        "Stat": "Sum",
                    },
                }
            ],
            StartTime=until - _HISTORY_MINUTES * _MINUTE,
            EndTime=until,
        )
        moments = told["MetricDataResults"][0].get("Timestamps", [])
        return max(moments).astimezone(UTC) + _MINUTE if moments else None

    def _restarted(self, device: StoryDevice, since: datetime, now: datetime) -> int | None:
        """Return the minute from which the device is well again, having been restarted.

        One that is silent hears of nothing.
        """
        raw = self._shadows.get_thing_shadow(thingName=device.device_id)["payload"].read()
        state = json.loads(raw).get("state", {})
        asked = state.get("desired", {}).get(REQUESTED_AT, "")
        done = state.get("reported", {}).get(RESTARTED_AT, "")
        if asked and done < asked and not device.silent_for_minutes:
            done = now.isoformat()
            reported = {RESTARTED_AT: done, "fault_codes": [], "mode": "cooling"}
            payload = json.dumps({"state": {"reported": reported}})
            self._shadows.update_thing_shadow(thingName=device.device_id, payload=payload)
        return _minutes(datetime.fromisoformat(done) - since) if done else None


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
