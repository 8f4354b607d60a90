"""Devices: cargo outside of its limits, and who has fallen silent by its own rhythm."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from itops_core.domain.evidence import Claim
from itops_core.domain.investigation import Observation
from itops_core.domain.reports import Finding, FindingKind
from itops_core.domain.verdict import Severity
from itops_core.reasoning.offline.reading import moment, number_of, records, text_of
from itops_core.reasoning.offline.sightings import quoted_field
from itops_core.reasoning.offline.watching.watched import Told, Watched, claim_of, span_of

_FAR_CELSIUS = 3.0
_LONG_OVER_MINUTES = 15.0
_SET_POINT_CELSIUS = 4.0
_SET_POINT_READINGS = 6
_MISSED_REPORTS = 4
"""So many reports that did not come make a silence, not a hiccup."""
_LEAST_SILENCE_MINUTES = 10.0
_LONG_SILENCE_MINUTES = 60.0
_OFTEN = 3
"""Reports in a period that tell the rhythm by themselves."""
_SLOWEST_MINUTES = 5.0
"""How often a device reports of which no rhythm is known."""
_LOW_BATTERY = 15.0
_HARDLY_RUNS = 20.0


def device_findings(watched: Watched) -> Iterator[Finding]:
    """Yield what is wrong with devices."""
    yield from _excursions(watched)
    for told in watched.rows("list_fleet_devices", "devices", "device_id"):
        yield from _silence(watched, told)
        yield from _off_its_set_point(watched, told)


def _excursions(watched: Watched) -> Iterator[Finding]:
    for seen, event in watched.rows("get_excursion_events", "events"):
        stretch = event.get("stretch")
        if text_of(event, "verdict") != "excursion" or not isinstance(stretch, dict):
            continue
        device, state = text_of(event, "device_id"), text_of(event, "state")
        quotes = (
            quoted_field("device_id", device),
            quoted_field("over_minutes", event.get("over_minutes")),
            quoted_field("extreme_celsius", stretch.get("extreme_celsius")),
        )
        yield Finding(
            kind=FindingKind.EXCURSION,
            component=device,
            severity=_severity(event, stretch, state),
            claim=claim_of(_excursion_text(event, stretch), seen, *quotes),
            more=tuple(_circumstances(watched, event, seen)) if state != "ended" else (),
            since=moment(stretch.get("began_at")),
        )


def _severity(event: Mapping[str, Any], stretch: Mapping[str, Any], state: str) -> Severity:
    if state == "ended":
        return Severity.MEDIUM
    over = number_of(event, "over_minutes") or 0.0
    limit = number_of(event, "limit_celsius") or 0.0
    beyond = abs((number_of(stretch, "extreme_celsius") or limit) - limit)
    is_bad = state == "unknown" or over >= _LONG_OVER_MINUTES or beyond >= _FAR_CELSIUS
    return Severity.CRITICAL if is_bad else Severity.HIGH


def _excursion_text(event: Mapping[str, Any], stretch: Mapping[str, Any]) -> str:
    device, product = text_of(event, "device_id"), text_of(event, "product_class")
    side, limit = text_of(stretch, "side"), number_of(event, "limit_celsius")
    minutes, over = number_of(stretch, "minutes") or 0, number_of(event, "over_minutes") or 0
    extreme = number_of(stretch, "extreme_celsius")
    is_over = text_of(event, "state") == "ended"
    return (
        f"{device} ({product}) {'was' if is_over else 'is'} {side} {limit:g} °C for "
        f"{minutes:.0f} min, {over:.0f} more than allowed; {extreme:g} °C at the "
        f"{'highest' if side == 'above' else 'lowest'}"
        + (", and is back within its limits." if is_over else ", and it goes on.")
    )


def _circumstances(
    watched: Watched, event: Mapping[str, Any], seen: Observation
) -> Iterator[Claim]:
    device = text_of(event, "device_id")
    compressor = number_of(event, "compressor_percent")
    door = number_of(event, "door_open_minutes")
    if compressor is not None and compressor < _HARDLY_RUNS:
        quote = quoted_field("compressor_percent", event.get("compressor_percent"))
        text = f"The compressor of {device} hardly ran meanwhile: {compressor:g} %."
        yield claim_of(text, seen, quote)
    if door is not None:
        told = f"stood open for {door:.0f} min" if door else "is closed"
        quote = quoted_field("door_open_minutes", event.get("door_open_minutes"))
        yield claim_of(f"The door of {device} {told}.", seen, quote)
    shadow = watched.answer("get_device_shadow", device_id=device)
    reported = shadow.content.get("reported") if shadow else None
    if shadow is None or not isinstance(reported, dict):
        return
    for code in reported.get("fault_codes") or ():
        yield claim_of(f"{device} reports the fault {code}.", shadow, str(code))
    if (wanted := number_of(reported, "setpoint_celsius")) is not None:
        quote = quoted_field("setpoint_celsius", reported.get("setpoint_celsius"))
        yield claim_of(f"Its set point is {wanted:g} °C.", shadow, quote)


def _silence(watched: Watched, told: Told) -> Iterator[Finding]:
    seen, row = told
    device, minutes = text_of(row, "device_id"), number_of(row, "silent_minutes")
    quote = f"{quoted_field('condition', row.get('condition'))},{quoted_field('device_id', device)}"
    if text_of(row, "condition") == "never_reported":
        text = f"{device} is registered, but nothing was heard of it for a day."
        yield _silent(device, Severity.MEDIUM, claim_of(text, seen, quote))
        return
    if minutes is None:
        return
    readings = watched.answer("get_device_telemetry", device_id=device)
    rhythm = reporting_minutes(readings) or _SLOWEST_MINUTES
    if minutes < max(_LEAST_SILENCE_MINUTES, _MISSED_REPORTS * rhythm):
        return
    is_long = minutes >= max(_LONG_SILENCE_MINUTES, 2 * _MISSED_REPORTS * rhythm)
    text = (
        f"Nothing was heard of {device} for {span_of(minutes)}; it reports every "
        f"{span_of(rhythm) if rhythm >= 1.5 else 'minute'} otherwise."
    )
    claim = claim_of(text, seen, quote, quoted_field("silent_minutes", row.get("silent_minutes")))
    finding = _silent(device, Severity.HIGH if is_long else Severity.MEDIUM, claim)
    yield finding.model_copy(
        update={
            "since": watched.now - timedelta(minutes=minutes),
            "more": tuple(_last_words(readings, device)),
        }
    )


def _silent(device: str, severity: Severity, claim: Claim) -> Finding:
    return Finding(kind=FindingKind.SILENCE, component=device, severity=severity, claim=claim)


def _last_words(readings: Observation | None, device: str) -> Iterator[Claim]:
    """Yield what the last readings tell of why a device fell silent."""
    for series in records(readings.content, "series") if readings else ():
        level = number_of(series, "latest")
        is_battery = text_of(series, "quantity") == "BatteryPercent"
        if readings and is_battery and level is not None and level <= _LOW_BATTERY:
            text = f"Its battery stood at {level:g} % when {device} was heard of last."
            yield claim_of(text, readings, quoted_field("latest", series.get("latest")))


def reporting_minutes(readings: Observation | None) -> float | None:
    """Return every how many minutes a device reported, while it did."""
    if readings is None:
        return None
    period = (number_of(readings.content, "period_seconds") or 0) / 60
    for series in records(readings.content, "series"):
        points = series.get("points")
        if text_of(series, "quantity") != "ReportsReceived" or not isinstance(points, list):
            continue
        told = [(moment(one[0]), one[1]) for one in points if isinstance(one, list)]
        known = [(at, count) for at, count in told if at and isinstance(count, int | float)]
        reports = sum(count for _, count in known[:-1])
        if len(known) < 2 or not reports:
            return None
        most = max(count for _, count in known)
        if most >= _OFTEN:
            # The fullest period shows the rhythm; those at the edges are cut off.
            return max(1.0, period / most)
        return max(1.0, (known[-1][0] - known[0][0]).total_seconds() / 60 / reports)
    return max(1.0, period) if period and records(readings.content, "series") else None


def _off_its_set_point(watched: Watched, told: Told) -> Iterator[Finding]:
    """Yield a device without limits of its own that is not at the temperature it is set to."""
    _, row = told
    device = text_of(row, "device_id")
    if text_of(row, "condition") != "no_rule":
        return
    shadow = watched.answer("get_device_shadow", device_id=device)
    readings = watched.answer("get_device_telemetry", device_id=device)
    reported = shadow.content.get("reported") if shadow else None
    wanted = number_of(reported, "setpoint_celsius") if isinstance(reported, dict) else None
    if shadow is None or readings is None or wanted is None:
        return
    for series in records(readings.content, "series"):
        points = series.get("points")
        if text_of(series, "quantity") != "TemperatureCelsius" or not isinstance(points, list):
            continue
        last = [float(one[1]) for one in points[-_SET_POINT_READINGS:] if len(one) > 1]
        if len(last) == _SET_POINT_READINGS and min(abs(one - wanted) for one in last) > (
            _SET_POINT_CELSIUS
        ):
            text = f"{device} is at {last[-1]:g} °C, but set to {wanted:g} °C."
            quote = quoted_field("latest", series.get("latest"))
            yield Finding(
                kind=FindingKind.EXCURSION,
                component=device,
                severity=Severity.MEDIUM,
                claim=claim_of(text, readings, quote),
            )
