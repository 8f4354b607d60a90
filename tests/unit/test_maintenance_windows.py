"""When a maintenance window is open, and whom it speaks of."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from itops_core.domain.maintenance import MaintenanceWindow, NewWindow

FRIDAY = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NIGHTLY = {"days": ["fri"], "at": "23:00", "minutes": 120}


def a_window(**changes: object) -> MaintenanceWindow:
    fields: dict[str, Any] = {
        "window_id": "MNT-00000001",
        "created_by": "ann",
        "created_at": FRIDAY,
        "services": ["payment-service"],
        "starts_at": FRIDAY,
        "ends_at": FRIDAY + HOUR,
        "reason": "a certificate is changed",
        **changes,
    }
    return MaintenanceWindow.model_validate(fields)


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (FRIDAY - timedelta(seconds=1), False),
        (FRIDAY, True),
        (FRIDAY + HOUR - timedelta(seconds=1), True),
        (FRIDAY + HOUR, False),
    ],
)
def test_a_window_is_open_from_its_beginning_until_just_before_its_end(
    at: datetime, is_open: bool
) -> None:
    assert (a_window().span_at(at) is not None) is is_open


@pytest.mark.parametrize(
    ("hours", "is_open"),
    [(10.9, False), (11, True), (12.9, True), (13, False), (35, False), (179, True), (180, True)],
)
def test_a_recurring_window_is_open_on_its_days_also_past_midnight(
    hours: float, is_open: bool
) -> None:
    window = a_window(ends_at=None, recurrence=NIGHTLY)

    assert (window.span_at(FRIDAY + hours * HOUR) is not None) is is_open


def test_a_recurring_window_ends_for_good_when_it_was_to() -> None:
    window = a_window(ends_at=FRIDAY + 12 * HOUR, recurrence=NIGHTLY)

    span = window.span_at(FRIDAY + 11.5 * HOUR)

    assert span is not None
    assert span.ends_at == FRIDAY + 12 * HOUR
    assert window.span_at(FRIDAY + 12.5 * HOUR) is None
    assert window.is_past(FRIDAY + 12 * HOUR)


def test_a_removed_window_is_over_at_once() -> None:
    window = a_window(removed_at=FRIDAY + HOUR / 2)

    assert window.span_at(FRIDAY + HOUR / 4) is not None
    assert window.span_at(FRIDAY + HOUR / 2) is None
    assert window.is_past(FRIDAY + HOUR / 2)


@pytest.mark.parametrize(
    ("services", "covered"),
    [
        (["payment-service"], True),
        (["Payment-Service"], True),
        (["payment-*"], True),
        (["*"], True),
        (["payment-memory-high"], True),
        (["payment"], False),
        (["checkout", "pay?"], False),
    ],
)
def test_a_window_speaks_of_services_and_of_alarms_by_name_or_pattern(
    services: list[str], covered: bool
) -> None:
    window = a_window(services=services)

    assert window.covers("payment-service", "payment-memory-high") is covered


def test_a_window_that_does_not_recur_needs_an_end() -> None:
    with pytest.raises(ValidationError, match="ends_at"):
        NewWindow.model_validate(
            {"services": ["x"], "starts_at": FRIDAY, "reason": "no end in sight"}
        )


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        # Berlin is two hours ahead of UTC until 25 October 2026, 03:00, and one hour afterwards.
        ("2026-10-23T00:00:00Z", True),
        ("2026-10-23T01:00:00Z", False),
        ("2026-10-30T00:30:00Z", False),
        ("2026-10-30T01:00:00Z", True),
        ("2026-10-30T02:00:00Z", False),
        # Put back at 03:00: 02:00 comes twice, and the first is meant.
        ("2026-10-25T00:00:00Z", True),
        ("2026-10-25T01:00:00Z", False),
        # Put forward on 28 March 2027 at 02:00: it begins at 03:00, and lasts as long.
        ("2027-03-28T00:59:00Z", False),
        ("2027-03-28T01:00:00Z", True),
        ("2027-03-28T02:00:00Z", False),
    ],
)
def test_a_window_by_local_clocks_keeps_to_them_in_summer_and_in_winter(
    at: str, is_open: bool
) -> None:
    rhythm = {"days": ["fri", "sun"], "at": "02:00", "minutes": 60, "time_zone": "Europe/Berlin"}
    window = a_window(starts_at="2026-01-01T00:00:00Z", ends_at=None, recurrence=rhythm)

    assert (window.span_at(datetime.fromisoformat(at)) is not None) is is_open


def test_the_day_of_a_window_is_the_day_in_its_own_time_zone() -> None:
    rhythm = {"days": ["sat"], "at": "05:00", "minutes": 60, "time_zone": "Asia/Tokyo"}
    window = a_window(ends_at=None, recurrence=rhythm)

    assert window.span_at(datetime(2026, 11, 20, 20, 30, tzinfo=UTC)) is not None
    assert window.span_at(datetime(2026, 11, 21, 20, 30, tzinfo=UTC)) is None


@pytest.mark.parametrize("name", ["Mars/Olympus", "Europe", "../etc/passwd", "/etc/localtime", ""])
def test_a_time_zone_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="there is no time zone"):
        a_window(ends_at=None, recurrence={**NIGHTLY, "time_zone": name})
