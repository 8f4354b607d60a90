"""One device of the fleet: what it measured, and where its cargo left the limits."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from pydantic import Field

from incident_api.operations import Call, Resource
from itops_core.domain.fleet import SILENT_AFTER, DeviceTelemetry, ExcursionSeen, Measured
from itops_core.domain.people import Role
from itops_core.domain.pipelines import seen_as
from itops_core.domain.values import Value, utc_now
from itops_core.errors import InvalidInputError
from itops_core.wiring.workflow import looker

resource = Resource("watching")
_QUANTITIES = ("TemperatureCelsius", "AmbientCelsius")


class TelemetryQuery(Value):
    """How far back."""

    hours_back: int = Field(default=12, ge=1, le=336)


@resource.operation(
    "GET /fleet/<device_id>/telemetry",
    role=Role.VIEWER,
    answer=DeviceTelemetry,
    also=(HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.UNPROCESSABLE_ENTITY),
)
def get_device_telemetry(call: Call[None, TelemetryQuery]) -> DeviceTelemetry:
    """Show what a device measured: cargo and outside air, with its excursions."""
    until = utc_now()
    asked = {"device_id": call.path["device_id"], "minutes_back": call.query.hours_back * 60}
    with ThreadPoolExecutor(1) as beside:
        # At once: one after the other they may take longer than the API has.
        judged = beside.submit(_excursions, asked)
        seen = looker().look("telemetry", {**asked, "quantities": list(_QUANTITIES)})
        excursions, note = judged.result()
    return DeviceTelemetry(
        device_id=seen["device_id"],
        product_class=seen["product_class"],
        limits_celsius=seen["limits_celsius"],
        since=until - timedelta(hours=call.query.hours_back),
        until=until,
        period_seconds=seen["period_seconds"],
        silent_after_seconds=round(SILENT_AFTER.total_seconds()),
        series=tuple(seen_as(Measured, one) for one in seen["series"]),
        absent=seen["absent"],
        excursions=excursions,
        note=note or seen["note"],
    )


def _excursions(asked: Mapping[str, Any]) -> tuple[tuple[ExcursionSeen, ...], str]:
    """Return where the cargo left its limits, or why that cannot be told."""
    try:
        seen = looker().look("excursions", {**asked, "include_allowed": True})
    except InvalidInputError as error:
        return (), str(error)
    return tuple(seen_as(ExcursionSeen, {**one, **one["stretch"]}) for one in seen["events"]), ""
