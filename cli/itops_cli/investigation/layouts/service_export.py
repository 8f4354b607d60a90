"""What an observability system exports of an incident among services, as a recording.

`alert.json`, `metrics.csv`, `logs.ndjson`, `patterns.json`, `traces.json`, and under `context/`
what was changed: commits with their diffs, deployments, feature flags; notices of what runs below.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from itops_cli.investigation.layouts.changes import changes_in
from itops_cli.investigation.layouts.reading import CaseFolder, moment_in, number_in, text_in
from itops_cli.investigation.layouts.spans import called, segments
from itops_core.domain.catalog import CatalogEntry
from itops_core.errors import InvalidInputError
from monitoring_server.recorded.recording import LogEvent, Raw, RecordedMetric, Recording

NAMESPACE = "Telemetry"
DIMENSION = "Service"

_ALERT, _METRICS, _LOGS = "alert.json", "metrics.csv", "logs.ndjson"
_PATTERNS, _TRACES = "patterns.json", "traces.json"
_COMMITS, _DEPLOYS, _FLAGS = "context/commits.json", "context/deploys.json", "context/flags.json"
NOTICES = tuple(
    f"{folder}{name}.json"
    for folder in ("", "context/")
    for name in ("status_feed", "status", "infra", "infra_events", "infra_notes", "notes")
)
"""What the systems below the services say of themselves."""
NAMES = (_ALERT, _METRICS, _LOGS, _PATTERNS, _TRACES, _COMMITS, _DEPLOYS, _FLAGS, *NOTICES)
"""The only files that are opened."""

_FIRED = ("fired_at", "timestamp", "started_at", "triggered_at")
_OWN_FIELDS = {"timestamp", "service", "severity_text", "msg", "message", "level", "trace_id"}
_WORTH_A_LINE = 2000


def is_one(folder: Path) -> bool:
    """Whether `folder` has this layout."""
    has_telemetry = any((folder / name).is_file() for name in (_METRICS, _LOGS, _TRACES))
    return (folder / _ALERT).is_file() and has_telemetry


def recording_of(folder: Path) -> Recording:
    """Return the recording, which ends with the last thing that was measured."""
    files = CaseFolder(folder, NAMES)
    alert = files.json(_ALERT)
    if not isinstance(alert, Mapping) or not text_in(alert, "service"):
        raise InvalidInputError(f"{folder / _ALERT} does not name the service it is about")
    metrics = tuple(_metrics(files))
    logs = list(_log_events(files))
    spans = files.records(_TRACES)
    ended = _ended_at(alert, metrics, logs)
    logs += _pattern_events(files, ended)
    names = {text_in(alert, "service"), *(one.dimensions[DIMENSION] for one in metrics)}
    names |= {event.stream.partition("/")[0] for event in logs} | {
        text_in(span, "service") for span in spans
    }
    return Recording(
        recorded_at=ended,
        alarms=(_alarm(alert, ended),),
        metrics=metrics,
        log_events=tuple(logs),
        segments=tuple(segments(spans)),
        changes=tuple(
            changes_in(
                files.records(_COMMITS),
                files.records(_DEPLOYS),
                files.records(_FLAGS),
                [files.json(name) for name in NOTICES if files.has(name)],
            )
        ),
        catalog=tuple(_catalog(names - {""}, called(spans), logs)),
    )


def _metrics(files: CaseFolder) -> Iterator[RecordedMetric]:
    series: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in csv.DictReader(files.lines(_METRICS)):
        at = moment_in(row, "timestamp", "time")
        try:
            value = float(row.get("value") or "")
        except ValueError:
            continue
        if at is not None and row.get("service") and row.get("metric"):
            series.setdefault((row["service"], row["metric"]), []).append((at.timestamp(), value))
    if files.has(_METRICS) and not series:
        raise InvalidInputError(
            f"{files.folder / _METRICS} has no row with timestamp, service, metric and value"
        )
    for (service, metric), points in series.items():
        yield RecordedMetric(
            namespace=NAMESPACE,
            metric=metric,
            dimensions={DIMENSION: service},
            points=tuple(sorted(points)),
        )


def _log_events(files: CaseFolder) -> Iterator[LogEvent]:
    for line in files.json_lines(_LOGS):
        at, service = moment_in(line, "timestamp", "time"), text_in(line, "service")
        if at is None or not service:
            continue
        level = text_in(line, "severity_text", "level").upper()
        extras = " ".join(
            f"{name}={value}" for name, value in line.items() if name not in _OWN_FIELDS
        )
        message = " ".join(
            part for part in (level, text_in(line, "msg", "message"), extras) if part
        )
        yield LogEvent(
            log_group=log_group(service),
            timestamp=int(at.timestamp() * 1000),
            stream=f"{service}/1",
            message=message[:_WORTH_A_LINE],
        )


def _pattern_events(files: CaseFolder, at: datetime) -> Iterator[LogEvent]:
    """Yield one line for each pattern that the log system counted: it saw more than the sample."""
    for pattern in files.records(_PATTERNS):
        service, signature = text_in(pattern, "service"), text_in(pattern, "signature", "pattern")
        count = number_in(pattern, "count")
        if not service or not signature or count is None:
            continue
        is_bad = text_in(pattern, "sentiment").lower() == "negative"
        change = text_in(pattern, "delta_vs_baseline") or "unknown"
        yield LogEvent(
            log_group=log_group(service),
            timestamp=int(at.timestamp() * 1000),
            stream=f"{service}/patterns",
            message=f"{'ERROR' if is_bad else 'INFO'} {signature} "
            f"[counted {count:g} times, {change} against the baseline]",
        )


def _ended_at(
    alert: Mapping[str, Any], metrics: Iterable[RecordedMetric], logs: Iterable[LogEvent]
) -> datetime:
    seconds = [one.points[-1][0] for one in metrics] + [one.timestamp / 1000 for one in logs]
    told = [datetime.fromtimestamp(second, UTC) for second in seconds]
    fired = moment_in(alert, *_FIRED)
    told += [fired] if fired else []
    if not told:
        raise InvalidInputError("nothing in the folder says when it happened")
    return max(told)


def _alarm(alert: Mapping[str, Any], ended: datetime) -> Raw:
    service, metric = text_in(alert, "service"), text_in(alert, "metric")
    threshold, observed = number_in(alert, "threshold"), number_in(alert, "observed", "value")
    above = threshold is None or observed is None or observed > threshold
    words = [text_in(alert, name) for name in ("summary", "description", "detail")]
    told = f"{metric} of {service} was {observed:g}" if observed is not None else metric
    line = "" if threshold is None else f", the threshold is {threshold:g}"
    return {
        "AlarmName": text_in(alert, "monitor", "name", "title") or f"{service} {metric}".strip(),
        "AlarmDescription": "\n".join(word for word in words if word),
        "Namespace": NAMESPACE,
        "MetricName": metric,
        "Dimensions": [{"Name": DIMENSION, "Value": service}],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": threshold,
        "ComparisonOperator": "GreaterThanThreshold" if above else "LessThanOrEqualToThreshold",
        "StateValue": "ALARM",
        "StateReason": f"Threshold Crossed: {told}{line}.",
        "StateUpdatedTimestamp": moment_in(alert, *_FIRED) or ended,
    }


def _catalog(
    names: Iterable[str], calls: Mapping[str, Iterable[str]], logs: Iterable[LogEvent]
) -> Iterator[CatalogEntry]:
    """Yield an entry for everything that reports: who it calls is what it leans on."""
    groups = {event.log_group for event in logs}
    for name in sorted(set(names)):
        group = log_group(name)
        yield CatalogEntry(
            entry_id=name,
            kind="ecs_service",
            environment="recorded",
            description="Known from recorded telemetry only.",
            log_groups=(group,) if group in groups else (),
            metric_namespace=NAMESPACE,
            metric_dimensions={DIMENSION: name},
            depends_on=tuple(calls.get(name, ())),
        )


def log_group(service: str) -> str:
    """Return the log group that stands for the lines of a service."""
    return f"/service/{service}"
