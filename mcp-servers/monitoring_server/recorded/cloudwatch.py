"""CloudWatch, recorded: metrics, alarms and their history."""

import bisect
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from monitoring_server.recorded.answering import Answer, RecordedService, page
from monitoring_server.recorded.recording import Raw, RecordedMetric, Recording

_LISTED = 500


class RecordedCloudWatch(RecordedService):
    """Answers as CloudWatch does."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._metrics = {_key(one): one for one in recording.metrics}

    def describe_alarms(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return alarms by name, prefix and state."""
        names, prefix = query.get("AlarmNames"), query.get("AlarmNamePrefix", "")
        found = [
            alarm
            for alarm in self._recording.alarms
            if (names is None or alarm["AlarmName"] in names)
            and str(alarm["AlarmName"]).startswith(prefix)
            and query.get("StateValue") in {None, alarm.get("StateValue")}
        ]
        shown, more = page(found, query, query.get("MaxRecords", 50))
        simple = [alarm for alarm in shown if "AlarmRule" not in alarm]
        composite = [alarm for alarm in shown if "AlarmRule" in alarm]
        return {"MetricAlarms": simple, "CompositeAlarms": composite, **more}

    def describe_alarm_history(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return what alarms went through, newest first."""
        found = [
            item
            for item in self._recording.alarm_history
            if query.get("AlarmName") in {None, item["AlarmName"]}
            and query["StartDate"] <= item["Timestamp"] <= query["EndDate"]
        ]
        found.sort(key=lambda item: item["Timestamp"], reverse=True)
        shown, more = page(found, query, query.get("MaxRecords", 50))
        return {"AlarmHistoryItems": shown, **more}

    def list_metrics(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return metrics by namespace, name and dimensions."""
        wanted = {(pair["Name"], pair.get("Value")) for pair in query.get("Dimensions", [])}
        found: list[Raw] = [
            {
                "Namespace": one.namespace,
                "MetricName": one.metric,
                "Dimensions": _pairs(one.dimensions),
            }
            for one in self._recording.metrics
            if query.get("Namespace") in {None, one.namespace}
            and query.get("MetricName") in {None, one.metric}
            and wanted <= set(one.dimensions.items())
        ]
        shown, more = page(found, query, _LISTED)
        return {"Metrics": shown, **more}

    def get_metric_data(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the datapoints of several metrics."""
        results: list[Raw] = []
        for asked in query["MetricDataQueries"]:
            stat = asked["MetricStat"]
            points = self._points(
                stat["Metric"], query["StartTime"], query["EndTime"], stat["Period"]
            )
            told = [(at, statistic_of(values, stat["Stat"])) for at, values in points]
            if query.get("ScanBy") == "TimestampDescending":
                told.reverse()
            results.append(
                {
                    "Id": asked["Id"],
                    "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in told],
                    "Values": [value for _, value in told],
                }
            )
        return {"MetricDataResults": results}

    def get_metric_statistics(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the datapoints of one metric, with its unit."""
        metric = self._metrics.get(_key_of(query))
        points = self._points(query, query["StartTime"], query["EndTime"], query["Period"])
        unit = metric.unit if metric else "None"
        return {
            "Datapoints": [
                {"Timestamp": datetime.fromtimestamp(at, UTC), "Unit": unit}
                | {name: statistic_of(values, name) for name in query["Statistics"]}
                for at, values in points
            ]
        }

    def _points(
        self, asked: Raw, start: datetime, end: datetime, period: int
    ) -> list[tuple[int, list[float]]]:
        metric = self._metrics.get(_key_of(asked))
        if metric is None:
            return []
        begin = bisect.bisect_left(metric.points, (start.timestamp(),))
        buckets: dict[int, list[float]] = {}
        for at, value in metric.points[begin:]:
            if at >= end.timestamp():
                break
            buckets.setdefault(int(at) // period * period, []).append(value)
        return sorted(buckets.items())


def statistic_of(values: Sequence[float], name: str) -> float:
    """Return one statistic of the values of a period."""
    if name == "Average":
        return sum(values) / len(values)
    simple = {"Sum": sum, "Minimum": min, "Maximum": max, "SampleCount": len}
    if name in simple:
        return float(simple[name](values))
    ordered = sorted(values)
    at = round(float(name.removeprefix("p")) / 100 * (len(ordered) - 1))
    return ordered[min(at, len(ordered) - 1)]


def _key(one: RecordedMetric) -> tuple[str, str, frozenset[tuple[str, str]]]:
    return one.namespace, one.metric, frozenset(one.dimensions.items())


def _key_of(asked: Raw) -> tuple[str, str, frozenset[tuple[str, str]]]:
    dimensions = frozenset((one["Name"], one["Value"]) for one in asked.get("Dimensions", []))
    return asked["Namespace"], asked["MetricName"], dimensions


def _pairs(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]
