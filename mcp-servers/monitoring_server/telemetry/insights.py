"""Performance Insights: how loaded a database is, and by what."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field

from itops_core.domain.values import Moment, Value
from itops_core.tools.redaction import redacted_text
from monitoring_server.analysis.database_metrics import drawn
from monitoring_server.analysis.series import rounded
from monitoring_server.telemetry.windows import Window, in_utc

if TYPE_CHECKING:
    from mypy_boto3_pi import PIClient

_STATEMENT_CHARACTERS = 240
_PARTS = 3
_POINTS = 12
GROUPS = {
    "statements": "db.sql_tokenized",
    "waits": "db.wait_event",
    "users": "db.user",
    "hosts": "db.host",
}
"""What the load is split by, as Performance Insights names it."""
_NAME_OF = ("statement", "name", "id")
_TYPE_OF = "db.wait_event.type"


class Wait(Value):
    """One wait event and how many sessions wait for it."""

    name: str
    load: float


class Contributor(Value):
    """One statement, wait event, user or host; `share` is of what this group adds up to."""

    name: str
    load: float
    share: float
    waits: list[Wait] = Field(default_factory=list, description="What a statement waits for.")


class Load(Value):
    """Average active sessions over a window."""

    average: float | None
    highest: float | None
    first: float | None
    last: float | None
    drawn: list[float]
    since: Moment | None
    until: Moment | None
    statements: list[Contributor]
    waits: list[Contributor]
    users: list[Contributor]
    hosts: list[Contributor]
    more: bool = Field(default=False, description="There are more contributors than shown.")


class Insights:
    """Reads what Performance Insights keeps of one instance."""

    def __init__(self, client: "PIClient") -> None:
        self._client = client

    def load(self, resource: str, span: Window, top: int) -> Load | None:
        """Return the load and its leading contributors, or `None` where nothing is kept."""
        times: dict[str, Any] = {
            "ServiceType": "RDS",
            "Identifier": resource,
            "StartTime": span.start,
            "EndTime": span.end,
        }
        points = self._points(times)
        groups = {
            name: self._contributors(times, group, top, by_wait=name == "statements")
            for name, group in GROUPS.items()
        }
        if not points and not any(found for found, _ in groups.values()):
            return None
        values = [value for _, value in points]
        return Load(
            average=rounded(sum(values) / len(values)) if values else None,
            highest=rounded(max(values)) if values else None,
            first=rounded(values[0]) if values else None,
            last=rounded(values[-1]) if values else None,
            drawn=[rounded(value) for value in drawn(values, _POINTS)],
            since=points[0][0] if points else None,
            until=points[-1][0] if points else None,
            more=any(more for _, more in groups.values()),
            **{name: found for name, (found, _) in groups.items()},
        )

    def _points(self, times: Mapping[str, Any]) -> list[tuple[Any, float]]:
        answer = self._client.get_resource_metrics(
            **times, MetricQueries=[{"Metric": "db.load.avg"}], PeriodInSeconds=60
        )
        return [
            (in_utc(point["Timestamp"]), float(point["Value"]))
            for metric in answer.get("MetricList", [])
            for point in metric.get("DataPoints", [])
        ]

    def _contributors(
        self, times: Mapping[str, Any], group: str, top: int, *, by_wait: bool
    ) -> tuple[list[Contributor], bool]:
        query: dict[str, Any] = {
            **times,
            "Metric": "db.load.avg",
            "GroupBy": {"Group": group, "Limit": top},
        }
        if by_wait:
            query["PartitionBy"] = {"Group": GROUPS["waits"], "Limit": _PARTS}
        answer: Mapping[str, Any] = self._client.describe_dimension_keys(**query)
        keys = list(answer.get("Keys", []))
        whole = sum(float(key.get("Total") or 0) for key in keys)
        waits = [_named(one["Dimensions"]) for one in answer.get("PartitionKeys", [])]
        found = [
            Contributor(
                name=_named(key.get("Dimensions", {})),
                load=rounded(float(key.get("Total") or 0)),
                share=round(float(key.get("Total") or 0) / whole, 3) if whole else 0.0,
                waits=_waits(waits, key.get("Partitions", [])),
            )
            for key in keys[:top]
        ]
        return found, "NextToken" in answer


def _waits(names: list[str], parts: list[float]) -> list[Wait]:
    known = [
        Wait(name=name, load=rounded(float(part)))
        for name, part in zip(names, parts, strict=False)
        if part
    ]
    return sorted(known, key=lambda one: -one.load)[:_PARTS]


def _named(dimensions: Mapping[str, str]) -> str:
    """Return what a contributor is called; a wait event as `IO:DataFileRead`."""
    for ending in _NAME_OF:
        for key, value in dimensions.items():
            if key.rsplit(".", 1)[-1] == ending and key != _TYPE_OF:
                kind = dimensions.get(_TYPE_OF, "")
                bare = value if not kind or value.startswith(f"{kind}") else f"{kind}:{value}"
                return redacted_text(bare)[:_STATEMENT_CHARACTERS]
    return "unknown"
