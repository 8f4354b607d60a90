"""Where to look for the answer to a question, and where next, given what was seen.

The questions to the tools follow from the reading and from the answers so far alone, so that a
repeat asks the same. A service's logs, metrics, alarms and changes; a pipeline's executions.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.investigation import Observation, ToolCall
from itops_core.domain.question import MOST_HOURS, Intent
from itops_core.domain.values import canonical_json
from itops_core.reasoning.offline.chat_databases import TOPIC, database_calls, databases_meant
from itops_core.reasoning.offline.chat_scope import Scope
from itops_core.reasoning.offline.reading import moment, records, text_of

_MOST_EXPLAINED = 2
_MOST_GROUPS = 10
_MOST_NAMESPACES = 3
_DAY_MINUTES = 24 * 60
_LEAST_TREND_DAYS = 7
_MOST_CHARTS = 3
_SERIES = re.compile(r"(?P<metric>[^ ()]+)(?: \((?P<pairs>[^()]*)\))?")
_DATA_STORES = ("table", TOPIC)


def open_calls(scope: Scope) -> tuple[ToolCall, ...]:
    """Return what is still to be asked: nothing, once all that tells was seen."""
    asked = {_identity(one.call) for one in scope.observations}
    wanted: dict[str, ToolCall] = {}
    for call in _wanted(scope):
        identity = _identity(call)
        if identity not in asked:
            wanted.setdefault(identity, call)
    return tuple(wanted.values())


def _wanted(scope: Scope) -> Iterator[ToolCall]:
    chosen = scope.chosen
    if scope.reading.intent is Intent.SHARED:
        yield _shared(scope)
        return
    pipelines = [one for one in chosen if one.kind == "pipeline"]
    others = [one for one in chosen if one.kind != "pipeline"]
    for entry in pipelines:
        yield from _of_pipeline(scope, entry)
    for entry in others:
        yield from _of_service(scope, entry)
    for database in databases_meant(scope):
        yield from database_calls(scope, database)
    if not chosen:
        yield from _of_everything(scope)
    if scope.draws:
        yield from _charts(scope, pipelines)


def _shared(scope: Scope) -> ToolCall:
    named = [one.entry_id for one in scope.chosen if one.kind == "pipeline"]
    given: dict[str, Any] = {"hours_back": scope.reading.hours}
    if named:
        given["state_machines"] = named
    return _monitoring("find_shared_causes", **given)


def _of_pipeline(scope: Scope, entry: CatalogEntry) -> Iterator[ToolCall]:
    reading, name = scope.reading, entry.entry_id
    if reading.intent is Intent.TREND:
        yield _monitoring("get_failure_trend", state_machine=name, **_days(scope))
    yield _monitoring(
        "list_failed_executions", state_machine=name, hours_back=reading.hours, **_end(scope)
    )
    failed = _latest_failures(scope, name)
    if reading.intent is Intent.WHY and _did_not_fail(scope, name) and reading.hours < MOST_HOURS:
        # To this day: what failed since then tells as much as what failed before.
        yield _monitoring("list_failed_executions", state_machine=name, hours_back=MOST_HOURS)
    for place, arn in enumerate(failed[:_MOST_EXPLAINED]):
        yield _monitoring("explain_execution_failure", execution_arn=arn)
        if place == 0 and reading.intent in (Intent.CHANGES, Intent.WHY):
            yield _monitoring("compare_executions", execution_arn=arn)
    if reading.intent is Intent.CHANGES or (failed and reading.intent is Intent.WHY):
        yield _changes(scope, name)
    if reading.topics:
        for group in _groups([entry, *_leaned_on(scope, entry)]):
            yield from _lines(scope, group)


def _of_service(scope: Scope, entry: CatalogEntry) -> Iterator[ToolCall]:
    intent = scope.reading.intent
    if intent is not Intent.CHANGES:
        yield _monitoring("list_alarms", state="ALARM")
        yield from _anomalies(scope, entry.metric_namespace, entry.metric_dimensions)
        yield from _of_kind(scope, entry)
        for group in entry.log_groups:
            yield from _lines(scope, group)
            if not scope.reading.topics:
                yield _patterns(scope, group)
    if intent in (Intent.WHY, Intent.CHANGES):
        yield _changes(scope, entry.entry_id)


def _of_kind(scope: Scope, entry: CatalogEntry) -> Iterator[ToolCall]:
    if entry.kind == "queue" and entry.resource:
        yield _monitoring("get_dlq_depth")
    yield from database_calls(scope, entry)
    if entry.kind in ("device", "device_fleet"):
        yield ToolCall(server="fleet", tool="list_fleet_devices")
    if entry.kind == "ecs_service" and scope.reading.intent in (Intent.WHY, Intent.STATUS):
        yield _monitoring(
            "describe_ecs_service",
            cluster=entry.cluster or "default",
            service=entry.ecs_service or entry.entry_id,
        )


def _of_everything(scope: Scope) -> Iterator[ToolCall]:
    reading = scope.reading
    if reading.intent is Intent.TREND:
        yield _monitoring("get_failure_trend", **_days(scope))
    if reading.intent is Intent.CHANGES:
        yield _changes(scope, None)
        return
    yield _monitoring("list_failed_executions", hours_back=reading.hours, **_end(scope))
    if reading.intent is Intent.TREND:
        return
    yield _monitoring("list_alarms", state="ALARM")
    if not reading.topics:
        spaces = dict.fromkeys(one.metric_namespace for one in scope.entries)
        for namespace in [one for one in spaces if one][:_MOST_NAMESPACES]:
            yield from _anomalies(scope, namespace, {})
    for group in _groups(_by_topic(scope)):
        yield from _lines(scope, group)
    if reading.intent is Intent.WHY:
        for arn in _latest_failures(scope, None)[:_MOST_EXPLAINED]:
            yield _monitoring("explain_execution_failure", execution_arn=arn)
        worst = _worst(scope)
        if worst is not None:
            yield from _of_service(scope, worst)


def _lines(scope: Scope, group: str) -> Iterator[ToolCall]:
    """Yield the question for lines on the topics, or for errors where there are none."""
    topics = [one for one in scope.reading.topics if one != TOPIC]
    for wanted in topics or ["ERROR"]:
        yield _monitoring(
            "query_cloudwatch_logs",
            log_group=group,
            minutes_back=scope.reading.minutes,
            contains=wanted,
            limit=20,
            **_end(scope),
        )
        yield from _timed_out(scope, group, wanted)


def _timed_out(scope: Scope, group: str, wanted: str) -> Iterator[ToolCall]:
    """Yield the other spelling of a time-out, where the first one found nothing."""
    if wanted != "timeout":
        return
    for one in scope.seen("query_cloudwatch_logs"):
        given = one.call.arguments
        if (given.get("log_group"), given.get("contains")) != (group, wanted):
            continue
        if one.content.get("matched") == 0:
            yield one.call.model_copy(update={"arguments": {**given, "contains": "timed out"}})


def _patterns(scope: Scope, group: str) -> ToolCall:
    minutes = min(scope.reading.minutes, _DAY_MINUTES)
    return _monitoring("find_log_patterns", log_group=group, minutes_back=minutes, **_end(scope))


def _anomalies(
    scope: Scope, namespace: str | None, dimensions: Mapping[str, str]
) -> Iterator[ToolCall]:
    if namespace:
        given: dict[str, Any] = {"dimensions": dict(dimensions)} if dimensions else {}
        yield _monitoring(
            "detect_metric_anomalies",
            namespace=namespace,
            minutes_back=min(max(scope.reading.minutes, 15), 7 * _DAY_MINUTES),
            **given,
            **_end(scope),
        )


def _changes(scope: Scope, service: str | None) -> ToolCall:
    given: dict[str, Any] = {"hours_back": min(scope.reading.hours, 168)}
    if service:
        given["service"] = service
    if not scope.is_now:
        given["before"] = scope.reading.until.isoformat()
    return _monitoring("list_recent_changes", **given)


def _days(scope: Scope) -> dict[str, Any]:
    days = min(14, max(_LEAST_TREND_DAYS, -(-scope.reading.hours // 24)))
    return {"days": days, **_end(scope)}


def _end(scope: Scope) -> dict[str, Any]:
    return {} if scope.is_now else {"end": scope.reading.until.isoformat()}


def _latest_failures(scope: Scope, machine: str | None) -> list[str]:
    """Return the newest execution of each family of failures, the commonest first."""
    found: list[str] = []
    for one in scope.seen("list_failed_executions"):
        if one.call.arguments.get("state_machine") == machine and not looks_earlier(one, scope):
            families = records(one.content, "families")
            found += [text_of(family, "latest_execution") for family in families]
    return [arn for arn in dict.fromkeys(found) if arn]


def looks_earlier(seen: Observation, scope: Scope) -> bool:
    """Whether failures were looked for in a longer time than was asked about."""
    hours = seen.call.arguments.get("hours_back")
    return isinstance(hours, int) and hours > scope.reading.hours


def _did_not_fail(scope: Scope, machine: str) -> bool:
    return any(
        one.content.get("failed") == 0
        for one in scope.seen("list_failed_executions")
        if one.call.arguments.get("state_machine") == machine and not looks_earlier(one, scope)
    )


def _leaned_on(scope: Scope, entry: CatalogEntry) -> list[CatalogEntry]:
    return [one for one in scope.entries if one.entry_id in entry.depends_on]


def _groups(entries: Sequence[CatalogEntry]) -> list[str]:
    return list(dict.fromkeys(group for one in entries for group in one.log_groups))[:_MOST_GROUPS]


def _by_topic(scope: Scope) -> list[CatalogEntry]:
    """Return the entries with logs; those that lean on a data store first where one is asked of."""
    stores = {one.entry_id for one in scope.entries if one.kind in _DATA_STORES}
    if TOPIC in scope.reading.topics:
        return sorted(scope.entries, key=lambda one: not stores & set(one.depends_on))
    return sorted(scope.entries, key=lambda one: one.tier)


def _charts(scope: Scope, pipelines: Sequence[CatalogEntry]) -> Iterator[ToolCall]:
    """Yield the series to draw: failures by day, and the metrics that stand out most."""
    for entry in pipelines:
        yield _monitoring("get_failure_trend", state_machine=entry.entry_id, **_days(scope))
    drawn = 0
    for one in scope.seen("detect_metric_anomalies"):
        for finding in records(one.content, "findings"):
            found = _SERIES.fullmatch(text_of(finding, "series"))
            onset = moment(finding.get("onset"))
            is_past = onset is not None and onset < scope.reading.since
            if found is None or drawn >= _MOST_CHARTS or is_past or _is_down(finding):
                continue
            pairs = (pair.partition("=") for pair in (found["pairs"] or "").split(", ") if pair)
            named = {name: value for name, _, value in pairs}
            given: dict[str, Any] = one.call.arguments
            drawn += 1
            yield _monitoring(
                "get_metrics",
                namespace=given["namespace"],
                metric=found["metric"],
                dimensions={**given.get("dimensions", {}), **named},
                statistic="Sum" if found["metric"].endswith("Count") else "Average",
                minutes_back=max(60, min(scope.reading.minutes, _DAY_MINUTES)),
                **_end(scope),
            )


def _is_down(finding: Mapping[str, Any]) -> bool:
    return finding.get("direction") != "up"


def _worst(scope: Scope) -> CatalogEntry | None:
    """Return the service that is worst off now: it rings, or its metrics have not gone back."""
    best: tuple[tuple[bool, bool, int, float], CatalogEntry] | None = None
    ringing = [
        alarm for one in scope.seen("list_alarms") for alarm in records(one.content, "alarms")
    ]
    for one in scope.seen("detect_metric_anomalies"):
        for finding in records(one.content, "findings"):
            series = text_of(finding, "series")
            size = abs(float(finding.get("change_percent") or 0))
            entry = next((known for known in scope.entries if known.entry_id in series), None)
            if entry is None or finding.get("direction") != "up":
                continue
            lasts = moment(finding.get("until")) is None
            rings = any(_is_of(alarm, entry) for alarm in ringing)
            rank = (rings, lasts, -entry.tier, size)
            if best is None or rank > best[0]:
                best = (rank, entry)
    return best[1] if best else None


def _is_of(alarm: Mapping[str, Any], entry: CatalogEntry) -> bool:
    """Whether an alarm's dimensions or its name are those of an entry."""
    dimensions: Mapping[str, Any] = alarm.get("dimensions") or {}
    told = {str(value) for value in dimensions.values()}
    names = {entry.entry_id, entry.ecs_service, entry.resource} - {None}
    return bool(told & names) or entry.entry_id in text_of(alarm, "name")


def _monitoring(tool: str, **arguments: Any) -> ToolCall:  # noqa: ANN401
    return ToolCall(server="monitoring", tool=tool, arguments=arguments)


def _identity(call: ToolCall) -> str:
    return canonical_json([call.server, call.tool, call.arguments])
