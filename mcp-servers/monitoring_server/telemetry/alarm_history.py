"""Changes of alarms: the states they went through, and edits of what they watch."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from monitoring_server.telemetry.changes import Change, Target
from monitoring_server.telemetry.windows import Window, in_utc

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_KINDS = {"StateUpdate": "alarm_state", "ConfigurationUpdate": "alarm_configuration"}
_READ = 100
_SHOWN = 10


class AlarmChanges:
    """Reads the history that CloudWatch keeps of its alarms."""

    name = "cloudwatch"

    def __init__(self, cloudwatch: "CloudWatchClient") -> None:
        self._cloudwatch = cloudwatch

    def changes(self, target: Target, span: Window) -> Iterator[Change]:  # noqa: ARG002 - all may matter
        """Yield the latest ten."""
        history = self._cloudwatch.describe_alarm_history(
            StartDate=span.start, EndDate=span.end, MaxRecords=_READ, ScanBy="TimestampDescending"
        )
        items = [
            one for one in history["AlarmHistoryItems"] if one.get("HistoryItemType") in _KINDS
        ]
        for item in items[:_SHOWN]:
            name, at = item.get("AlarmName", ""), item.get("Timestamp")
            if at is not None:
                yield Change(
                    at=in_utc(at),
                    kind=_KINDS[item.get("HistoryItemType", "StateUpdate")],
                    what=f"alarm {name}: {item.get('HistorySummary', '')}",
                    detail={"alarm": name},
                    change_id=f"{name}@{in_utc(at).isoformat()}",
                )
