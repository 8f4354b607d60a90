"""Several failing pipelines: one cause behind them, or a dependency that they merely have."""

from datetime import UTC, datetime, timedelta

from itops_core.domain.catalog import CatalogEntry
from monitoring_server.analysis.sharing import By, Failing, shared_causes

BEGAN = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def entry(entry_id: str, kind: str = "pipeline", *depends_on: str) -> CatalogEntry:
    return CatalogEntry.model_validate(
        {"entry_id": entry_id, "kind": kind, "depends_on": depends_on}
    )


CATALOG = [
    entry("ledger", "pipeline", "ledger-write"),
    entry("invoices", "pipeline", "invoice-write"),
    entry("labels", "pipeline", "label-print"),
    entry("mails", "pipeline", "mail-send"),
    entry("ledger-write", "lambda", "accounts"),
    entry("invoice-write", "lambda", "accounts"),
    entry("label-print", "lambda", "accounts"),
    entry("mail-send", "lambda"),
    entry("accounts", "table"),
]


def failing(
    pipeline: str,
    about: dict[str, By],
    *,
    error: str = "ProvisionedThroughputExceededException",
    family: str = "throttled",
    hours: float = 0,
    deepest: str | None = None,
) -> Failing:
    at = BEGAN + timedelta(hours=hours)
    return Failing(
        pipeline=pipeline,
        execution_arn=f"arn:{pipeline}",
        state="Write",
        error=error,
        family=family,
        summary="Write failed.",
        first_at=at,
        last_at=at + timedelta(minutes=20),
        about=about,
        deepest=deepest or pipeline,
    )


def test_a_table_that_throttles_two_pipelines_is_their_shared_cause() -> None:
    causes, overlaps = shared_causes(
        [
            failing("ledger", {"ledger-write": "failure", "accounts": "failure"}),
            failing("invoices", {"invoice-write": "failure", "accounts": "failure"}, hours=0.2),
        ],
        CATALOG,
    )

    assert [one.component for one in causes] == ["accounts"]
    assert causes[0].pipelines == ["invoices", "ledger"]
    assert (causes[0].certainty, causes[0].confidence) == ("shared", 0.9)
    assert overlaps == []


def test_what_only_the_catalog_says_is_held_for_less_sure() -> None:
    causes, _ = shared_causes(
        [failing("ledger", {"accounts": "catalog"}), failing("invoices", {"accounts": "catalog"})],
        CATALOG,
    )

    assert (causes[0].component, causes[0].certainty) == ("accounts", "likely")
    assert causes[0].confidence < 0.7


def test_a_dependency_in_common_that_no_failure_is_about_is_chance() -> None:
    causes, overlaps = shared_causes(
        [
            failing("ledger", {"ledger-write": "failure"}, error="KeyError", family="lambda"),
            failing("invoices", {"invoice-write": "failure"}, error="ValueError", family="lambda"),
        ],
        CATALOG,
    )

    assert causes == []
    assert [one.component for one in overlaps] == ["accounts"]
    assert "no failure is about it" in overlaps[0].why
    # Three of four pipelines lean on the table: two failing ones do in half of all cases.
    assert overlaps[0].chance == 0.5


def test_failures_of_one_table_at_different_times_are_not_one() -> None:
    causes, overlaps = shared_causes(
        [failing("ledger", {"accounts": "failure"}),
         failing("invoices", {"accounts": "failure"}, hours=9)],
        CATALOG,
    )  # fmt: skip

    assert causes == []
    assert "different times" in overlaps[0].why


def test_failures_over_one_table_in_different_ways_are_not_one() -> None:
    causes, overlaps = shared_causes(
        [
            failing("ledger", {"accounts": "failure"}, error="KeyError", family="lambda_exception"),
            failing("invoices", {"accounts": "failure"}),
        ],
        CATALOG,
    )

    assert causes == []
    assert "in different ways" in overlaps[0].why


def test_a_parent_that_fails_by_its_child_is_no_second_pipeline() -> None:
    causes, _ = shared_causes(
        [
            failing("ledger", {"accounts": "failure"}, deepest="invoices"),
            failing("invoices", {"accounts": "failure"}),
        ],
        CATALOG,
    )

    assert causes == []


def test_of_a_function_and_the_table_behind_it_the_table_is_to_blame() -> None:
    both: dict[str, By] = {"ledger-write": "failure", "accounts": "failure"}

    causes, _ = shared_causes([failing("ledger", both), failing("invoices", both)], CATALOG)

    assert [one.component for one in causes] == ["accounts"]
