"""What is proposed for a failed pipeline: to mend, to repeat where that is safe, or advice."""

from typing import Any

from itops_cli.investigation import Investigation, incident_in, investigate
from itops_core.domain.catalog import CatalogEntry
from tests.support.histories import HistoryWriter
from tests.support.pipeline_recordings import ETL, PipelineWorld, an_etl, raised
from tests.support.recordings import FOLDER

BALANCES = CatalogEntry(entry_id="balances-table", kind="table", resource="balances")


def proposed_for(world: PipelineWorld) -> Investigation:
    recording = world.recording()
    return investigate(recording, incident_in(recording))


def actions_of(outcome: Investigation) -> list[tuple[str, dict[str, Any]]]:
    assert outcome.plan is not None
    return [(one.action.name, dict(one.action.parameters)) for one in outcome.plan.actions]


def test_a_refused_write_is_redriven_once_later_executions_succeed() -> None:
    outcome = proposed_for(PipelineWorld(bad="dynamodb-throttled", recovered=True))

    arn = outcome.observations[-1].call.arguments["parameters"]["execution_arn"]
    assert actions_of(outcome) == [("redrive_execution", {"execution_arn": arn})]
    assert outcome.outcome == "approval"
    assert outcome.plan is not None
    assert "later executions succeed" in outcome.plan.rationale


def test_nothing_is_repeated_while_nothing_shows_that_the_cause_has_passed() -> None:
    outcome = proposed_for(PipelineWorld(bad="dynamodb-throttled"))

    assert actions_of(outcome) == []
    assert outcome.plan is not None
    assert "No later execution shows that the cause has passed" in outcome.plan.rationale


def test_where_no_redrive_is_offered_a_safe_execution_is_run_again() -> None:
    outcome = proposed_for(
        PipelineWorld(bad="dynamodb-throttled", recovered=True, redrive_offered=False)
    )

    assert [name for name, _ in actions_of(outcome)] == ["rerun_execution"]
    assert outcome.outcome == "approval"


def test_what_a_function_did_before_it_failed_is_not_done_twice_unasked() -> None:
    failure = raised(
        "ReadTimeout", "HTTPSConnectionPool(host='a.example', port=443): Read timed out"
    )
    given = {"batch": "b-1"}
    world = PipelineWorld(
        bad=an_etl(given, failure), good=an_etl(given), definition=ETL, recovered=True
    )

    outcome = proposed_for(world)

    assert actions_of(outcome) == []
    assert outcome.plan is not None
    assert "what the function does a second time stands in its code" in outcome.plan.rationale


def test_what_must_be_mended_first_is_told_and_not_repeated() -> None:
    outcome = proposed_for(PipelineWorld(bad="sns-permission-lost"))

    assert actions_of(outcome) == []
    assert outcome.plan is not None
    assert "the permission SNS:Publish on" in outcome.plan.rationale


def test_a_table_that_refuses_writes_is_thought_of_first() -> None:
    outcome = proposed_for(PipelineWorld(bad="dynamodb-throttled", entries=(BALANCES,)))

    previewed = [
        (seen.call.arguments["name"], seen.call.arguments["parameters"])
        for seen in outcome.observations
        if seen.call.tool == "preview_action"
    ]
    assert previewed == [("raise_dynamodb_capacity", {"table_name": "balances"})]


def test_a_plan_without_an_action_names_what_to_mend_and_whose_it_is() -> None:
    outcome = proposed_for(PipelineWorld(bad="sns-permission-lost"))

    assert outcome.plan is not None
    told = outcome.plan.rationale
    assert "give arn:aws:sts::123456789012:assumed-role/pipeline/" in told
    assert "belongs to" in told
    assert "is safe" not in told


def test_for_a_wrong_definition_no_redrive_is_spoken_well_of() -> None:
    written = (FOLDER / "jsonpath-not-found.definition.json").read_text(encoding="utf-8")
    order = {"order": {"customerId": 12}}
    good = HistoryWriter()
    good.begin(order)
    good.enter("Choice", "Known", order)
    good.leave("Choice", "Known", order)
    good.enter("Task", "Bill", order)
    good.task(("lambda", "invoke"), 1, "{}")
    good.leave("Task", "Bill", {})
    good.add("ExecutionSucceeded", output="{}")
    world = PipelineWorld(
        bad="jsonpath-not-found",
        good=good.events,
        definition=written,
        good_definition=written.replace("$.order.customer.id", "$.order.customerId"),
    )

    outcome = proposed_for(world)

    assert actions_of(outcome) == []
    assert outcome.plan is not None
    told = outcome.plan.rationale
    assert "another one than that of the last good execution: put that right first" in told
    assert "A redrive would fail again" in told
    assert "it takes the definition as it is now" in told
