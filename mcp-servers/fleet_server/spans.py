"""The stretch of time a question about devices is about."""

from datetime import datetime, timedelta
from typing import Annotated

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from fleet_server.readings import Span
from itops_core.domain.values import Moment

MinutesBack = Annotated[
    int, Field(ge=1, le=60 * 24 * 14, description="How far back from `end` to look, in minutes.")
]
End = Annotated[
    Moment | None,
    Field(description="Where the window ends: ISO 8601 with its offset. Now, if left out."),
]
_SKEW = timedelta(minutes=5)
_PERIODS = (60, 300, 900, 3600, 21_600)
"""Seconds; CloudWatch keeps the finest for 15 days."""


def span(minutes_back: int, end: datetime | None, now: datetime, at_most: int) -> Span:
    """Return the window that ends at `end` or now, read in no more than `at_most` steps."""
    if end is not None and end > now + _SKEW:
        raise ToolError(
            f"end {end.isoformat()} lies in the future: it is {now.isoformat(timespec='seconds')} "
            "now; leave end out to look up to now"
        )
    last = min(end, now) if end else now
    seconds = minutes_back * 60
    period = next((one for one in _PERIODS if seconds / one <= at_most), _PERIODS[-1])
    start = last - timedelta(seconds=seconds)
    floored = start - timedelta(seconds=start.timestamp() % period)
    return Span(floored, last, timedelta(seconds=period))
