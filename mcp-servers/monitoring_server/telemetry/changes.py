"""What changed lately, from every source that can be asked cheaply, newest first."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import Moment, Value
from itops_core.tools.aws_errors import asking
from itops_core.tools.tool_server import ToolResult
from monitoring_server.telemetry.services import Cluster, Service
from monitoring_server.telemetry.windows import End, Window, window

_SHOWN = 25


class Change(Value):
    """One thing that is not as it was."""

    at: Moment
    kind: str = Field(description="deployment, task_definition, parameter, alarm_state …")
    what: str
    who: str = ""
    detail: dict[str, Any] = Field(default_factory=dict)
    change_id: str
    minutes_before: float = Field(default=0, description="Before the end of the window.")


class ChangeList(ToolResult):
    """Changes, the newest first."""

    changes: list[Change]
    gaps: list[str] = Field(description="Sources that could not be asked, and why.")


class Target(Value):
    """The ECS service a question is about; a missing part stands for all of them."""

    cluster: str | None = None
    service: str | None = None


class ChangeSource(Protocol):
    """One place where changes are written down."""

    @property
    def name(self) -> str:
        """As IAM names the service: `ecs`, `ssm`, `cloudwatch`."""
        ...

    def changes(self, target: Target, span: Window) -> Iterable[Change]:
        """Return what changed in the window."""
        ...


class Catalog(Protocol):
    """Who is who, by name."""

    def find(self, name: str) -> CatalogEntry | None:
        """Return the entry of a service, or `None`."""
        ...


class Changes:
    """Asks all sources and merges what they say."""

    def __init__(
        self, sources: tuple[ChangeSource, ...], catalog: Catalog, now: Callable[[], datetime]
    ) -> None:
        self._sources = sources
        self._catalog = catalog
        self._now = now

    def list_recent_changes(
        self,
        service: Annotated[
            Service | None,
            Field(description="Service, as the catalog or ECS names it; all, if left out."),
        ] = None,
        cluster: Cluster | None = None,
        hours_back: Annotated[int, Field(ge=1, le=24 * 14, description="How far back.")] = 24,
        before: Annotated[
            End, Field(description="Only changes before this moment, such as the onset.")
        ] = None,
    ) -> ChangeList:
        """List deployments with what they changed, parameters and alarms, newest first."""
        span = window(hours_back * 60, before, self._now())
        target = self._target(service, cluster)
        found: list[Change] = []
        gaps: list[str] = []
        for source in self._sources:
            try:
                with asking(source.name):
                    found.extend(source.changes(target, span))
            except ToolError as error:
                gaps.append(f"{source.name}: {error}")
        newest = sorted(found, key=lambda change: change.at, reverse=True)
        return ChangeList(
            changes=[_timed(change, span.end) for change in newest[:_SHOWN]],
            gaps=gaps,
            data_source="change_history",
            query={
                "cluster": target.cluster,
                "service": target.service,
                "since": span.start.isoformat(),
                "before": span.end.isoformat(),
            },
            truncated=len(newest) > _SHOWN,
            cursor=newest[_SHOWN - 1].at.isoformat() if len(newest) > _SHOWN else None,
        )

    def _target(self, service: str | None, cluster: str | None) -> Target:
        if service is None or cluster is not None:
            return Target(cluster=cluster, service=service)
        with asking("dynamodb"):
            entry = self._catalog.find(service)
        if entry is None:
            return Target(service=service)
        return Target(cluster=entry.cluster, service=entry.ecs_service or service)


def _timed(change: Change, end: datetime) -> Change:
    minutes = (end - change.at) / timedelta(minutes=1)
    return change.model_copy(update={"minutes_before": round(minutes, 1)})
