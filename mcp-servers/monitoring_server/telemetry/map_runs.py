"""Runs of distributed Maps: how their items fared, and which child executions failed, of what."""

from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError

from itops_core.tools.aws_errors import asking
from monitoring_server.analysis.executions.blame import blame, facts_of
from monitoring_server.analysis.executions.families import Failed, families_of
from monitoring_server.telemetry.execution_answers import ItemCounts, MapRun
from monitoring_server.telemetry.execution_reading import ExecutionReader

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_CHILDREN = 10
_TAIL_EVENTS = 60
_FAMILIES = 4


class MapRunReader:
    """Reads what Step Functions tells of the child executions of a distributed Map."""

    def __init__(self, machines: "SFNClient", reader: ExecutionReader) -> None:
        self._machines = machines
        self._reader = reader

    def of_execution(self, execution_arn: str) -> str:
        """Return the Map Run that failed in an execution, empty where none did."""
        with asking("states"):
            found = self._machines.list_map_runs(executionArn=execution_arn)["mapRuns"]
        for one in sorted(found, key=lambda run: run["startDate"], reverse=True):
            if self._described(one["mapRunArn"])["status"] == "FAILED":
                return one["mapRunArn"]
        return ""

    def read(self, map_run_arn: str, gaps: list[str]) -> MapRun:
        """Return how a Map Run went, with the failures of its children in families."""
        told = self._described(map_run_arn)
        failed = [self._failed(one, gaps) for one in self._children(map_run_arn)]
        families = families_of([one for one in failed if one is not None])
        counts = told.get("itemCounts", {})
        return MapRun(
            map_run_arn=map_run_arn,
            status=str(told["status"]),
            items=ItemCounts.model_validate(
                {name: counts.get(_as_aws_has_it(name), 0) for name in ItemCounts.model_fields}
            ),
            tolerated=_tolerated(told),
            families=families[:_FAMILIES],
            first_failed=families[0].latest_execution if families else "",
        )

    def _described(self, map_run_arn: str) -> Mapping[str, Any]:
        with asking("states"):
            return dict(self._machines.describe_map_run(mapRunArn=map_run_arn))

    def _children(self, map_run_arn: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for status in ("FAILED", "TIMED_OUT"):
            query: Any = {"statusFilter": status, "maxResults": _CHILDREN}
            with asking("states"):
                page = self._machines.list_executions(mapRunArn=map_run_arn, **query)
            found += [dict(one) for one in page["executions"]]
        return found[:_CHILDREN]

    def _failed(self, listed: Mapping[str, Any], gaps: list[str]) -> Failed | None:
        arn = str(listed["executionArn"])
        try:
            record = self._reader.tail(arn, _TAIL_EVENTS)
        except (ToolError, MCPError, ClientError) as refusal:
            gaps.append(f"the child {listed.get('name', arn)}: {refusal}")
            return None
        found = blame(record, None)
        facts = facts_of(found.origin, found.failure, None) if found else None
        stopped = listed.get("stopDate")
        return Failed(
            execution_arn=arn,
            name=str(listed.get("name", "")),
            state_machine=str(listed.get("stateMachineArn", "")).rsplit(":", 1)[-1],
            status=str(listed["status"]),
            started_at=listed["startDate"].astimezone(UTC),
            stopped_at=stopped.astimezone(UTC) if stopped else None,
            state=found.origin.name if found else "",
            error=facts.error if facts else "",
            message=facts.message if facts else "",
        )


def _as_aws_has_it(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _tolerated(told: Mapping[str, Any]) -> str:
    """Return how many failures it tolerates, in words."""
    percent, count = told.get("toleratedFailurePercentage"), told.get("toleratedFailureCount")
    if count:
        return f"{count} items"
    return f"{percent:g} % of the items" if percent else "none"
