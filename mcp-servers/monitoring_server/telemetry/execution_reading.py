"""Step Functions as AWS answers it: executions, their histories and the definitions they ran by.

An Express execution is not kept by Step Functions; what it logged is read in its stead.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError

from itops_core.domain.values import utc_now
from itops_core.errors import InvalidInputError
from itops_core.tools.aws_errors import NothingThereError, asking, code_of
from monitoring_server.analysis.executions.cut_off import close
from monitoring_server.analysis.executions.definitions import Definition, parse_definition
from monitoring_server.analysis.executions.record import Record
from monitoring_server.analysis.executions.walking import read_record

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_stepfunctions import SFNClient

_A_PAGE = 1000
_PAGES = 30
"""25,000 events are the most an execution may have."""
_NEWEST = 100
_LOG_PAGES = 20
_MACHINE_PAGES = 10
_EXECUTION_PAGES = 10
_LONGEST_RUN = timedelta(days=1)
_LOOKED_BACK = timedelta(days=14)
FAILING = ("FAILED", "TIMED_OUT", "ABORTED")
"""The statuses of executions that did not succeed."""
_GONE = {"ExecutionDoesNotExist", "StateMachineDoesNotExist", "InvalidArn", "ValidationException"}


class NoExecutionError(NothingThereError):
    """There is no execution of that name."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"no execution {arn!r}; list_failed_executions names those that failed")
        self.arn = arn


@dataclass(frozen=True)
class Described:
    """What Step Functions says of an execution itself."""

    arn: str
    state_machine_arn: str
    name: str
    status: str
    started_at: datetime
    stopped_at: datetime | None = None
    error: str = ""
    cause: str = ""
    version_arn: str = ""
    trace_id: str = ""
    redrive_status: str | None = None
    redrive_reason: str = ""

    @property
    def is_express(self) -> bool:
        """Whether Step Functions keeps nothing of it."""
        return ":express:" in self.arn


@dataclass(frozen=True)
class Execution:
    """An execution with its history, read, and its definition, if there is one."""

    described: Described
    record: Record
    definition: Definition | None
    gaps: list[str] = field(default_factory=list[str])


class ExecutionReader:
    """Reads executions, Standard ones from Step Functions and Express ones from their logs."""

    def __init__(
        self,
        machines: "SFNClient",
        logs: "CloudWatchLogsClient",
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._machines = machines
        self._logs = logs
        self._now = now

    def read(self, arn: str) -> Execution:
        """Return an execution; its history is read page by page and not kept."""
        gaps: list[str] = []
        if ":express:" in arn:
            return self._express(arn, gaps)
        described = self.describe(arn)
        definition = self._definition(described, gaps)
        with asking("states"):
            record = read_record(self._events(arn), definition)
        _closed(record, described)
        return Execution(described, record, definition, gaps)

    def describe(self, arn: str) -> Described:
        """Return what Step Functions says of an execution."""
        told: Mapping[str, Any]
        with asking("states"):
            try:
                told = dict(self._machines.describe_execution(executionArn=arn))
            except ClientError as error:
                if code_of(error) in _GONE:
                    raise NoExecutionError(arn) from error
                raise
        return Described(
            arn=arn,
            state_machine_arn=str(told["stateMachineArn"]),
            name=str(told.get("name", "")),
            status=str(told["status"]),
            started_at=told["startDate"].astimezone(UTC),
            stopped_at=told["stopDate"].astimezone(UTC) if told.get("stopDate") else None,
            error=str(told.get("error", "")),
            cause=str(told.get("cause", "")),
            version_arn=str(told.get("stateMachineVersionArn", "")),
            trace_id=_trace_id(str(told.get("traceHeader", ""))),
            redrive_status=told.get("redriveStatus"),
            redrive_reason=str(told.get("redriveStatusReason", "")),
        )

    def failed_of(
        self,
        state_machine_arn: str,
        since: datetime,
        at_most: int,
        until: datetime | None = None,
    ) -> list[Mapping[str, Any]]:
        """Return the executions that failed since, and before `until`, the newest first."""
        found: list[Mapping[str, Any]] = []
        for status in FAILING:
            if until is None:
                found += self._listed(state_machine_arn, status, since, at_most)
            else:
                found += self.ended(state_machine_arn, status, since, until)[0]
        return sorted(found, key=lambda one: one["startDate"], reverse=True)[:at_most]

    def ended(
        self,
        state_machine_arn: str,
        status: Any,  # noqa: ANN401 - boto3's own literals
        since: datetime,
        until: datetime,
    ) -> tuple[list[Mapping[str, Any]], bool]:
        """Return all executions that ended so in that time, and whether there were too many."""
        query: dict[str, Any] = {"stateMachineArn": state_machine_arn, "maxResults": _A_PAGE}
        found: list[Mapping[str, Any]] = []
        with asking("states"):
            for _ in range(_EXECUTION_PAGES):
                page: Any = self._machines.list_executions(statusFilter=status, **query)
                found += [
                    dict(one)
                    for one in page["executions"]
                    if since <= (one.get("stopDate") or one["startDate"]) < until
                ]
                begun = [one["startDate"] for one in page["executions"]]
                # Listed by their beginning: one that ran for days before may come too late.
                if not page.get("nextToken") or min(begun, default=until) < since - _LONGEST_RUN:
                    return found, False
                query["nextToken"] = page["nextToken"]
        return found, True

    def last_good(self, described: Described) -> str | None:
        """Return the execution that succeeded last before this one began, else the last at all."""
        with asking("states"):
            page = self._machines.list_executions(
                stateMachineArn=described.state_machine_arn,
                statusFilter="SUCCEEDED",
                maxResults=100,
            )
        good = sorted(page["executions"], key=lambda one: one["startDate"], reverse=True)
        before = [one for one in good if one["startDate"] <= described.started_at]
        chosen = (before or good or [None])[0]
        return chosen["executionArn"] if chosen else None

    def machines(self) -> list[tuple[str, str]]:
        """Return the state machines there are: ARN and type."""
        query: dict[str, Any] = {"maxResults": _A_PAGE}
        found: list[tuple[str, str]] = []
        with asking("states"):
            for _ in range(_MACHINE_PAGES):
                page: Any = self._machines.list_state_machines(**query)
                found += [
                    (one["stateMachineArn"], one.get("type", "STANDARD"))
                    for one in page["stateMachines"]
                ]
                if not page.get("nextToken"):
                    break
                query["nextToken"] = page["nextToken"]
        return found

    def newest(self, state_machine_arn: str) -> Mapping[str, Any] | None:
        """Return the execution that began last, whatever became of it."""
        with asking("states"):
            page = self._machines.list_executions(stateMachineArn=state_machine_arn, maxResults=20)
        return max(page["executions"], key=lambda one: one["startDate"], default=None)

    def newest_of(
        self, state_machine_arn: str, status: Any = None  # noqa: ANN401 - boto3's own literals
    ) -> list[Mapping[str, Any]]:  # fmt: skip
        """Return the newest hundred executions, or those of them with a status."""
        only: dict[str, Any] = {"statusFilter": status} if status else {}
        with asking("states"):
            page: Any = self._machines.list_executions(
                stateMachineArn=state_machine_arn, maxResults=_NEWEST, **only
            )
        found: list[Mapping[str, Any]] = [dict(one) for one in page["executions"]]
        return sorted(found, key=lambda one: one["startDate"], reverse=True)

    def tail(self, arn: str, events: int) -> Record:
        """Return the record of the last events of an execution: enough to name its state."""
        with asking("states"):
            page = self._machines.get_execution_history(
                executionArn=arn, reverseOrder=True, maxResults=events, includeExecutionData=False
            )
        record = read_record(list(reversed(page["events"])))  # pyright: ignore[reportArgumentType]
        if record.status == "RUNNING":
            _closed(record, self.describe(arn))
        return record

    def exists(self, arn: str) -> bool:
        """Whether there is, or was lately, an execution of that name."""
        try:
            self.describe(arn)
        except NothingThereError:
            return False
        return True

    def express_failures(
        self, state_machine_arn: str, since: datetime, at_most: int
    ) -> dict[str, list[Mapping[str, Any]]]:
        """Return the logged events of Express executions that failed since, by execution."""
        group = self._log_group(state_machine_arn)
        if not group:
            return {}
        runs: dict[str, list[Mapping[str, Any]]] = {}
        for event in self._logged(group, since, None):
            runs.setdefault(str(event.get("execution_arn", "")), []).append(event)
        failed = {
            arn: events
            for arn, events in runs.items()
            if any(
                str(one.get("type")) in {"ExecutionFailed", "ExecutionTimedOut"} for one in events
            )
        }
        return dict(list(failed.items())[-at_most:])

    def _events(self, arn: str) -> Iterator[Mapping[str, Any]]:
        query: dict[str, Any] = {"executionArn": arn, "maxResults": _A_PAGE}
        for _ in range(_PAGES):
            page: Any = self._machines.get_execution_history(**query)
            yield from page["events"]
            if not page.get("nextToken"):
                return
            query["nextToken"] = page["nextToken"]

    def _definition(self, described: Described, gaps: list[str]) -> Definition | None:
        try:
            with asking("states"):
                told = self._machines.describe_state_machine_for_execution(
                    executionArn=described.arn
                )
            return parse_definition(told["definition"])
        except (ToolError, InvalidInputError) as error:
            gaps.append(f"the definition cannot be read: {error}")
            return None

    def _listed(
        self, state_machine_arn: str, status: Any, since: datetime, at_most: int  # noqa: ANN401
    ) -> list[Mapping[str, Any]]:  # fmt: skip
        with asking("states"):
            page = self._machines.list_executions(
                stateMachineArn=state_machine_arn, statusFilter=status, maxResults=at_most
            )
        return [
            dict(one)
            for one in page["executions"]
            if (one.get("stopDate") or one["startDate"]) >= since
        ]

    def _express(self, arn: str, gaps: list[str]) -> Execution:
        parts = arn.split(":")
        if len(parts) < 8:
            raise ToolError(f"{arn!r} is no ARN of an Express execution")
        machine = ":".join([*parts[:5], "stateMachine", parts[6]])
        group = self._log_group(machine)
        if not group:
            raise ToolError(
                f"{parts[6]} logs nothing, and Express executions are kept nowhere else; give it "
                "a log group with level ALL and execution data"
            )
        since = self._now() - _LOOKED_BACK
        events = list(self._logged(group, since, arn))
        if not events:
            raise NothingThereError(f"nothing of {arn!r} stands in {group}")
        definition = self._express_definition(machine, gaps)
        record = read_record(sorted(events, key=lambda one: int(one.get("id", 0))), definition)
        described = Described(
            arn=arn,
            state_machine_arn=machine,
            name=parts[7],
            status=record.status,
            started_at=datetime.fromtimestamp(record.started_at or record.last_at, UTC),
            stopped_at=datetime.fromtimestamp(record.ended_at, UTC) if record.ended_at else None,
        )
        return Execution(described, record, definition, gaps)

    def _express_definition(self, machine: str, gaps: list[str]) -> Definition | None:
        gaps.append("an Express execution does not tell its definition: the present one is taken")
        try:
            with asking("states"):
                told = self._machines.describe_state_machine(stateMachineArn=machine)
            return parse_definition(told["definition"])
        except (ToolError, InvalidInputError) as error:
            gaps.append(f"the definition cannot be read: {error}")
            return None

    def _log_group(self, machine: str) -> str:
        with asking("states"):
            told: Mapping[str, Any] = self._machines.describe_state_machine(stateMachineArn=machine)
        for place in told.get("loggingConfiguration", {}).get("destinations", ()):
            arn = str(place.get("cloudWatchLogsLogGroup", {}).get("logGroupArn", ""))
            if ":log-group:" in arn:
                return arn.split(":log-group:", 1)[1].removesuffix(":*")
        return ""

    def _logged(self, group: str, since: datetime, arn: str | None) -> Iterator[Mapping[str, Any]]:
        query: dict[str, Any] = {
            "logGroupName": group,
            "startTime": int(since.timestamp() * 1000),
            "endTime": int(self._now().timestamp() * 1000),
        }
        if arn:
            query["filterPattern"] = f'"{arn}"'
        with asking("logs"):
            for _ in range(_LOG_PAGES):
                page: Any = self._logs.filter_log_events(**query)
                for event in page["events"]:
                    told = _parsed(event.get("message", ""))
                    if told and (arn is None or told.get("execution_arn") == arn):
                        yield told
                if not page.get("nextToken"):
                    return
                query["nextToken"] = page["nextToken"]


def _closed(record: Record, described: Described) -> None:
    """End a record without an end where Step Functions says that the execution is over."""
    if record.status == "RUNNING" and described.status in FAILING:
        told = described.stopped_at, described.error, described.cause
        close(record, described.status, *told)


def _parsed(message: str) -> Mapping[str, Any]:
    try:
        told = json.loads(message)
    except ValueError:
        return {}
    return told if isinstance(told, Mapping) and "type" in told and "id" in told else {}


def _trace_id(header: str) -> str:
    parts = dict(part.split("=", 1) for part in header.split(";") if "=" in part)
    return parts.get("Root", "")
