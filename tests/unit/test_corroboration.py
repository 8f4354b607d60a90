"""Whether a remedy rests on numbers, or only on what somebody could have written."""

from itops_cli.attacks.trial import Victim
from itops_cli.investigation import Investigation, Setting, incident_in, investigate
from itops_core.domain.remediation import DecisionOutcome
from itops_core.reasoning.offline.corroboration import told_by_text
from itops_core.reasoning.offline.library import library
from itops_core.settings import bundled, config
from local_cloud.sandbox.recording import recorded_scenario
from tests.support.attacked import trial_of


def recorded(slug: str) -> Investigation:
    recording = recorded_scenario(bundled("scenarios") / slug)
    return investigate(recording, incident_in(recording), Setting())


def test_forged_lines_convince_and_yet_nothing_is_done_unasked() -> None:
    found = trial_of("logs/forged-out-of-memory", Victim.OFFLINE).found

    assert found.verdict is not None
    assert found.verdict.confidence > config().remediation.auto_confidence
    assert found.outcome == DecisionOutcome.APPROVAL
    assert found.plan is not None
    assert found.plan.rationale.startswith("Only texts tell of this fault")


def test_a_remedy_for_a_table_is_measured_at_the_table_before_it_is_done() -> None:
    found = recorded("pipeline-throttled-table")

    measured = [
        seen.call.arguments["metric"]
        for seen in found.observations
        if seen.call.arguments.get("dimensions") == {"TableName": "customer-table"}
    ]
    assert set(measured) >= {"ReadThrottleEvents", "WriteThrottleEvents"}
    assert found.outcome == DecisionOutcome.AUTO


def test_numbers_that_fit_are_enough_where_words_tell_which_fault_it_is() -> None:
    assert recorded("thumbnails-large").outcome == DecisionOutcome.AUTO


def test_every_phrase_that_can_be_logged_counts_as_text() -> None:
    told = told_by_text(library())

    assert {family.id for family in library().families} <= told
    assert {"memory_high", "tasks_oom_killed", "throttles_up", "symptom_persists"}.isdisjoint(told)
