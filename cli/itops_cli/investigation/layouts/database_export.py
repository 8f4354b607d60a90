"""What was saved of a database incident from AWS itself, as a recording.

`alert.json`; `aws_cloudwatch_metrics.json` (GetMetricData) or one `aws_cloudwatch_metrics_*.json`
for each metric; `aws_performance_insights.json`; `aws_rds_events.json`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from itops_cli.investigation.layouts.reading import CaseFolder, moment_in, number_in, text_in
from itops_core.domain.catalog import CatalogEntry
from itops_core.errors import InvalidInputError
from monitoring_server.recorded.recording import DatabaseLoad, Raw, RecordedMetric, Recording

_ALERT, _EVENTS = "alert.json", "aws_rds_events.json"
_LOAD = "aws_performance_insights.json"
_METRICS = "aws_cloudwatch_metrics"
_ONE_METRIC = re.compile(rf"{_METRICS}(_[A-Za-z0-9%]{{1,80}})?\.json")
"""A file of metrics, by its name: nothing else that lies beside it is opened."""

_DIMENSION = "DBInstanceIdentifier"
_NAMESPACE = "AWS/RDS"
_IN_SECONDS = {"Milliseconds": 0.001, "Microseconds": 0.000001}
_LATENCIES = {"ReadLatency", "WriteLatency"}
"""Which CloudWatch has in seconds, whatever the export says."""

_GROUPS = {
    "top_sql": "db.sql_tokenized",
    "top_wait_events": "db.wait_event",
    "top_users": "db.user",
    "top_hosts": "db.host",
}
_SILENT = {"normal", "ok", "resolved", "closed", "recovered"}

Record = Mapping[str, Any]


def is_one(folder: Path) -> bool:
    """Whether `folder` has this layout."""
    return any(_metric_files(folder)) or (folder / _LOAD).is_file()


def recording_of(folder: Path) -> Recording:
    """Return the recording, which ends with the last thing that was measured."""
    names = [*_metric_files(folder), _ALERT, _EVENTS, _LOAD]
    files = CaseFolder(folder, names)
    alert = files.json(_ALERT, {})
    load = files.json(_LOAD, {})
    if not isinstance(alert, Mapping) or not isinstance(load, Mapping):
        raise InvalidInputError(f"{folder}: {_ALERT} and {_LOAD} each hold one object")
    metrics = tuple(_metrics(files, names))
    instance = _instance(alert, load, metrics)
    events = tuple(_events(files))
    ended = _ended_at(metrics, load, events)
    replicas = _replicas(alert, metrics, instance)
    return Recording(
        recorded_at=ended,
        alarms=(_alarm(alert, instance, ended),),
        metrics=metrics,
        databases=tuple(_databases(alert, instance, replicas)),
        database_events=events,
        database_loads=tuple(_loads(load, instance)),
        catalog=(
            CatalogEntry(
                entry_id=instance,
                kind="database",
                environment="recorded",
                description="Known from recorded telemetry only.",
                resource=instance,
                metric_namespace=_NAMESPACE,
                metric_dimensions={_DIMENSION: instance},
            ),
        ),
    )


def _metric_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if _ONE_METRIC.fullmatch(path.name))


def _metrics(files: CaseFolder, names: Iterable[str]) -> Iterator[RecordedMetric]:
    seen: set[tuple[str, str]] = set()
    for name in names:
        if _ONE_METRIC.fullmatch(name):
            told = files.json(name)
            for result in _results(told):
                metric = _metric(result)
                if metric is not None:
                    key = (metric.metric, metric.dimensions.get(_DIMENSION, ""))
                    if key not in seen:
                        seen.add(key)
                        yield metric


def _results(told: Any) -> list[Record]:  # noqa: ANN401 - any JSON value
    if isinstance(told, list):
        return [one for one in told if isinstance(one, Mapping)]
    if not isinstance(told, Mapping):
        return []
    for name in ("metric_data_results", "MetricDataResults", "metrics"):
        if isinstance(told.get(name), list):
            return [one for one in told[name] if isinstance(one, Mapping)]
    return [told] if "values" in told or "Values" in told else []


def _metric(result: Record) -> RecordedMetric | None:
    name = text_in(result, "metric_name", "MetricName", "label", "Label")
    times = result.get("timestamps") or result.get("Timestamps") or []
    values = result.get("values") or result.get("Values") or []
    if not name or not isinstance(times, list) or not isinstance(values, list):
        return None
    unit = text_in(result, "unit", "Unit") or "None"
    factor = _IN_SECONDS.get(unit, 1.0) if name in _LATENCIES else 1.0
    points = [
        (at.timestamp(), float(value) * factor)
        for time, value in zip(times, values, strict=False)
        if (at := moment_in({"at": time}, "at")) and isinstance(value, int | float)
    ]
    dimensions = {
        str(one.get("Name") or one.get("name")): str(one.get("Value") or one.get("value"))
        for one in result.get("dimensions") or result.get("Dimensions") or []
        if isinstance(one, Mapping)
    }
    return RecordedMetric(
        namespace=_NAMESPACE,
        metric=name,
        dimensions=dimensions,
        unit="Seconds" if factor != 1.0 else unit,
        points=tuple(sorted(points)),
    )


def _instance(alert: Record, load: Record, metrics: Iterable[RecordedMetric]) -> str:
    notes = _annotations(alert)
    told = text_in(notes, "db_instance_identifier", "db_instance") or text_in(
        load, "db_instance_identifier"
    )
    measured = (one.dimensions.get(_DIMENSION, "") for one in metrics)
    found = told or next((name for name in measured if name), "")
    if not found:
        raise InvalidInputError("nothing in the folder names the DB instance it is about")
    return found


def _annotations(alert: Record) -> Record:
    for name in ("commonAnnotations", "annotations"):
        if isinstance(alert.get(name), Mapping):
            return alert[name]
    return alert


def _labels(alert: Record) -> Record:
    for name in ("commonLabels", "labels"):
        if isinstance(alert.get(name), Mapping):
            return alert[name]
    return alert


def _replicas(alert: Record, metrics: Iterable[RecordedMetric], instance: str) -> list[str]:
    told = text_in(_annotations(alert), "read_replica", "replica")
    lagging = [
        one.dimensions.get(_DIMENSION, "") for one in metrics if one.metric.endswith("ReplicaLag")
    ]
    # An export may carry series of other instances: a replica is named after its source.
    named = [name for name in lagging if name.startswith(f"{instance}-")]
    return [name for name in dict.fromkeys([told, *named]) if name and name != instance]


def _databases(alert: Record, instance: str, replicas: list[str]) -> Iterator[Raw]:
    labels = _labels(alert)
    engine = text_in(labels, "engine")
    yield {
        "DBInstanceIdentifier": instance,
        "DbiResourceId": instance,
        "Engine": engine,
        "ReadReplicaDBInstanceIdentifiers": replicas,
    }
    for replica in replicas:
        yield {
            "DBInstanceIdentifier": replica,
            "DbiResourceId": replica,
            "Engine": engine,
            "ReadReplicaSourceDBInstanceIdentifier": instance,
        }


def _events(files: CaseFolder) -> Iterator[Raw]:
    for event in files.records(_EVENTS):
        at, message = moment_in(event, "date", "Date"), text_in(event, "message", "Message")
        if at is None or not message:
            continue
        categories = event.get("event_categories") or event.get("EventCategories") or []
        yield {
            "SourceIdentifier": text_in(event, "source_identifier", "SourceIdentifier"),
            "SourceType": text_in(event, "source_type", "SourceType") or "db-instance",
            "Message": message,
            "EventCategories": [str(one) for one in categories],
            "Date": at,
        }


def _loads(load: Record, instance: str) -> Iterator[DatabaseLoad]:
    told = load.get("db_load")
    series: Record = told if isinstance(told, Mapping) else {}
    points = [
        (at.timestamp(), float(value))
        for time, value in zip(series.get("timestamps", []), series.get("values", []), strict=False)
        if (at := moment_in({"at": time}, "at")) and isinstance(value, int | float)
    ]
    groups = {
        group: tuple(_contributors(load.get(name)))
        for name, group in _GROUPS.items()
        if isinstance(load.get(name), list)
    }
    if points or any(groups.values()):
        yield DatabaseLoad(
            instance=text_in(load, "db_instance_identifier") or instance,
            unit=text_in(series, "unit"),
            points=tuple(sorted(points)),
            groups=groups,
        )


def _contributors(told: Any) -> Iterator[Raw]:  # noqa: ANN401 - any JSON value
    for one in told if isinstance(told, list) else []:
        name = text_in(one, "statement", "name", "id") if isinstance(one, Mapping) else ""
        load = number_in(one, "db_load_avg", "load") if name else None
        if load is None:
            continue
        waits = [wait for wait in one.get("wait_events") or [] if isinstance(wait, Mapping)]
        parts = {text_in(wait, "name"): number_in(wait, "db_load_avg", "load") for wait in waits}
        yield {
            "name": name,
            "load": load,
            "parts": {key: value for key, value in parts.items() if key and value},
        }


def _ended_at(metrics: Iterable[RecordedMetric], load: Record, events: Iterable[Raw]) -> datetime:
    measured = [datetime.fromtimestamp(one.points[-1][0], UTC) for one in metrics if one.points]
    told = [moment_in(load, "end_time", "EndTime")]
    if not measured and told == [None]:
        raise InvalidInputError("nothing in the folder says when it happened")
    return max([*measured, *(at for at in told if at), *(one["Date"] for one in events)])


def _alarm(alert: Record, instance: str, ended: datetime) -> Raw:
    labels, notes = _labels(alert), _annotations(alert)
    words = [text_in(notes, name) for name in ("summary", "error", "suspected_symptom")]
    state = text_in(alert, "state", "status").lower()
    name = text_in(labels, "alertname") or text_in(alert, "title") or f"{instance} database"
    return {
        "AlarmName": name,
        "AlarmDescription": "\n".join(
            dict.fromkeys(word for word in (text_in(alert, "title"), *words) if word)
        ),
        "Dimensions": [{"Name": _DIMENSION, "Value": instance}],
        "StateValue": "OK" if state in _SILENT else "ALARM",
        "StateReason": words[0],
        "StateUpdatedTimestamp": moment_in(alert, "startsAt", "fired_at", "timestamp") or ended,
    }
