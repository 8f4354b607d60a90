"""Faults of pipelines as recordings: what the tools and the agents make of them without a cloud."""

import pytest

from itops_cli.investigation import incident_in, investigate
from local_cloud.sandbox.injection import library, list_scenarios
from local_cloud.sandbox.recording import recorded
from local_cloud.sandbox.scenario import Scenario, load
from local_cloud.sandbox.variants import vary
from monitoring_server.recorded.recording import Recording
from monitoring_server.recorded.workflows import RecordedWorkflows

PIPELINES = tuple(slug for slug in list_scenarios() if slug.startswith("pipeline-"))
FAULTS = {
    "dynamodb_throttled", "function_timeout", "permission_lost", "input_schema_drift",
    "poisoned_item", "downstream_timeout", "quota_exceeded", "bad_function_deploy",
}  # fmt: skip
NOW = 1_800_000_000.0


def told(slug: str) -> Scenario:
    return load(slug, library())


def test_every_kind_of_failure_is_rehearsed_in_both_languages_nested_and_express() -> None:
    scenarios = [told(slug) for slug in PIPELINES]
    pipelines = [one for scenario in scenarios for one in scenario.pipelines]

    assert {scenario.truth.fault for scenario in scenarios} == FAULTS
    assert any(one.definition.get("QueryLanguage") == "JSONata" for one in pipelines)
    assert {one.kind for one in pipelines} == {"STANDARD", "EXPRESS"}
    assert any(one.nested for one in pipelines)


@pytest.mark.parametrize("slug", PIPELINES)
def test_a_recorded_fault_is_traced_to_the_state_that_failed_first(slug: str) -> None:
    assert_diagnosed(told(slug))


@pytest.mark.parametrize("slug", PIPELINES)
def test_so_is_the_same_fault_with_other_names_states_and_data(slug: str) -> None:
    assert_diagnosed(vary(told(slug), 41))


def assert_diagnosed(scenario: Scenario) -> None:
    recording, truth = recorded(scenario), scenario.truth

    found = investigate(recording, incident_in(recording, scenario.alarm.name))

    verdict = found.verdict
    assert verdict is not None
    assert verdict.root_cause is not None, verdict.summary
    cause = verdict.root_cause
    assert (cause.component, cause.fault) == (truth.component, truth.fault), verdict.summary
    assert truth.state is not None
    assert truth.state in verdict.summary
    assert found.incident.severity in truth.severity
    assert {one.action.name for one in found.judged} == set(truth.acceptable_actions)
    assert (found.outcome == "approval") is truth.needs_human


def test_a_recording_holds_good_and_failed_executions_with_linked_histories() -> None:
    recording = recorded(told("pipeline-permission-lost"), NOW)

    statuses = [(one["name"], one["status"]) for one in recording.executions]
    assert {status for _, status in statuses} == {"SUCCEEDED", "FAILED"}
    for execution in recording.executions:
        events = execution["events"]
        assert [event["id"] for event in events] == list(range(1, len(events) + 1))
        assert all(event["previousEventId"] < event["id"] for event in events)
        assert events[-1]["type"] in {"ExecutionSucceeded", "ExecutionFailed"}
        assert execution["startDate"] <= execution["stopDate"]


def test_the_same_moment_gives_the_same_recording() -> None:
    first, second = (recorded(told("pipeline-batch-missed"), NOW) for _ in range(2))

    assert first.executions == second.executions


def test_an_express_execution_is_in_the_log_alone() -> None:
    recording = recorded(told("pipeline-express-denied"), NOW)
    machines = RecordedWorkflows(recording)
    arn = recording.state_machines[0]["stateMachineArn"]

    assert machines.list_state_machines()["stateMachines"] == [
        {"stateMachineArn": arn, "type": "EXPRESS"}
    ]
    assert machines.list_executions(stateMachineArn=arn)["executions"] == []
    assert any(":express:" in one.message for one in recording.log_events)


def test_a_deployed_mistake_is_seen_as_another_version_of_the_function() -> None:
    recording = recorded(told("pipeline-bad-deploy"), NOW)

    versions = versions_of(recording, "report-build")
    assert [one["Version"] for one in versions] == ["1", "2", "$LATEST"]
    assert versions[0]["CodeSha256"] != versions[1]["CodeSha256"] == versions[2]["CodeSha256"]


def versions_of(recording: Recording, function: str) -> list[dict[str, object]]:
    return [one for one in recording.functions if one["FunctionName"] == function]


def test_an_express_execution_of_long_ago_is_read_at_the_recordings_own_time() -> None:
    scenario = told("pipeline-express-denied")
    recording = recorded(scenario, NOW - 400 * 24 * 3600)

    found = investigate(recording, incident_in(recording, scenario.alarm.name))

    assert found.verdict is not None
    assert found.verdict.root_cause is not None, found.verdict.summary
    assert found.verdict.root_cause.fault == "permission_lost"
