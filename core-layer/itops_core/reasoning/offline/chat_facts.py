"""What each answer of a tool says in plain sentences, each with the words that prove it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.investigation import Observation
from itops_core.reasoning.offline.chat_changes import changes_seen
from itops_core.reasoning.offline.chat_databases import events_seen, load_seen, metrics_seen
from itops_core.reasoning.offline.chat_fact import Fact, cited, clock
from itops_core.reasoning.offline.chat_names import names_in
from itops_core.reasoning.offline.chat_run_facts import (
    comparison_seen,
    explanation_seen,
    failures_seen,
    shared_causes_seen,
    trend_seen,
)
from itops_core.reasoning.offline.chat_scope import Scope
from itops_core.reasoning.offline.reading import count_of, moment, records, shortened, text_of
from itops_core.reasoning.offline.task_stops import is_orderly, reason_of

_MOST_PATTERNS = 3
_MOST_ANOMALIES = 4
_LOUD = {"ERROR", "FATAL", "CRITICAL", "SEVERE"}
_STILL = timedelta(minutes=15)
"""What was seen so short a time before the end of the window still goes on."""
_BY_TIER = {1: 1.0, 2: 0.95, 3: 0.85, 4: 0.75}


Facts = Callable[[Observation, Scope], Iterator[Fact]]
Record = Mapping[str, Any]


def facts_of(scope: Scope) -> list[Fact]:
    """Return everything that was seen, in the order in which it was asked."""
    found: list[Fact] = []
    for tool, read in _READERS.items():
        for seen in scope.seen(tool):
            found += read(seen, scope)
    return [_placed(fact, scope) for fact in found if fact.citations]


def _placed(fact: Fact, scope: Scope) -> Fact:
    """Return a fact with what it tells of, and how much it weighs by the tier of that."""
    about = fact.about or next(iter(names_in(fact.text, scope.entries).subjects), "")
    tier = next((one.tier for one in scope.entries if one.entry_id == about), 2)
    return replace(fact, about=about, weight=fact.trouble * _BY_TIER.get(tier, 1.0))


def _has_stopped(value: object, scope: Scope) -> bool:
    """Whether what was seen last at a moment has not been seen for a while."""
    at = moment(value)
    return at is not None and at < scope.reading.until - _STILL


def _alarms(seen: Observation, scope: Scope) -> Iterator[Fact]:
    alarms = records(seen.content, "alarms")
    if not alarms:
        yield Fact("No alarm is in ALARM.", cited(seen, '"alarms":[]'))
    for one in alarms:
        if _concerns(one, scope):
            name, reason = text_of(one, "name"), text_of(one, "reason")
            yield Fact(
                f"Alarm {name} is in ALARM since {clock(one.get('changed_at'))}: "
                f"{shortened(reason, 160)}",
                cited(seen, name),
                trouble=0.9,
                about=_owner(one, scope),
            )


def _owner(alarm: Record, scope: Scope) -> str:
    """Return the entry that an alarm's dimensions name."""
    dimensions: Record = alarm.get("dimensions") or {}
    told = {str(value) for value in dimensions.values()}
    return next((one.entry_id for one in scope.entries if told & _names((one,))), "")


def _concerns(alarm: Record, scope: Scope) -> bool:
    """Whether an alarm is about what the question is about."""
    if not scope.chosen:
        return True
    dimensions: Record = alarm.get("dimensions") or {}
    told = {text_of(alarm, "name"), *(str(value) for value in dimensions.values())}
    return any(name and name in text for name in _names(scope.chosen) for text in told)


def _names(entries: tuple[CatalogEntry, ...]) -> set[str]:
    return {
        name
        for one in entries
        for name in (one.entry_id, one.ecs_service, one.resource, one.state_machine_arn)
        if name
    }


def _anomalies(seen: Observation, scope: Scope) -> Iterator[Fact]:
    since = scope.reading.since
    told = 0
    # What has not gone back crowds out what has, however sure that is.
    findings = sorted(
        records(seen.content, "findings"),
        key=lambda one: (moment(one.get("until")) is None, _unrest(one)),
        reverse=True,
    )
    for one in findings:
        onset = moment(one.get("onset"))
        sentence = text_of(one, "sentence")
        if not sentence or told >= _MOST_ANOMALIES or (onset and onset < since):
            continue
        told += 1
        over = moment(one.get("until")) is not None
        yield Fact(sentence, cited(seen, sentence), trouble=_unrest(one), is_over=over)
    if not told and count_of(seen.content, "series_examined"):
        count = count_of(seen.content, "series_examined")
        space = seen.call.arguments.get("namespace")
        yield Fact(
            f"None of {count} metrics of {space} is other than usual.",
            cited(seen, f'"series_examined":{count}'),
        )


def _unrest(finding: Record) -> float:
    """Return how much an anomaly tells of trouble: errors and delays that rose, most."""
    series = text_of(finding, "series").lower()
    bad = any(word in series for word in ("error", "latency", "fault", "throttl", "fail", "5xx"))
    sure = float(finding.get("confidence") or 0.5)
    if finding.get("direction") == "up":
        return 0.8 * sure if bad else 0.4 * sure
    return 0.2 * sure


def _lines(seen: Observation, scope: Scope) -> Iterator[Fact]:
    group, wanted = text_of(seen.content, "log_group"), seen.call.arguments.get("contains", "")
    matched = count_of(seen.content, "matched")
    if matched == 0:
        yield Fact(f"No line with {wanted!r} in {group}.", cited(seen, '"matched":0'))
    lines = records(seen.content, "lines")
    if matched and lines:
        last = lines[-1]
        message = text_of(last, "message")
        yield Fact(
            f"{matched} {'lines' if matched != 1 else 'line'} with {wanted!r} in {group}, "
            f"last {clock(last.get('at'))}: {shortened(message, 200)}",
            cited(seen, message, f'"matched":{matched}'),
            trouble=0.6,
            cause=f"{group} tells of it: {shortened(message, 240)}",
            confidence=0.4,
            is_on_topic=True,
            has_words=True,
            is_over=_has_stopped(last.get("at"), scope),
        )


def _patterns(seen: Observation, scope: Scope) -> Iterator[Fact]:
    group, told = text_of(seen.content, "log_group"), 0
    for one in records(seen.content, "patterns"):
        example: Record = one.get("example") or {}
        message, change = text_of(example, "message"), text_of(one, "change")
        is_loud = text_of(one, "level") in _LOUD
        if change == "vanished" or not is_loud or told >= _MOST_PATTERNS:
            continue
        told += 1
        count, begun = count_of(one, "count"), clock(one.get("first_seen"))
        word = "New" if change == "new" else "Far more often than usual"
        lines = "1 line" if count == 1 else f"{count} lines"
        yield Fact(
            f"{word} in {group}: {lines} since {begun} like: {shortened(message, 200)}",
            cited(seen, message),
            trouble=0.75,
            cause=f"{group} tells of it since {begun}: {shortened(message, 240)}",
            confidence=0.55,
            is_over=_has_stopped(one.get("last_seen"), scope),
        )


def _service(seen: Observation, scope: Scope) -> Iterator[Fact]:
    content = seen.content
    name = text_of(content, "service")
    desired, running = count_of(content, "desired_count"), count_of(content, "running_count")
    if desired is not None and running is not None:
        short = running < desired
        yield Fact(
            f"{running} of {desired} tasks of {name} run.",
            cited(seen, f'"desired_count":{desired}', f'"running_count":{running}'),
            trouble=0.7 if short else 0.0,
        )
    yield from _stops(seen, scope, name)


def _stops(seen: Observation, scope: Scope, name: str) -> Iterator[Fact]:
    """Yield why tasks ended, the commonest trouble first; what was asked for is none."""
    stopped: dict[str, list[Record]] = {}
    replaced: dict[str, list[Record]] = {}
    for task in records(seen.content, "stopped_tasks"):
        at, reason = moment(task.get("stopped_at")), reason_of(task)
        if reason and (at is None or at >= scope.reading.since):
            (replaced if is_orderly(task) else stopped).setdefault(reason, []).append(task)
    for reason, tasks in sorted(stopped.items(), key=lambda one: -len(one[1]))[:2]:
        yield Fact(
            f"{_counted(tasks)} of {name} stopped: {shortened(reason, 200)}",
            cited(seen, reason),
            trouble=0.75,
            cause=f"Tasks of {name} stop: {shortened(reason, 240)}",
            confidence=0.65,
            is_over=all(_has_stopped(one.get("stopped_at"), scope) for one in tasks),
        )
    for reason, tasks in list(replaced.items())[:1]:
        told = f"{_counted(tasks)} of {name} ended as was asked for: {shortened(reason, 200)}"
        yield Fact(told, cited(seen, reason))


def _counted(tasks: list[Record]) -> str:
    return "1 task" if len(tasks) == 1 else f"{len(tasks)} tasks"


def _devices(seen: Observation, scope: Scope) -> Iterator[Fact]:
    wanted = {name for one in scope.chosen for name in (one.entry_id, *one.depends_on)}
    for one in records(seen.content, "devices"):
        name, condition = text_of(one, "device_id"), text_of(one, "condition")
        if name in wanted:
            degrees = one.get("temperature_celsius")
            told = f", {degrees} °C" if degrees is not None else ""
            fine = condition in ("ok", "in_range", "normal")
            yield Fact(
                f"{name} is {condition.replace('_', ' ')}{told}, last report "
                f"{clock(one.get('last_report_at'))}.",
                cited(seen, f'"condition":"{condition}"', f'"device_id":"{name}"'),
                trouble=0.0 if fine else 0.7,
            )


def _dead_letters(seen: Observation, scope: Scope) -> Iterator[Fact]:
    names = _names(scope.chosen)
    for one in records(seen.content, "queues"):
        name, depth = text_of(one, "name"), count_of(one, "depth") or 0
        if depth and any(known in name for known in names):
            yield Fact(
                f"{depth} dead {'letter waits' if depth == 1 else 'letters wait'} in {name}.",
                cited(seen, name),
                trouble=0.7,
            )


_READERS: dict[str, Facts] = {
    "find_shared_causes": shared_causes_seen,
    "get_failure_trend": trend_seen,
    "list_failed_executions": failures_seen,
    "explain_execution_failure": explanation_seen,
    "compare_executions": comparison_seen,
    "list_alarms": _alarms,
    "detect_metric_anomalies": _anomalies,
    "describe_ecs_service": _service,
    "get_database_metrics": metrics_seen,
    "get_database_load": load_seen,
    "list_database_events": events_seen,
    "get_dlq_depth": _dead_letters,
    "list_fleet_devices": _devices,
    "find_log_patterns": _patterns,
    "query_cloudwatch_logs": _lines,
    "list_recent_changes": changes_seen,
}
