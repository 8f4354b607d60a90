"""MiniStack keeps two weeks of metric points in memory; a laptop needs a few hours of them.

Every point is part of each checkpoint, and upstream walks all of them on every request.
"""

from local_cloud.emulator import cloudwatch
from local_cloud.patches.upstream import expect


def keep_metrics_for(hours: int) -> None:
    """Forget metric points older than that."""
    expect(getattr(cloudwatch, "TWO_WEEKS_SECONDS", 0) == 14 * 24 * 3600, "metric retention moved")
    cloudwatch.TWO_WEEKS_SECONDS = hours * 3600
