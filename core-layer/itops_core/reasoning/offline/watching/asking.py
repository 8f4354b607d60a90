"""What a round of watching asks: first everything at once, then closer where something is odd."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from itops_core.domain.investigation import ToolCall
from itops_core.reasoning.offline.reading import count_of, moment, number_of, text_of
from itops_core.reasoning.offline.watching.standing import component_of, failed_runs
from itops_core.reasoning.offline.watching.watched import Watched

AT_ONCE = 8
_PAGES = 6
_HOURS_BACK = 24
_CLOSER = 6
"""So many of one sort are looked at closer in one round."""
_RECENT = timedelta(minutes=90)
_HISTORY_MINUTES = 240
_RHYTHM_MINUTES = 900
_DOUBTFUL_MINUTES = 5
_PAGED = ("list_alarms", "get_dlq_depth", "list_failed_executions", "get_excursion_events")


def questions(watched: Watched) -> tuple[ToolCall, ...]:
    """Return what to ask next; nothing once everything was looked at."""
    found: list[ToolCall] = []
    for call in _all(watched):
        if call not in found and not watched.has_asked(call):
            found.append(call)
        if len(found) == AT_ONCE:
            break
    return tuple(found)


def _all(watched: Watched) -> Iterator[ToolCall]:
    if not watched.seen:
        yield from _first(watched.device)
        return
    yield from _further_pages(watched)
    yield from _about_devices(watched)
    if not watched.device:
        yield from _about_pipelines(watched)
        yield from _about_queues(watched)
        yield from _about_alarms(watched)


def _first(device: str) -> Iterator[ToolCall]:
    yield _fleet("list_fleet_devices")
    if device:
        yield _fleet("get_excursion_events", device_id=device)
        yield _fleet("get_device_telemetry", device_id=device, minutes_back=120)
        yield _fleet("get_device_shadow", device_id=device)
    else:
        yield _fleet("get_excursion_events")
        yield _look("list_alarms", state="ALARM")
        yield _look("list_alarms")
        yield _look("get_dlq_depth")
        yield _look("list_failed_executions", hours_back=_HOURS_BACK)
    for which in ({}, {"stuck": True}):
        arguments: dict[str, Any] = {"limit": 50, **which}
        yield ToolCall(server="incident", tool="list_incidents", arguments=arguments)


def _further_pages(watched: Watched) -> Iterator[ToolCall]:
    pages: dict[str, int] = {}
    for seen in watched.seen:
        pages[seen.call.tool] = pages.get(seen.call.tool, 0) + 1
    for seen in watched.seen:
        cursor = seen.content.get("cursor")
        tool = seen.call.tool
        if tool in _PAGED and isinstance(cursor, str) and cursor and pages[tool] <= _PAGES:
            arguments = {**seen.call.arguments, "cursor": cursor}
            yield seen.call.model_copy(update={"arguments": arguments})


def _about_devices(watched: Watched) -> Iterator[ToolCall]:
    closer = 0
    for _, row in watched.rows("list_fleet_devices", "devices", "device_id"):
        device, condition = text_of(row, "device_id"), text_of(row, "condition")
        if watched.device and device != watched.device:
            continue
        silent = number_of(row, "silent_minutes")
        is_late = silent is not None and silent >= _DOUBTFUL_MINUTES
        is_odd = condition in {"out_of_range", "silent", "no_rule"}
        if not (is_late or is_odd) or closer >= _CLOSER:
            continue
        closer += 1
        if is_late:
            yield _rhythm(device, silent or 0)
        if condition in {"out_of_range", "no_rule"}:
            yield _fleet("get_device_shadow", device_id=device)
        if condition == "no_rule" and not is_late:
            yield _fleet("get_device_telemetry", device_id=device, minutes_back=60)


def _rhythm(device: str, silent: float) -> ToolCall:
    """Return the question how often a device reported before it fell silent."""
    minutes = min(1440, int(silent) + _RHYTHM_MINUTES)
    quantities = ["ReportsReceived", "BatteryPercent"]
    return _fleet(
        "get_device_telemetry", device_id=device, quantities=quantities, minutes_back=minutes
    )


def _about_pipelines(watched: Watched) -> Iterator[ToolCall]:
    for arn in list(failed_runs(watched))[:_CLOSER]:
        if arn:
            yield _look("explain_execution_failure", execution_arn=arn)


def _about_queues(watched: Watched) -> Iterator[ToolCall]:
    deep = [
        text_of(queue, "name")
        for _, queue in watched.rows("get_dlq_depth", "queues", "name")
        if (count_of(queue, "depth") or 0) > 0
    ]
    for name in deep[:_CLOSER]:
        yield _look(
            "get_metrics",
            namespace="AWS/SQS",
            metric="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": name},
            statistic="Maximum",
            minutes_back=_HISTORY_MINUTES,
        )


def _about_alarms(watched: Watched) -> Iterator[ToolCall]:
    alarms = [row for _, row in watched.rows("list_alarms", "alarms", "name")]
    ringing = [one for one in alarms if text_of(one, "state") == "ALARM"]
    recent = [
        one
        for one in alarms
        if text_of(one, "state") != "ALARM" and _changed_recently(watched, one)
    ]
    for alarm in (*ringing[:_CLOSER], *recent[:_CLOSER]):
        name = text_of(alarm, "name")
        yield _look("get_alarm_history", alarm_name=name, minutes_back=_HISTORY_MINUTES)
    for component in dict.fromkeys(component_of(one) for one in ringing[:_CLOSER]):
        arguments = {"name": component[:200]}
        yield ToolCall(server="incident", tool="get_catalog_entry", arguments=arguments)


def _changed_recently(watched: Watched, alarm: dict[str, Any]) -> bool:
    changed = moment(alarm.get("changed_at"))
    return changed is not None and watched.now - changed <= _RECENT


def _fleet(tool: str, **arguments: object) -> ToolCall:
    return ToolCall(server="fleet", tool=tool, arguments=dict(arguments))


def _look(tool: str, **arguments: object) -> ToolCall:
    return ToolCall(server="monitoring", tool=tool, arguments=dict(arguments))
