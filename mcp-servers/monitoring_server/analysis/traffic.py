"""Components that requests stopped reaching while their callers went on."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from monitoring_server.analysis.ledger import Telemetry
from monitoring_server.analysis.losses import REQUESTS, Values, series_of

_STOPPED = 0.2
_WENT_ON = 0.5
_ENOUGH = 5.0
"""Fewer requests a row than this come and go by chance."""


class Standstill(NamedTuple):
    """A component whose requests fell to next to nothing."""

    component: str
    before: float
    after: float


def standstills(telemetry: Telemetry, calls: Mapping[str, Sequence[str]]) -> list[Standstill]:
    """Return the components of `calls` whose traffic stopped while some caller's did not."""
    callers: dict[str, list[str]] = {}
    for caller, callees in calls.items():
        for callee in callees:
            callers.setdefault(callee, []).append(caller)
    found: list[Standstill] = []
    for component in calls:
        before, after = _traffic(telemetry, component)
        stopped = before >= _ENOUGH and after <= _STOPPED * before
        if stopped and any(_went_on(telemetry, caller) for caller in callers.get(component, ())):
            found.append(Standstill(component, before, after))
    return found


def _went_on(telemetry: Telemetry, component: str) -> bool:
    before, after = _traffic(telemetry, component)
    return before > 0 and after >= _WENT_ON * before


def _traffic(telemetry: Telemetry, component: str) -> tuple[float, float]:
    quiet_rows, rows = telemetry.span
    abnormal = series_of(telemetry.abnormal, component, REQUESTS, "Sum")
    normal = series_of(telemetry.normal, component, REQUESTS, "Sum")
    usual = _middle(normal)
    quiet = _middle(abnormal[:quiet_rows]) if abnormal else usual
    after = [value or 0.0 for value in abnormal[quiet_rows:]] or [0.0] * (rows - quiet_rows)
    return min(usual, quiet), median(after) if after else 0.0


def _middle(values: Values) -> float:
    known = [value for value in values if value is not None]
    return median(known) if known else 0.0
