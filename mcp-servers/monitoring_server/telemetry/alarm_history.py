"""What alarms went through: the states of one alarm, and changes of any of them."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.tools.aws_errors import asking
from itops_core.tools.redaction import redacted_text
from itops_core.tools.tool_server import ToolResult
from monitoring_server.telemetry.alarms import AlarmName
from monitoring_server.telemetry.changes import Change, Target
from monitoring_server.telemetry.windows import End, MinutesBack, Window, in_utc, window

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_KINDS = {"StateUpdate": "alarm_state", "ConfigurationUpdate": "alarm_configuration"}
_READ = 100
_SHOWN = 10
_A_PAGE = 12
_REASON_CHARACTERS = 200


class AlarmStep(Value):
    """One thing that happened to an alarm."""

    at: Moment
    kind: str = Field(description="StateUpdate, ConfigurationUpdate or Action.")
    summary: str
    before: str = Field(default="", description="The state it left.")
    after: str = Field(default="", description="The state it went to.")
    reason: str = ""


class AlarmHistory(ToolResult):
    """What an alarm went through, newest first; CloudWatch keeps it for two weeks."""

    name: str
    steps: list[AlarmStep]
    times_in_alarm: int = Field(description="How often these steps went to ALARM.")
    note: str = ""


class AlarmHistories:
    """Reads the history of one alarm."""

    def __init__(self, cloudwatch: "CloudWatchClient", now: Callable[[], datetime]) -> None:
        self._cloudwatch = cloudwatch
        self._now = now

    def get_alarm_history(
        self,
        alarm_name: AlarmName,
        minutes_back: MinutesBack = 24 * 60,
        end: End = None,
        cursor: Annotated[
            str | None, Field(max_length=2048, description="From the answer before.")
        ] = None,
    ) -> AlarmHistory:
        """Return the states an alarm went through and edits of it, newest first, with reasons."""
        span = window(minutes_back, end, self._now())
        query: dict[str, Any] = {
            "AlarmName": alarm_name,
            "StartDate": span.start,
            "EndDate": span.end,
            "MaxRecords": _A_PAGE,
            "ScanBy": "TimestampDescending",
        }
        paging: dict[str, Any] = {"NextToken": cursor} if cursor else {}
        with asking("cloudwatch"):
            page = self._cloudwatch.describe_alarm_history(
                **query, AlarmTypes=["MetricAlarm", "CompositeAlarm"], **paging
            )
            steps = [_step(item) for item in page["AlarmHistoryItems"] if "Timestamp" in item]
            if not steps and not cursor:
                self._check(alarm_name)
        following = page.get("NextToken")
        return AlarmHistory(
            name=alarm_name,
            steps=steps,
            times_in_alarm=sum(step.after == "ALARM" for step in steps),
            note="" if steps else "nothing happened to it in this window",
            data_source="cloudwatch",
            query={**query, "StartDate": span.start.isoformat(), "EndDate": span.end.isoformat()},
            truncated=bool(following),
            cursor=following,
        )

    def _check(self, alarm_name: str) -> None:
        """Refuse a name that no alarm has; a deleted alarm leaves its history, and is none."""
        page = self._cloudwatch.describe_alarms(
            AlarmNames=[alarm_name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        if not page.get("MetricAlarms") and not page.get("CompositeAlarms"):
            raise ToolError(f"no alarm named {alarm_name!r}; call list_alarms for the names")


class AlarmChanges:
    """Reads the history that CloudWatch keeps of all its alarms."""

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


def _step(item: Mapping[str, Any]) -> AlarmStep:
    told = _data(item.get("HistoryData"))
    before, after = _state(told, "oldState"), _state(told, "newState")
    return AlarmStep(
        at=in_utc(item["Timestamp"]),
        kind=str(item.get("HistoryItemType", "")),
        summary=redacted_text(str(item.get("HistorySummary", "")))[:_REASON_CHARACTERS],
        before=str(before.get("stateValue", "")),
        after=str(after.get("stateValue", "")),
        reason=redacted_text(str(after.get("stateReason", "")))[:_REASON_CHARACTERS],
    )


def _data(text: object) -> Mapping[str, Any]:
    try:
        told = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _state(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    state = told.get(name)
    return state if isinstance(state, dict) else {}
