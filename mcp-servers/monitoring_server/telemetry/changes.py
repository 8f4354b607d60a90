"""What changed lately, from every source that can be asked cheaply, newest first."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol

from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from pydantic import Field

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import Moment, Value, canonical_json
from itops_core.tools.aws_errors import asking
from itops_core.tools.paging import Cursor, items_page
from itops_core.tools.tool_server import ToolResult
from monitoring_server.telemetry.services import Cluster, Service
from monitoring_server.telemetry.windows import End, Window, window

_SHOWN = 25
_SHOWN_CHARACTERS = 5400
_WHAT_CHARACTERS = 500
_DETAIL_CHARACTERS = 2000
_TEXT_CHARACTERS = 1500


class Change(Value):
    """One thing that is not as it was."""

    at: Moment
    kind: str = Field(description="deployment, function_version, stack, parameter, api_call …")
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
    on_ecs: bool = True
    """Whether it may be an ECS service: a pipeline, function or table is none."""


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
        cursor: Cursor = None,
    ) -> ChangeList:
        """List what changed, newest first: rollouts, functions, stacks, parameters, alarms."""
        span = window(hours_back * 60, before, self._now())
        target = self._target(service, cluster)
        found, gaps = self._asked(target, span)
        newest = sorted(found, key=lambda change: change.at, reverse=True)
        page = items_page(
            [_timed(_shortened(change), span.end) for change in newest],
            cursor,
            _SHOWN,
            _SHOWN_CHARACTERS,
        )
        return ChangeList(
            changes=page.items,
            gaps=gaps,
            data_source="change_history",
            query={
                "cluster": target.cluster,
                "service": target.service,
                "since": span.start.isoformat(),
                "before": span.end.isoformat(),
            },
            truncated=page.cursor is not None,
            cursor=page.cursor,
        )

    def _asked(self, target: Target, span: Window) -> tuple[list[Change], list[str]]:
        """Return what the sources tell, and which could not; raise where none of them could."""

        def ask(source: ChangeSource) -> list[Change] | ToolError | MCPError:
            try:
                with asking(source.name):
                    return list(source.changes(target, span))
            except (ToolError, MCPError) as error:
                return error

        with ThreadPoolExecutor(len(self._sources)) as pool:
            answers = list(zip(self._sources, pool.map(ask, self._sources), strict=True))
        outages = [answer for _, answer in answers if isinstance(answer, MCPError)]
        if outages and len(outages) == len(answers):
            raise outages[0]
        return (
            [one for _, answer in answers if isinstance(answer, list) for one in answer],
            [
                f"{source.name}: {answer}"
                for source, answer in answers
                if not isinstance(answer, list)
            ],
        )

    def _target(self, service: str | None, cluster: str | None) -> Target:
        if service is None or cluster is not None:
            return Target(cluster=cluster, service=service)
        with asking("dynamodb"):
            entry = self._catalog.find(service)
        if entry is None:
            return Target(service=service)
        on_ecs = entry.kind in {"ecs_service", "other"} or entry.ecs_service is not None
        return Target(cluster=entry.cluster, service=entry.ecs_service or service, on_ecs=on_ecs)


def _shortened(change: Change) -> Change:
    """Return the change without the bulk of a detail that would crowd out all others.

    Text is cut at its end, so that of a diff its beginning stays; anything else goes whole.
    """
    detail = change.detail
    if len(canonical_json(detail)) > _DETAIL_CHARACTERS:
        detail = {name: _cut(value) for name, value in list(detail.items())[:8]}
    return change.model_copy(update={"what": change.what[:_WHAT_CHARACTERS], "detail": detail})


def _cut(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, str):
        return value[:_TEXT_CHARACTERS]
    return value if len(canonical_json(value)) <= _DETAIL_CHARACTERS // 5 else "too long"


def _timed(change: Change, end: datetime) -> Change:
    minutes = (end - change.at) / timedelta(minutes=1)
    return change.model_copy(update={"minutes_before": round(minutes, 1)})
