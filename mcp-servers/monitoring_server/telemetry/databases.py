"""Relational databases: how their metrics went, what loads them, and what happened to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from botocore.exceptions import ClientError
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.tools.aws_errors import asking, code_of
from itops_core.tools.paging import Cursor, items_page
from itops_core.tools.redaction import redacted_text
from itops_core.tools.tool_server import ToolResult
from monitoring_server.analysis.database_metrics import KNOWN, Course, course, vcpus_of
from monitoring_server.telemetry.insights import Insights, Load
from monitoring_server.telemetry.metric_reading import Metric, MetricReader, Wanted
from monitoring_server.telemetry.windows import End, MinutesBack, in_utc, window

if TYPE_CHECKING:
    from mypy_boto3_rds import RDSClient

_NAMESPACE, _DIMENSION = "AWS/RDS", "DBInstanceIdentifier"
_SHOWN_CHARACTERS = 6000
_METRICS_SHOWN, _EVENTS_SHOWN = 40, 25
_MESSAGE_CHARACTERS = 300
_MOST_EVENTS = 200
_REPLICAS = 5
_LONGEST_EVENTS_HOURS = 24 * 14
_NOT_THERE = {"DBInstanceNotFound", "DBInstanceNotFoundFault"}

Instance = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z][A-Za-z0-9-]*$",
        max_length=63,
        description="DB instance identifier, as the catalog or the alarm's dimension has it.",
    ),
]


class DatabaseFacts(Value):
    """What the instance is; a part that RDS does not tell is empty."""

    instance: str
    status: str = ""
    engine: str = ""
    instance_class: str = ""
    vcpus: int | None = None
    allocated_gib: int | None = None
    grows_to_gib: int | None = Field(default=None, description="Of storage autoscaling.")
    multi_az: bool | None = None
    replicas: list[str] = Field(default_factory=list)
    replica_of: str = ""


class DatabaseMetrics(ToolResult):
    """How each metric of the instance went, its replicas' lag among them."""

    facts: DatabaseFacts
    since: Moment | None = Field(description="Of the first datapoint.")
    until: Moment | None
    metrics: list[Course]
    missing: list[str] = Field(description="Metrics one would expect and that have no points.")


class DatabaseLoad(ToolResult):
    """What Performance Insights tells, in average active sessions."""

    facts: DatabaseFacts
    load: Load | None
    note: str = ""


class DatabaseEvent(Value):
    """One event of RDS."""

    at: Moment
    source: str
    message: str
    categories: list[str]


class DatabaseEvents(ToolResult):
    """Events of an instance and its replicas, the newest first."""

    events: list[DatabaseEvent]
    there_are: int


_EXPECTED = (
    "CPUUtilization",
    "DatabaseConnections",
    "FreeStorageSpace",
    "FreeableMemory",
    "ReadIOPS",
    "WriteIOPS",
)


@dataclass(frozen=True)
class DatabaseClients:
    """What is asked about databases."""

    rds: "RDSClient"
    metrics: MetricReader
    insights: Insights


class Databases:
    """What can be looked at of RDS."""

    def __init__(self, clients: DatabaseClients, now: Callable[[], datetime]) -> None:
        self._rds = clients.rds
        self._reader = clients.metrics
        self._insights = clients.insights
        self._now = now

    def get_database_metrics(
        self,
        instance: Instance,
        minutes_back: MinutesBack = 60,
        end: End = None,
        cursor: Cursor = None,
    ) -> DatabaseMetrics:
        """Return how all metrics of an RDS instance went at once, and its replicas' lag."""
        span = window(minutes_back, end, self._now())
        facts = self._facts(instance)
        with asking("cloudwatch"):
            wanted = self._wanted(facts)
            series = self._reader.read(
                [Wanted(one, KNOWN.get(one.metric, ("", "Average"))[1]) for one in wanted], span, 60
            )
        courses = [
            found
            for metric, points in zip(wanted, series, strict=True)
            if (found := course(metric.metric, metric.dimensions[_DIMENSION], points))
        ]
        known = {one.metric for one in courses if one.of == instance}
        moments = [at for points in series for at, _ in points]
        page = items_page(courses, cursor, _METRICS_SHOWN, _SHOWN_CHARACTERS)
        return DatabaseMetrics(
            facts=facts,
            since=min(moments, default=None),
            until=max(moments, default=None),
            metrics=page.items,
            missing=[name for name in _EXPECTED if name not in known],
            data_source="cloudwatch",
            query={
                "Namespace": _NAMESPACE,
                _DIMENSION: [instance, *facts.replicas],
                "StartTime": span.start.isoformat(),
                "EndTime": span.end.isoformat(),
                "Period": 60,
            },
            truncated=page.cursor is not None,
            cursor=page.cursor,
        )

    def get_database_load(
        self,
        instance: Instance,
        minutes_back: MinutesBack = 60,
        end: End = None,
        top: Annotated[int, Field(ge=1, le=10, description="So many of each group.")] = 5,
    ) -> DatabaseLoad:
        """Return an RDS instance's load by statement, wait event, user and host."""
        span = window(minutes_back, end, self._now())
        facts, resource = self._described(instance)
        query = {
            "ServiceType": "RDS",
            "Identifier": resource,
            "Metric": "db.load.avg",
            "StartTime": span.start.isoformat(),
            "EndTime": span.end.isoformat(),
        }
        with asking("pi"):
            load = self._insights.load(resource, span, top)
        note = "" if load else "Performance Insights has nothing of this window, or is switched off"
        return DatabaseLoad(
            facts=facts,
            load=load,
            note=note,
            data_source="performance_insights",
            query=query,
            truncated=bool(load and load.more),
        )

    def list_database_events(
        self,
        instance: Instance,
        hours_back: Annotated[
            int, Field(ge=1, le=_LONGEST_EVENTS_HOURS, description="How far back.")
        ] = 24,
        before: End = None,
        cursor: Cursor = None,
    ) -> DatabaseEvents:
        """List what RDS did to an instance and its replicas: failover, storage, restarts, lag."""
        span = window(hours_back * 60, before, self._now())
        facts = self._facts(instance)
        found = [
            event
            for name in (instance, *facts.replicas[:_REPLICAS])
            for event in self._events(name, span.start, span.end)
        ]
        newest = sorted(found, key=lambda event: event.at, reverse=True)
        page = items_page(newest, cursor, _EVENTS_SHOWN, _SHOWN_CHARACTERS)
        return DatabaseEvents(
            events=page.items,
            there_are=len(newest),
            data_source="rds",
            query={
                "SourceType": "db-instance",
                "SourceIdentifier": [instance, *facts.replicas[:_REPLICAS]],
                "StartTime": span.start.isoformat(),
                "EndTime": span.end.isoformat(),
            },
            truncated=page.cursor is not None,
            cursor=page.cursor,
        )

    def _wanted(self, facts: DatabaseFacts) -> list[Metric]:
        wanted = self._reader.listed(_NAMESPACE, None, {_DIMENSION: facts.instance})
        for replica in facts.replicas[:_REPLICAS]:
            listed = self._reader.listed(_NAMESPACE, None, {_DIMENSION: replica})
            wanted += [one for one in listed if one.metric.endswith("ReplicaLag")]
        order = {name: place for place, name in enumerate(KNOWN)}
        own = [one for one in wanted if set(one.dimensions) == {_DIMENSION}]
        return sorted(own, key=lambda one: (order.get(one.metric, len(order)), one.metric))

    def _facts(self, instance: str) -> DatabaseFacts:
        return self._described(instance)[0]

    def _described(self, instance: str) -> tuple[DatabaseFacts, str]:
        """Return what RDS says of the instance, and the name Performance Insights has for it."""
        with asking("rds"):
            try:
                answer = self._rds.describe_db_instances(DBInstanceIdentifier=instance)
            except ClientError as error:
                if code_of(error) not in _NOT_THERE:
                    raise
                return self._measured_only(instance), instance
        told: Mapping[str, Any] = answer["DBInstances"][0]
        return facts_of(told), str(told.get("DbiResourceId") or instance)

    def _measured_only(self, instance: str) -> DatabaseFacts:
        """Return an instance that has metrics, though RDS does not tell of it: it may be gone."""
        with asking("cloudwatch"):
            if self._reader.listed(_NAMESPACE, None, {_DIMENSION: instance}):
                return DatabaseFacts(instance=instance, status="unknown to RDS")
        raise ToolError(
            f"there is no DB instance {instance!r}; the alarm's dimensions or get_catalog_entry "
            "tell its identifier"
        )

    def _events(self, name: str, start: datetime, end: datetime) -> Sequence[DatabaseEvent]:
        query: dict[str, Any] = {
            "SourceIdentifier": name,
            "SourceType": "db-instance",
            "StartTime": start,
            "EndTime": end + timedelta(seconds=1),
            "MaxRecords": 100,
        }
        found: list[DatabaseEvent] = []
        with asking("rds"):
            while len(found) < _MOST_EVENTS:
                page = self._rds.describe_events(**query)
                found += [_event(raw, name) for raw in page["Events"] if "Date" in raw]
                query["Marker"] = page.get("Marker")
                if not query["Marker"]:
                    break
        return found


def facts_of(told: Mapping[str, Any]) -> DatabaseFacts:
    """Return what an answer of DescribeDBInstances says of an instance."""
    size = str(told.get("DBInstanceClass") or "")
    words = (str(told.get(name) or "") for name in ("Engine", "EngineVersion"))
    return DatabaseFacts(
        instance=str(told["DBInstanceIdentifier"]),
        status=str(told.get("DBInstanceStatus") or ""),
        engine=" ".join(word for word in words if word),
        instance_class=size,
        vcpus=vcpus_of(size),
        allocated_gib=told.get("AllocatedStorage"),
        grows_to_gib=told.get("MaxAllocatedStorage"),
        multi_az=told.get("MultiAZ"),
        replicas=[str(name) for name in told.get("ReadReplicaDBInstanceIdentifiers", [])],
        replica_of=str(told.get("ReadReplicaSourceDBInstanceIdentifier") or ""),
    )


def _event(raw: Mapping[str, Any], name: str) -> DatabaseEvent:
    return DatabaseEvent(
        at=in_utc(raw["Date"]),
        source=str(raw.get("SourceIdentifier") or name),
        message=redacted_text(str(raw.get("Message") or ""))[:_MESSAGE_CHARACTERS],
        categories=[str(one) for one in raw.get("EventCategories", [])],
    )
