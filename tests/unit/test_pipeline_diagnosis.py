"""Failed pipelines, looked into by the whole chain in process: what failed first, and of what."""

from typing import Any

import pytest

from itops_cli.investigation import Investigation, incident_in, investigate
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.verdict import RootCause, VerdictOutcome
from tests.support.pipeline_recordings import (
    ETL,
    REGION,
    REQUEST,
    PipelineWorld,
    a_function,
    an_etl,
    raised,
)

GOOD = {"batch": "b-1", "rows": [{"id": 1, "total": "5.00", "currency": "EUR"}]}
ALIKE = {"batch": "b-2", "rows": [{"id": 2, "total": "7.00", "currency": "EUR"}]}
DRIFTED = {"batch": "b-3", "rows": [{"id": 3, "amount": "7.00", "currency": "EUR"}]}
LONG_AGO = (a_function("transform-rows", 9000),)
JUST_NOW = (
    a_function("transform-rows", 40, sha="b"),
    a_function("transform-rows", 40, "7", sha="b"),
    a_function("transform-rows", 9000, "6"),
)
ENTRIES = (
    CatalogEntry(
        entry_id="row-transform",
        kind="lambda",
        resource="transform-rows",
        depends_on=("rates-api", "rates"),
    ),
    CatalogEntry(entry_id="rates-api", kind="external", resource="rates.partner.example"),
    CatalogEntry(entry_id="rates", kind="table", resource="prod-rates"),
)
DENIED = (
    "User: arn:aws:sts::123456789012:assumed-role/transform/transform-rows is not authorized to "
    "perform: dynamodb:GetItem on resource: "
    "arn:aws:dynamodb:us-east-1:123456789012:table/prod-rates because no identity-based policy "
    "allows the dynamodb:GetItem action"
)


def found_in(world: PipelineWorld) -> Investigation:
    recording = world.recording()
    return investigate(recording, incident_in(recording))


def cause_in(world: PipelineWorld) -> tuple[str, str]:
    verdict = found_in(world).verdict
    assert verdict is not None
    cause = verdict.root_cause or RootCause(component="", fault="unresolved", mechanism="none")
    return cause.component, cause.fault


def an_etl_world(failure: dict[str, Any], given: object = ALIKE, **more: Any) -> PipelineWorld:  # noqa: ANN401
    told: dict[str, Any] = {"functions": LONG_AGO, **more}
    return PipelineWorld(
        bad=an_etl(given, failure),
        good=an_etl(GOOD),
        definition=ETL,
        good_definition=ETL,
        entries=ENTRIES,
        **told,
    )


@pytest.mark.parametrize(
    ("recorded", "component", "fault"),
    [
        ("dynamodb-throttled", "balances", "dynamodb_throttled"),
        ("lambda-timeout", "aggregate", "function_timeout"),
        ("lambda-out-of-memory", "render", "function_out_of_memory"),
        ("lambda-throttled", "score", "function_throttled"),
        ("sns-permission-lost", "nightly-orders", "permission_lost"),
        ("map-poisoned-item", "nightly-orders", "poisoned_item"),
        ("downstream-timeout", "partner.example", "downstream_timeout"),
        ("partner-unreachable", "partner.example", "downstream_timeout"),
        ("glue-quota", "clean-customers", "quota_exceeded"),
        ("data-limit-exceeded", "nightly-orders", "data_limit_exceeded"),
        ("callback-heartbeat-lost", "scans", "task_heartbeat_lost"),
        ("execution-aborted", "nightly-orders", "stopped_by_person"),
        ("glue-job-failed", "clean-customers", "job_failed"),
        ("parallel-branch-failed", "orders", "resource_missing"),
    ],
)
def test_what_an_execution_failed_of_is_found_where_it_lies(
    recorded: str, component: str, fault: str
) -> None:
    assert cause_in(PipelineWorld(bad=recorded)) == (component, fault)


@pytest.mark.parametrize(
    ("failure", "component", "fault"),
    [
        (
            raised(
                "ClientError",
                "An error occurred (ProvisionedThroughputExceededException) when calling the "
                "PutItem operation (reached max retries: 4): The level of configured provisioned "
                "throughput for the table was exceeded.",
            ),
            "rates",
            "dynamodb_throttled",
        ),
        (
            raised("ReadTimeout", "HTTPSConnectionPool(host='rates.partner.example', port=443): "
                   "Read timed out. (read timeout=5)"),
            "rates-api",
            "downstream_timeout",
        ),
        (
            raised("HTTPError", "503 Server Error: Service Unavailable for url: "
                   "https://rates.partner.example/v1"),
            "rates-api",
            "dependency_failure",
        ),
        (
            raised("ClientError", "An error occurred (AccessDeniedException) when calling the "
                   f"GetItem operation: {DENIED}"),
            "row-transform",
            "permission_lost",
        ),
        (
            raised("ServiceQuotaExceededException", "An error occurred "
                   "(ServiceQuotaExceededException) when calling the StartQuery operation: limit"),
            "row-transform",
            "quota_exceeded",
        ),
        (
            {
                "error": "Sandbox.Timedout",
                "cause": f'{{"errorMessage":"2026-11-20T02:52:00.1Z {REQUEST} Task timed out after '
                '30.03 seconds"}',
            },
            "row-transform",
            "function_timeout",
        ),
    ],
    ids=["sdk-throttled", "read-timeout", "http-503", "sdk-denied", "quota", "timed-out"],
)  # fmt: skip
def test_what_a_function_raised_is_told_from_what_it_called(
    failure: dict[str, Any], component: str, fault: str
) -> None:
    assert cause_in(an_etl_world(failure)) == (component, fault)


def test_a_function_that_waited_for_its_partner_is_not_to_blame_for_its_time_out() -> None:
    late = {"errorMessage": f"RequestId: {REQUEST} Error: Task timed out after 30.00 seconds"}
    words = f"[WARNING] {REQUEST} GET https://rates.partner.example/v1: read timed out, again"
    world = an_etl_world(
        {"error": "Sandbox.Timedout", "cause": str(late).replace("'", '"')},
        log_lines=tuple(("/aws/lambda/transform-rows", at - 0.03, words) for at in (8, 13, 18)),
    )

    assert cause_in(world) == ("rates-api", "downstream_timeout")


def test_what_lambda_says_of_a_time_out_is_not_taken_for_a_partners_silence() -> None:
    late = {"errorMessage": f"RequestId: {REQUEST} Error: Task timed out after 30.00 seconds"}
    world = an_etl_world(
        {"error": "Sandbox.Timedout", "cause": str(late).replace("'", '"')},
        log_lines=tuple(
            (
                "/aws/lambda/transform-rows",
                at - 0.03,
                f"{REQUEST} Task timed out after 30.00 seconds",
            )
            for at in (8, 13, 18)
        ),
    )

    assert cause_in(world) == ("row-transform", "function_timeout")


def test_a_missing_field_is_the_inputs_fault_where_the_input_lost_it() -> None:
    outcome = found_in(an_etl_world(raised("KeyError", "'total'"), DRIFTED))

    verdict = outcome.verdict
    assert verdict is not None
    assert verdict.root_cause is not None
    assert verdict.root_cause.fault == "input_schema_drift"
    assert verdict.root_cause.component == "nightly-orders"
    told = " ".join(claim.text for claim in verdict.claims)
    assert "They part at Transform" in told
    assert "$.rows[0].total is missing" in told


def test_a_missing_field_is_the_functions_fault_where_only_its_code_is_new() -> None:
    verdict = found_in(an_etl_world(raised("KeyError", "'total'"), functions=JUST_NOW)).verdict

    assert verdict is not None
    assert verdict.root_cause is not None
    assert (verdict.root_cause.component, verdict.root_cause.fault) == (
        "row-transform",
        "bad_function_deploy",
    )
    assert verdict.change_id is not None
    assert verdict.change_id.startswith("transform-rows:7@")


def test_code_that_ran_well_since_its_deployment_is_not_blamed_for_it() -> None:
    world = an_etl_world(
        raised("KeyError", "'total'"), DRIFTED, functions=(a_function("transform-rows", 400),)
    )

    assert cause_in(world) == ("nightly-orders", "input_schema_drift")


def test_without_a_good_run_nobody_is_blamed_for_data_that_do_not_fit() -> None:
    verdict = found_in(PipelineWorld(bad="lambda-node-exception")).verdict

    assert verdict is not None
    assert verdict.outcome is VerdictOutcome.UNRESOLVED


def test_the_verdict_names_the_state_and_the_item_and_quotes_the_error() -> None:
    verdict = found_in(PipelineWorld(bad="map-poisoned-item")).verdict

    assert verdict is not None
    told = " ".join(claim.text for claim in verdict.claims)
    quotes = [citation.quote for claim in verdict.claims for citation in claim.citations]
    assert "Book (in item 3 of Orders) failed first" in told
    assert "$.quantity is text that is no number, number in all others" in told
    assert '"name":"Book"' in quotes
    assert '"index":3' in quotes


def test_a_nested_execution_is_followed_to_the_table_that_refused_it() -> None:
    child = f"{REGION}:execution:load-customers:8a31"
    world = PipelineWorld(bad="nested-execution-failed", children=((child, "dynamodb-throttled"),))

    assert cause_in(world) == ("balances", "dynamodb_throttled")


def test_a_pipeline_without_failures_is_not_blamed() -> None:
    verdict = found_in(PipelineWorld(bad="good-run", repeats=0, recovered=True)).verdict

    assert verdict is not None
    assert verdict.root_cause is None
