"""Turning over the pages of a list of changes: the one to blame may stand on a later one."""

from collections.abc import Iterator

from itops_core.domain.investigation import ObservationStatus, ToolCall
from itops_core.domain.values import canonical_json
from itops_core.reasoning.offline.scene import Scene

_TOOL = "list_recent_changes"
_PAGES = 4
"""Of one list; what was changed long before is seldom to blame."""


def further_pages(scene: Scene) -> tuple[ToolCall, ...]:
    """Return the calls for the next page of each list of changes that has one."""
    return tuple(_further(scene))


def _further(scene: Scene) -> Iterator[ToolCall]:
    asked: dict[str, int] = {}
    for seen in scene.everything:
        if seen.call.tool == _TOOL and seen.status is not ObservationStatus.REFUSED:
            asked[_list(seen.call)] = asked.get(_list(seen.call), 0) + 1
    calls = {
        canonical_json(seen.call.arguments) for seen in scene.everything if seen.call.tool == _TOOL
    }
    for seen in scene.answers(_TOOL):
        cursor = seen.content.get("cursor")
        if not isinstance(cursor, str) or asked.get(_list(seen.call), 0) >= _PAGES:
            continue
        arguments = {**seen.call.arguments, "cursor": cursor}
        if canonical_json(arguments) not in calls:
            yield seen.call.model_copy(update={"arguments": arguments})


def _list(call: ToolCall) -> str:
    return canonical_json({key: value for key, value in call.arguments.items() if key != "cursor"})
