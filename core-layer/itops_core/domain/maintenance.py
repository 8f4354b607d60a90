"""Maintenance windows: when alarms of which services are expected, who said so and why."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from itops_core.domain.values import Moment, Value

LONGEST = timedelta(days=30)
"""A window longer than this is no maintenance: alarms would be forgotten in it."""
FARTHEST = timedelta(days=366)
"""Nobody knows what is to be mended later than that, or that it still is."""
_A_DAY = 24 * 60

Pattern = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._\-/:*?]{1,200}$", strip_whitespace=True)
]
WindowId = Annotated[str, StringConstraints(pattern=r"^MNT-[0-9A-F]{8}$")]
Clock = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class Span(Value):
    """One stretch of time in which a window is open."""

    starts_at: Moment
    ends_at: Moment

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies in it."""
        return self.starts_at <= at < self.ends_at


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - few windows are kept by local clocks

    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        raise ValueError(
            f"there is no time zone {name!r}; take a name such as Europe/Berlin or UTC"
        ) from error


def _known_zone(name: str) -> str:
    _zone(name)
    return name


TimeZone = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=60), AfterValidator(_known_zone)
]


class Recurrence(Value):
    """On which days, from when by the clocks of a time zone, for how long.

    Where clocks are put forward past its beginning, it begins as much later; where they are put
    back, the first of the two is meant. It lasts so many minutes in any case.
    """

    days: tuple[Weekday, ...] = Field(min_length=1, max_length=7)
    at: Clock = Field(description="HH:MM, by the clocks of the time zone.")
    minutes: int = Field(ge=5, le=_A_DAY, description="How long it lasts.")
    time_zone: TimeZone = Field(
        default="UTC", description="Its name in the IANA database, for example Europe/Berlin."
    )

    @property
    def leaves_no_gap(self) -> bool:
        """Whether one begins where another ends, always."""
        return set(self.days) == set(Weekday) and self.minutes >= _A_DAY

    def on(self, day: date) -> Span | None:
        """Return when it is open from that day on, a day of its time zone."""
        if list(Weekday)[day.weekday()] not in self.days:
            return None
        hour, minute = map(int, self.at.split(":"))
        local = datetime.combine(day, time(hour, minute), _zone(self.time_zone))
        starts = local.astimezone(UTC)
        return Span(starts_at=starts, ends_at=starts + timedelta(minutes=self.minutes))

    def day_of(self, at: datetime) -> date:
        """Return which day it is then, in its time zone."""
        return at.astimezone(_zone(self.time_zone)).date()


class NewWindow(Value):
    """A maintenance window as somebody asks for it; one that cannot be meant is refused."""

    services: tuple[Pattern, ...] = Field(
        min_length=1,
        max_length=50,
        description="Services or alarms by name; * and ? stand for anything, a lone * for all.",
    )
    starts_at: Moment
    ends_at: Moment | None = Field(
        default=None,
        description="Of a recurring window: the last of it, a year ahead at most; left out: then.",
    )
    recurrence: Recurrence | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]

    @model_validator(mode="after")
    def _can_be_meant(self) -> Self:
        if self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("ends_at has to lie behind starts_at")
        if self.recurrence is None:
            if self.ends_at is None:
                raise ValueError("a window that does not recur needs ends_at")
            if self.ends_at - self.starts_at > LONGEST:
                raise ValueError(f"a window lasts {LONGEST.days} days at most")
        return self


class MaintenanceWindow(NewWindow):
    """A maintenance window on record."""

    window_id: WindowId
    created_by: str
    created_at: Moment
    removed_at: Moment | None = None
    removed_by: str | None = None

    def covers(self, service: str, alarm: str) -> bool:
        """Whether it speaks of that service, or of that alarm."""
        return any(
            fnmatchcase(name.lower(), pattern.lower())
            for pattern in self.services
            for name in (service, alarm)
        )

    def span_at(self, at: datetime) -> Span | None:
        """Return the stretch of it that `at` lies in, or `None`."""
        if self.removed_at is not None and at >= self.removed_at:
            return None
        if self.recurrence is None:
            spans = [Span(starts_at=self.starts_at, ends_at=self.ends_at or self.starts_at)]
        else:
            day = self.recurrence.day_of(at)
            found = (self._occurrence(day - timedelta(days=back)) for back in (0, 1))
            spans = [span for span in found if span is not None]
        return next((cut for span in spans if (cut := self._cut(span)).holds(at)), None)

    def is_past(self, at: datetime) -> bool:
        """Whether it will never be open again."""
        ends = [moment for moment in (self.ends_at, self.removed_at) if moment is not None]
        return bool(ends) and min(ends) <= at

    def _occurrence(self, day: date) -> Span | None:
        span = self.recurrence.on(day) if self.recurrence else None
        if span is None or span.ends_at <= self.starts_at:
            return None
        return None if self.ends_at and span.starts_at >= self.ends_at else span

    def _cut(self, span: Span) -> Span:
        ends = [moment for moment in (self.ends_at, self.removed_at) if moment is not None]
        return Span(
            starts_at=max(span.starts_at, self.starts_at), ends_at=min([span.ends_at, *ends])
        )
