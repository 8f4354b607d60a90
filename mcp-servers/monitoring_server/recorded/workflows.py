"""Step Functions as it was recorded."""

from typing import Any

from monitoring_server.recorded.answering import Answer, RecordedService, page, refusal
from monitoring_server.recorded.recording import Raw, Recording

_OWN = {"events", "definition", "machineType"}


class RecordedWorkflows(RecordedService):
    """Answers as Step Functions does."""

    def __init__(self, recording: Recording) -> None:
        self._executions: dict[str, Raw] = {
            str(one["executionArn"]): one for one in recording.executions
        }
        self._map_runs = {str(one["mapRunArn"]): one for one in recording.map_runs}
        self._machines: dict[str, Raw] = {
            str(one["stateMachineArn"]): one for one in recording.state_machines
        }

    def list_state_machines(self, **_query: Any) -> Answer:  # noqa: ANN401
        """Return the state machines, those included of which only executions were recorded."""
        kinds = {
            one["stateMachineArn"]: one.get("machineType", "STANDARD")
            for one in self._executions.values()
            if "mapRunArn" not in one  # a child of a Map Run is of no state machine that is listed
        } | {arn: one.get("type", "STANDARD") for arn, one in self._machines.items()}
        return {
            "stateMachines": [
                {"stateMachineArn": arn, "type": kind} for arn, kind in sorted(kinds.items())
            ]
        }

    def list_executions(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return executions of a state machine by status, the newest first."""
        found = [
            {key: value for key, value in one.items() if key not in _OWN}
            for one in self._executions.values()
            if _is_listed(one, query) and one["status"] == query.get("statusFilter", one["status"])
        ]
        found.sort(key=lambda one: one["startDate"], reverse=True)
        shown, more = page(found, query, query.get("maxResults", 100), following="nextToken")
        return {"executions": shown, **more}

    def list_map_runs(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the runs of distributed Maps that an execution started."""
        arn = query["executionArn"]
        return {"mapRuns": [one for one in self._map_runs.values() if one["executionArn"] == arn]}

    def describe_map_run(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return one run of a distributed Map."""
        found = self._map_runs.get(query["mapRunArn"])
        if found is None:
            raise refusal("DescribeMapRun", "ResourceNotFound", "Map Run not found")
        return dict(found)

    def describe_execution(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return one execution."""
        found = self._of(query, "DescribeExecution")
        return {key: value for key, value in found.items() if key not in _OWN}

    def get_execution_history(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return its events."""
        events = list(self._of(query, "GetExecutionHistory").get("events", ()))
        if query.get("reverseOrder"):
            events.reverse()
        shown, more = page(events, query, query.get("maxResults", 100), following="nextToken")
        return {"events": shown, **more}

    def describe_state_machine_for_execution(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return the definition it ran by."""
        operation = "DescribeStateMachineForExecution"
        definition = self._of(query, operation).get("definition")
        if not definition:
            raise refusal(operation, "ExecutionDoesNotExist", "no definition was recorded")
        return {"definition": definition}

    def describe_state_machine(self, **query: Any) -> Answer:  # noqa: ANN401
        """Return a state machine, by the last execution of it where nothing else is known."""
        arn = query["stateMachineArn"]
        if arn in self._machines:
            return dict(self._machines[arn])
        known = [one for one in self._executions.values() if one["stateMachineArn"] == arn]
        if not known:
            raise refusal("DescribeStateMachine", "StateMachineDoesNotExist", "no state machine")
        return {"stateMachineArn": arn, "definition": known[-1].get("definition", "{}")}

    def _of(self, query: Answer, operation: str) -> Raw:
        found = self._executions.get(query["executionArn"])
        if found is None:
            raise refusal(operation, "ExecutionDoesNotExist", "Execution Does Not Exist")
        return found


def _is_listed(one: Raw, query: Answer) -> bool:
    """Whether an execution is of what was asked about: a state machine, or a Map Run."""
    if "mapRunArn" in query:
        return one.get("mapRunArn") == query["mapRunArn"]
    return one["stateMachineArn"] == query["stateMachineArn"]
