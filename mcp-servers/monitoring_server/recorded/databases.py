"""RDS and Performance Insights, recorded."""

from datetime import UTC, datetime
from typing import Any

from monitoring_server.recorded.answering import Answer, RecordedService, page, refusal
from monitoring_server.recorded.recording import DatabaseLoad, Raw, Recording


class RecordedDatabases(RecordedService):
    """Answers as RDS does."""

    def __init__(self, recording: Recording) -> None:
        self._instances = {str(one["DBInstanceIdentifier"]): one for one in recording.databases}
        self._events = recording.database_events

    def describe_db_instances(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return one instance, or all."""
        name = query.get("DBInstanceIdentifier")
        if name is not None and name not in self._instances:
            raise refusal("DescribeDBInstances", "DBInstanceNotFound", f"no instance {name}")
        found = [one for key, one in self._instances.items() if name in {None, key}]
        return {"DBInstances": found}

    def describe_events(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the events of a source in a window, oldest first."""
        found = [
            one
            for one in self._events
            if query.get("SourceIdentifier") in {None, one["SourceIdentifier"]}
            and query["StartTime"] <= one["Date"] <= query["EndTime"]
        ]
        found.sort(key=lambda one: one["Date"])
        shown, more = page(found, query, query.get("MaxRecords", 100), following="Marker")
        return {"Events": shown, **more}


class RecordedInsights(RecordedService):
    """Answers as Performance Insights does."""

    def __init__(self, recording: Recording) -> None:
        names = {
            str(one.get("DbiResourceId") or one["DBInstanceIdentifier"]): one[
                "DBInstanceIdentifier"
            ]
            for one in recording.databases
        }
        loads = {one.instance: one for one in recording.database_loads}
        self._loads = {resource: loads[name] for resource, name in names.items() if name in loads}

    def get_resource_metrics(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the datapoints of the load."""
        load = self._loads.get(query["Identifier"])
        begin, end = query["StartTime"].timestamp(), query["EndTime"].timestamp()
        points = [
            {"Timestamp": datetime.fromtimestamp(at, UTC), "Value": value}
            for at, value in (load.points if load else ())
            if begin <= at <= end
        ]
        return {"MetricList": [{"Key": {"Metric": "db.load.avg"}, "DataPoints": points}]}

    def describe_dimension_keys(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return who contributes to the load, the greatest first."""
        group, limit = query["GroupBy"]["Group"], query["GroupBy"].get("Limit", 10)
        known = _group(self._loads.get(query["Identifier"]), group)
        entries = known[:limit]
        answer: Answer = {"Keys": [], "PartitionKeys": []}
        if len(known) > limit:
            answer["NextToken"] = str(limit)
        parts = sorted({name for entry in entries for name in entry.get("parts", {})})
        if "PartitionBy" in query:
            answer["PartitionKeys"] = [
                {"Dimensions": {"db.wait_event.name": name}} for name in parts
            ]
        for entry in entries:
            key: Raw = {
                "Dimensions": {f"{group}.{_ending(group)}": entry["name"]},
                "Total": entry["load"],
            }
            if "PartitionBy" in query:
                key["Partitions"] = [entry.get("parts", {}).get(name, 0.0) for name in parts]
            answer["Keys"].append(key)
        return answer


def _group(load: DatabaseLoad | None, group: str) -> list[Raw]:
    entries = load.groups.get(group, ()) if load else ()
    return sorted(entries, key=lambda entry: -entry["load"])


def _ending(group: str) -> str:
    return "statement" if group.startswith("db.sql") else "name"
