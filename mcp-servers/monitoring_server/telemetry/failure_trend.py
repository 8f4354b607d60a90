"""How many executions failed on each of the last days, and whether they become more."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.tools.tool_server import ToolResult
from monitoring_server.analysis.trends import Trend, trend_of
from monitoring_server.telemetry.execution_reading import FAILING, ExecutionReader
from monitoring_server.telemetry.failed_executions import FailedExecutions
from monitoring_server.telemetry.windows import End, window

_MACHINES = 30
_DAY = timedelta(days=1)


class DayCount(Value):
    """The executions that ended within 24 hours."""

    since: Moment
    until: Moment
    failed: int
    succeeded: int


class FailureTrend(ToolResult):
    """Failures a day, and what they tell. Days are 24 hours long and end where the window ends."""

    days: list[DayCount] = Field(description="The oldest first.")
    trend: Trend
    failed: int
    succeeded: int
    metric: str = "FailedExecutions"
    unit: str = "Count"
    dimensions: dict[str, str]
    points: list[tuple[Moment, float]] = Field(description="Failures by day, as a metric has them.")
    state_machines: int
    gaps: list[str]


class FailureTrends:
    """Counts failures by day."""

    def __init__(
        self, reader: ExecutionReader, failures: FailedExecutions, now: Callable[[], datetime]
    ) -> None:
        self._reader = reader
        self._failures = failures
        self._now = now

    def get_failure_trend(
        self,
        state_machine: Annotated[
            str | None, Field(max_length=300, description="Name, ARN or catalog entry; all if out.")
        ] = None,
        *,
        days: Annotated[int, Field(ge=2, le=14, description="How many days to count.")] = 7,
        end: End = None,
    ) -> FailureTrend:
        """Count failed executions by day and test whether they increase; says where too few."""
        until = window(1, end, self._now()).end
        known = self._failures.machines(state_machine)
        gaps = [f"{len(known) - _MACHINES} more state machines were not counted"]
        gaps = gaps if len(known) > _MACHINES else []
        machines = [arn for arn, kind in known[:_MACHINES] if kind != "EXPRESS"]
        express = [arn for arn, kind in known[:_MACHINES] if kind == "EXPRESS"]
        if express:
            gaps.append(f"{len(express)} Express state machines keep no executions to count")
        since = until - days * _DAY
        failed = self._ends(machines, FAILING, (since, until), gaps)
        succeeded = self._ends(machines, ("SUCCEEDED",), (since, until), gaps)
        counted = [
            DayCount(
                since=begin,
                until=begin + _DAY,
                failed=_within(failed, begin),
                succeeded=_within(succeeded, begin),
            )
            for begin in (since + number * _DAY for number in range(days))
        ]
        return FailureTrend(
            days=counted,
            trend=trend_of(
                [one.failed for one in counted], [one.failed + one.succeeded for one in counted]
            ),
            failed=len(failed),
            succeeded=len(succeeded),
            dimensions={"StateMachine": state_machine or "all"},
            points=[(one.until, float(one.failed)) for one in counted],
            state_machines=len(machines),
            gaps=gaps[:10],
            data_source="states",
            query={
                "stateMachine": state_machine,
                "since": since.isoformat(timespec="seconds"),
                "until": until.isoformat(timespec="seconds"),
            },
        )

    def _ends(
        self,
        machines: Sequence[str],
        statuses: Sequence[str],
        span: tuple[datetime, datetime],
        gaps: list[str],
    ) -> list[datetime]:
        """Return when the executions of these statuses ended."""
        ends: list[datetime] = []
        for arn in machines:
            name = arn.rsplit(":", 1)[-1]
            for status in statuses:
                try:
                    found, is_cut = self._reader.ended(arn, status, *span)
                except (ToolError, MCPError, ClientError) as error:
                    gaps.append(f"{name}: {error}")
                    continue
                ends += [one.get("stopDate") or one["startDate"] for one in found]
                if is_cut:
                    gaps.append(f"{name}: more {status} executions than are counted")
        return ends


def _within(ends: Sequence[datetime], begin: datetime) -> int:
    return sum(begin <= at < begin + _DAY for at in ends)
