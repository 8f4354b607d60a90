"""The stretch of time a question is about."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.values import Moment

MinutesBack = Annotated[
    int, Field(ge=1, le=60 * 24 * 14, description="How far back from `end` to look, in minutes.")
]
End = Annotated[
    Moment | None,
    Field(description="Where the window ends: ISO 8601 with its offset. Now, if left out."),
]
_SKEW = timedelta(minutes=5)
"""Clocks differ; a moment this far ahead is taken as now."""


@dataclass(frozen=True)
class Window:
    """From `start` to `end`, in UTC."""

    start: datetime
    end: datetime

    @property
    def span(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


def window(minutes_back: int, end: datetime | None, now: datetime) -> Window:
    """Return the window that ends at `end`, or now."""
    if end is not None and end > now + _SKEW:
        raise ToolError(
            f"end {end.isoformat()} lies in the future: it is {now.isoformat(timespec='seconds')} "
            "now; leave end out to look up to now"
        )
    last = min(end, now) if end else now
    return Window(last - timedelta(minutes=minutes_back), last)


def in_utc(moment: datetime) -> datetime:
    """Return what boto3 gives, whatever its zone, in UTC and without microseconds."""
    return moment.astimezone(UTC).replace(microsecond=0)
