"""The story of an incident, as the terminal tells it."""

from hypothesis import given
from hypothesis import strategies as st

from itops_cli.screen import beats
from itops_cli.screen.console import tame
from itops_cli.screen.document import document
from itops_core.domain.cost import cost_of
from itops_core.domain.remediation import ActionStatus
from tests.unit.cli_incidents import (
    EVIDENCE_ID,
    a_resolved_incident,
    a_verification,
    an_action,
    the_evidence,
    the_steps,
)


def test_a_tool_call_names_the_evidence_it_left() -> None:
    asking, _ = the_steps()

    (beat,) = beats.of_step(asking)

    assert beat.details[0].startswith("monitoring.describe_ecs_service(")
    assert f"→ {EVIDENCE_ID}" in beat.details[0]


def test_a_verdict_is_told_with_its_confidence_citations_and_gaps() -> None:
    _, answering = the_steps()

    (beat,) = beats.of_step(answering)

    assert beat.label == "verdict"
    assert "91% sure" in beat.headline
    assert f"[{EVIDENCE_ID}]" in beat.details[0]
    assert beat.details[1].startswith("not seen: monitoring.query_cloudwatch_logs")


def test_an_action_tells_only_what_it_changed() -> None:
    assert beats.of_action(an_action()).details == ("running_count: 1 → 2",)


def test_an_action_that_has_not_ended_shows_no_change() -> None:
    started = an_action(ActionStatus.STARTED).model_copy(update={"after": {}})

    assert beats.of_action(started).details == ()


def test_a_verification_shows_before_and_after() -> None:
    (probe,) = beats.of_verification(a_verification()).details

    assert "97.5 → 41" in probe


@given(st.text())
def test_text_from_outside_never_reaches_the_terminal_with_control_characters(text: str) -> None:
    shown = tame(text)

    assert all(mark.isprintable() or mark == " " for mark in shown if ord(mark) < 0x2000)
    assert "\x1b" not in shown


def test_the_document_of_an_incident_cites_only_evidence_that_it_carries() -> None:
    told = document(a_resolved_incident(), the_steps(), the_evidence())

    assert told["evidence_ids"] == [EVIDENCE_ID]
    assert {item["evidence_id"] for item in told["evidence"]} == {EVIDENCE_ID}


def test_the_cost_is_the_sum_over_the_steps() -> None:
    spent = cost_of(the_steps()).model_dump()

    assert spent["steps"] == 2
    assert spent["dollars"] == 0.002
    assert spent["seconds_in_steps"] == 0.15
