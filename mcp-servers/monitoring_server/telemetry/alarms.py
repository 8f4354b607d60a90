"""CloudWatch alarms."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.tools.aws_errors import asking
from itops_core.tools.tool_server import ToolResult
from monitoring_server.telemetry.windows import in_utc

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_A_PAGE = 15
_REASON_CHARACTERS = 160

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
AlarmName = Annotated[str, Field(min_length=1, max_length=255, description="Exact alarm name.")]


class AlarmState(ToolResult):
    """One alarm: what it watches, and where it stands."""

    name: str
    state: str
    reason: str
    description: str
    changed_at: Moment | None
    namespace: str = ""
    metric: str = ""
    dimensions: dict[str, str] = Field(default_factory=dict)
    statistic: str = ""
    period_seconds: int | None = None
    threshold: float | None = None
    comparison: str = ""
    evaluation_periods: int | None = None
    datapoints_to_alarm: int | None = None
    expression: str = Field(default="", description="Of a composite or a metric-math alarm.")


class AlarmLine(Value):
    """One alarm in a list."""

    name: str
    state: str
    metric: str
    dimensions: dict[str, str]
    changed_at: Moment | None
    reason: str


class AlarmList(ToolResult):
    """Alarms by name."""

    alarms: list[AlarmLine]


class Alarms:
    """Reads alarms from CloudWatch."""

    def __init__(self, cloudwatch: "CloudWatchClient") -> None:
        self._cloudwatch = cloudwatch

    def get_cloudwatch_alarm_state(
        self,
        alarm_name: AlarmName,
    ) -> AlarmState:
        """Return one alarm's state, why it is in it, and the metric and threshold it watches."""
        query = {"AlarmNames": [alarm_name], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        with asking("cloudwatch"):
            page = self._cloudwatch.describe_alarms(
                AlarmNames=[alarm_name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
            )
        found = [*page.get("MetricAlarms", []), *page.get("CompositeAlarms", [])]
        if not found:
            raise ToolError(f"no alarm named {alarm_name!r}; call list_alarms for the names")
        return _state(found[0], query)

    def list_alarms(
        self,
        state: Annotated[State | None, Field(description="Only alarms in this state.")] = None,
        name_prefix: Annotated[
            str | None, Field(max_length=255, description="Only alarms whose name starts so.")
        ] = None,
        cursor: Annotated[
            str | None, Field(max_length=2048, description="From the answer before.")
        ] = None,
    ) -> AlarmList:
        """List alarms, 15 at a time, with their state and what they watch."""
        query: dict[str, Any] = {"MaxRecords": _A_PAGE}
        if state:
            query["StateValue"] = state
        if name_prefix:
            query["AlarmNamePrefix"] = name_prefix
        paging: dict[str, Any] = {"NextToken": cursor} if cursor else {}
        with asking("cloudwatch"):
            page = self._cloudwatch.describe_alarms(
                AlarmTypes=["MetricAlarm", "CompositeAlarm"], **query, **paging
            )
        found = [*page.get("MetricAlarms", []), *page.get("CompositeAlarms", [])]
        return AlarmList(
            alarms=[_line(alarm) for alarm in found],
            data_source="cloudwatch",
            query=query,
            truncated=bool(page.get("NextToken")),
            cursor=page.get("NextToken"),
        )


def _state(alarm: Mapping[str, Any], query: dict[str, Any]) -> AlarmState:
    return AlarmState(
        name=alarm["AlarmName"],
        state=alarm.get("StateValue", ""),
        reason=alarm.get("StateReason", ""),
        description=alarm.get("AlarmDescription", ""),
        changed_at=_changed_at(alarm),
        namespace=alarm.get("Namespace", ""),
        metric=alarm.get("MetricName", ""),
        dimensions=_dimensions(alarm),
        statistic=alarm.get("Statistic") or alarm.get("ExtendedStatistic") or "",
        period_seconds=alarm.get("Period"),
        threshold=alarm.get("Threshold"),
        comparison=alarm.get("ComparisonOperator", ""),
        evaluation_periods=alarm.get("EvaluationPeriods"),
        datapoints_to_alarm=alarm.get("DatapointsToAlarm"),
        expression=alarm.get("AlarmRule") or _expressions(alarm),
        data_source="cloudwatch",
        query=query,
    )


def _line(alarm: Mapping[str, Any]) -> AlarmLine:
    watched = [alarm.get("Namespace", ""), alarm.get("MetricName", "")]
    return AlarmLine(
        name=alarm["AlarmName"],
        state=alarm.get("StateValue", ""),
        metric=" ".join(word for word in watched if word) or "composite or metric math",
        dimensions=_dimensions(alarm),
        changed_at=_changed_at(alarm),
        reason=alarm.get("StateReason", "")[:_REASON_CHARACTERS],
    )


def _changed_at(alarm: Mapping[str, Any]) -> Moment | None:
    changed = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
    return in_utc(changed) if changed else None


def _dimensions(alarm: Mapping[str, Any]) -> dict[str, str]:
    return {pair["Name"]: pair["Value"] for pair in alarm.get("Dimensions", [])}


def _expressions(alarm: Mapping[str, Any]) -> str:
    return "; ".join(
        str(metric["Expression"]) for metric in alarm.get("Metrics", []) if "Expression" in metric
    )
