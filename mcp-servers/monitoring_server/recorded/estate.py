"""What runs and how it was changed, recorded: containers, functions, tables, queues, stacks."""

from typing import Any

from monitoring_server.recorded.answering import Answer, RecordedService, page, refusal
from monitoring_server.recorded.recording import Raw, Recording


class RecordedContainers(RecordedService):
    """Answers as ECS does."""

    def __init__(self, recording: Recording) -> None:
        self._services = recording.services
        self._definitions = {
            _last(one["taskDefinitionArn"]): one for one in recording.task_definitions
        }
        self._tasks = {
            "STOPPED": recording.stopped_tasks,
            "RUNNING": recording.running_tasks,
        }

    def describe_services(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return services of a cluster by name."""
        found = self._of_cluster(query["cluster"])
        if not found:
            raise refusal("DescribeServices", "ClusterNotFoundException", "no such cluster")
        names = [_last(name) for name in query["services"]]
        return {"services": [one for one in found if one["serviceName"] in names]}

    def list_clusters(self, **_query: Any) -> Answer:  # noqa: ANN401
        """Return the clusters that have services."""
        return {"clusterArns": sorted({one["clusterArn"] for one in self._services})}

    def list_services(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the services of a cluster."""
        return {"serviceArns": [one["serviceArn"] for one in self._of_cluster(query["cluster"])]}

    def describe_task_definition(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return one revision."""
        found = self._definitions.get(_last(query["taskDefinition"]))
        if found is None:
            raise refusal("DescribeTaskDefinition", "ClientException", "no such task definition")
        return {"taskDefinition": found}

    def list_task_definitions(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the revisions whose family starts so."""
        arns = [
            one["taskDefinitionArn"]
            for name, one in self._definitions.items()
            if name.startswith(query.get("familyPrefix", ""))
        ]
        return {"taskDefinitionArns": sorted(arns, reverse=query.get("sort") == "DESC")}

    def list_tasks(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the tasks of a service that run, or those that stopped."""
        group = f"service:{query.get('serviceName')}"
        found = [
            task["taskArn"]
            for task in self._tasks[query.get("desiredStatus", "RUNNING")]
            if task.get("group") == group and _last(task["clusterArn"]) == _last(query["cluster"])
        ]
        return {"taskArns": found}

    def describe_tasks(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return tasks by ARN."""
        asked = {_last(name) for name in query["tasks"]}
        known = (*self._tasks["RUNNING"], *self._tasks["STOPPED"])
        return {"tasks": [task for task in known if _last(task["taskArn"]) in asked]}

    def _of_cluster(self, cluster: str) -> list[Raw]:
        return [one for one in self._services if _last(one["clusterArn"]) == _last(cluster)]


class RecordedParameters(RecordedService):
    """Answers as SSM does."""

    def __init__(self, recording: Recording) -> None:
        self._versions: dict[str, list[Raw]] = {}
        for version in sorted(recording.parameters, key=lambda one: one["LastModifiedDate"]):
            self._versions.setdefault(version["Name"], []).append(version)

    def describe_parameters(self, **_query: Any) -> Answer:  # noqa: ANN401
        """Return the newest version of each parameter."""
        return {"Parameters": [versions[-1] for versions in self._versions.values()]}

    def get_parameter_history(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return all versions of a parameter, oldest first."""
        return {"Parameters": self._versions.get(query["Name"], [])}


class RecordedTables(RecordedService):
    """Answers as DynamoDB does of its tables."""

    def __init__(self, recording: Recording) -> None:
        self._tables = {str(one["TableName"]): one for one in recording.tables}

    def describe_table(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return one table."""
        found = self._tables.get(_last(query["TableName"]))
        if found is None:
            raise refusal("DescribeTable", "ResourceNotFoundException", "no such table")
        return {"Table": found}


class RecordedStacks(RecordedService):
    """Answers as CloudFormation does."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def describe_stacks(self, **_query: Any) -> Answer:  # noqa: ANN401
        """Return all stacks."""
        return {"Stacks": list(self._recording.stacks)}

    def describe_stack_events(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return a stack's events, newest first."""
        name = query["StackName"]
        found = [one for one in self._recording.stack_events if one["StackName"] == name]
        return {"StackEvents": sorted(found, key=lambda one: one["Timestamp"], reverse=True)}


class RecordedTrail(RecordedService):
    """Answers as CloudTrail does."""

    def __init__(self, recording: Recording) -> None:
        self._events = recording.trail_events

    def describe_trails(self, **_query: Any) -> Answer:  # noqa: ANN401
        """Return a trail where anything was recorded by one."""
        return {"trailList": [{"Name": "recorded"}] if self._events else []}

    def lookup_events(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return what was called in the window, newest first."""
        found = [
            one
            for one in self._events
            if query["StartTime"] <= one["EventTime"] <= query["EndTime"]
        ]
        found.sort(key=lambda one: one["EventTime"], reverse=True)
        shown, more = page(found, query, query.get("MaxResults", 50))
        return {"Events": shown, **more}


def _last(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]
