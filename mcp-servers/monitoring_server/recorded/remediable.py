"""What a remedy could act on, recorded: queues, functions and devices."""

import io
import json
from collections.abc import Mapping
from typing import Any

from monitoring_server.recorded.answering import Answer, RecordedService, page, refusal
from monitoring_server.recorded.recording import Raw, Recording

_ACCOUNT_CONCURRENCY = 1000


class RecordedQueues(RecordedService):
    """Answers as SQS does; a queue's URL is its name."""

    def __init__(self, recording: Recording) -> None:
        self._queues = {_named(one["QueueArn"]): one for one in recording.queues}

    def list_queues(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the queues whose name starts so."""
        prefix = query.get("QueueNamePrefix", "")
        names = [f"queue/{name}" for name in sorted(self._queues) if name.startswith(prefix)]
        shown, more = page(names, query, query.get("MaxResults", 1000))
        return {"QueueUrls": shown, **more} if shown else more

    def get_queue_attributes(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return all attributes of a queue."""
        found = self._queues.get(_last(query["QueueUrl"]))
        if found is None:
            raise refusal("GetQueueAttributes", "QueueDoesNotExist", "no such queue")
        return {"Attributes": found}

    def get_queue_url(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return where a queue is."""
        if query["QueueName"] not in self._queues:
            raise refusal("GetQueueUrl", "QueueDoesNotExist", "no such queue")
        return {"QueueUrl": f"queue/{query['QueueName']}"}

    def list_dead_letter_source_queues(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the queues that give up into one."""
        name = _last(query["QueueUrl"])
        found = [
            f"queue/{source}"
            for source, attributes in self._queues.items()
            if _target(attributes) == name
        ]
        return {"queueUrls": sorted(found)}

    def list_message_move_tasks(self, **_query: Any) -> Answer:  # noqa: ANN401
        """Return that nothing is being sent back."""
        return {"Results": []}


class RecordedFunctions(RecordedService):
    """Answers as Lambda does."""

    def __init__(self, recording: Recording) -> None:
        self._functions = recording.functions
        self._reserved = recording.function_concurrency

    def list_functions(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the functions as they stand."""
        latest = [one for one in self._functions if one.get("Version") == "$LATEST"]
        shown, more = page(latest, query, query.get("MaxItems", 50), following="Marker")
        return {"Functions": shown, **({"NextMarker": more["Marker"]} if more else {})}

    def list_versions_by_function(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return all versions of one function."""
        name = query["FunctionName"]
        return {"Versions": [one for one in self._functions if one["FunctionName"] == name]}

    def get_function_configuration(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return a function as it stands."""
        name = query["FunctionName"]
        for one in self._functions:
            if one["FunctionName"] == name and one.get("Version") == "$LATEST":
                return dict(one)
        operation = "GetFunctionConfiguration"
        raise refusal(operation, "ResourceNotFoundException", f"Function not found: {name}")

    def get_function_concurrency(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return what is reserved for a function, if anything is."""
        reserved = self._reserved.get(query["FunctionName"])
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def get_account_settings(self, **_query: Any) -> Answer:  # noqa: ANN401
        """Return the limits that every account has to begin with."""
        free = _ACCOUNT_CONCURRENCY - sum(self._reserved.values())
        limits = {
            "ConcurrentExecutions": _ACCOUNT_CONCURRENCY,
            "UnreservedConcurrentExecutions": free,
        }
        return {"AccountLimit": limits}


class RecordedThings(RecordedService):
    """Answers as AWS IoT does, registry and shadows."""

    def __init__(self, recording: Recording) -> None:
        self._things = {str(one["thingName"]): one for one in recording.things}

    def describe_thing(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return one thing."""
        thing = self._found(query["thingName"], "DescribeThing")
        return {name: value for name, value in thing.items() if name != "shadow"}

    def list_thing_groups_for_thing(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return that a thing is in no group."""
        self._found(query["thingName"], "ListThingGroupsForThing")
        return {"thingGroups": []}

    def get_thing_shadow(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return a thing's classic shadow."""
        shadow = self._found(query["thingName"], "GetThingShadow").get("shadow")
        if shadow is None:
            raise refusal("GetThingShadow", "ResourceNotFoundException", "no shadow")
        return {"payload": io.BytesIO(json.dumps(shadow).encode())}

    def _found(self, name: str, operation: str) -> Raw:
        if name not in self._things:
            raise refusal(operation, "ResourceNotFoundException", f"Thing {name} cannot be found.")
        return self._things[name]


def _target(attributes: Mapping[str, str]) -> str:
    policy = json.loads(attributes.get("RedrivePolicy") or "{}")
    return _named(str(policy.get("deadLetterTargetArn", "")))


def _named(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]


def _last(url: str) -> str:
    return url.rsplit("/", 1)[-1]
