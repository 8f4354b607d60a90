"""Maintenance windows: when alarms of which services are expected, who said so and why."""

import re
from datetime import datetime, time, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from itops_core.domain.values import Moment, Value

LONGEST = timedelta(days=30)
"""A window longer than this is no maintenance: alarms would be forgotten in it."""
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


class Recurrence(Value):
    """On which days, from when, for how long. Times are in UTC, summer and winter."""

    days: tuple[Weekday, ...] = Field(min_length=1, max_length=7)
    at: Clock = Field(description="HH:MM in UTC.")
    minutes: int = Field(ge=5, le=_A_DAY, description="How long it lasts.")


class Span(Value):
    """One stretch of time in which a window is open."""

    starts_at: Moment
    ends_at: Moment

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies in it."""
        return self.starts_at <= at < self.ends_at


class NewWindow(Value):
    """A maintenance window as somebody asks for it; one that cannot be meant is refused."""

    services: tuple[Pattern, ...] = Field(
        min_length=1,
        max_length=50,
        description="Services or alarms by name; * and ? stand for anything, a lone * for all.",
    )
    starts_at: Moment
    ends_at: Moment | None = Field(
        default=None, description="Of a recurring window: the last of it, or open."
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
            found = (self._occurrence(at - timedelta(days=back)) for back in (0, 1))
            spans = [span for span in found if span is not None]
        return next((cut for span in spans if (cut := self._cut(span)).holds(at)), None)

    def is_past(self, at: datetime) -> bool:
        """Whether it will never be open again."""
        ends = [moment for moment in (self.ends_at, self.removed_at) if moment is not None]
        return bool(ends) and min(ends) <= at

    def _occurrence(self, day: datetime) -> Span | None:
        recurrence = self.recurrence
        if recurrence is None or list(Weekday)[day.weekday()] not in recurrence.days:
            return None
        hour, minute = map(int, re.findall(r"\d+", recurrence.at))
        starts = datetime.combine(day.date(), time(hour, minute), day.tzinfo)
        span = Span(starts_at=starts, ends_at=starts + timedelta(minutes=recurrence.minutes))
        if span.ends_at <= self.starts_at or (self.ends_at and starts >= self.ends_at):
            return None
        return span

    def _cut(self, span: Span) -> Span:
        ends = [moment for moment in (self.ends_at, self.removed_at) if moment is not None]
        return Span(
            starts_at=max(span.starts_at, self.starts_at), ends_at=min([span.ends_at, *ends])
        )
