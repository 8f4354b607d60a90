"""The rules of an incident's life."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itops_core.domain.alarm import Alarm
from itops_core.domain.incident import TERMINAL, Incident, Status, open_incident
from itops_core.errors import ConflictError

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def an_incident(status: Status = Status.OPEN) -> Incident:
    incident = open_incident("Payments fail", "payment", NOON, fingerprint="f")
    return incident.model_copy(update={"status": status})


@pytest.mark.parametrize("status", list(Status))
def test_moving_to_where_it_already_is_changes_no_state_and_no_phase(status: Status) -> None:
    incident = an_incident(status)

    moved = incident.moved_to(status, NOON + timedelta(seconds=1))

    assert (moved.status, moved.phases) == (incident.status, incident.phases)


@pytest.mark.parametrize("status", sorted(set(Status) - TERMINAL))
@pytest.mark.parametrize("end", [Status.ESCALATED, Status.FAILED, Status.RESOLVED, Status.CLOSED])
def test_whatever_is_unfinished_can_be_given_up_or_ended_by_people(
    status: Status, end: Status
) -> None:
    ended = an_incident(status).moved_to(end, NOON)

    assert ended.is_over
    assert ended.closed_at == NOON


@given(st.lists(st.sampled_from(Status), max_size=12))
def test_no_path_leads_out_of_what_is_over_but_to_its_end_by_people(path: list[Status]) -> None:
    incident = an_incident()
    for status in path:
        was_over, before = incident.is_over, incident.status
        try:
            incident = incident.moved_to(status, NOON)
        except ConflictError:
            assert incident.status is before
        if was_over:
            assert incident.is_over
        if before is Status.CLOSED:
            assert incident.status is Status.CLOSED


@given(st.lists(st.sampled_from(Status), max_size=12))
def test_at_most_one_phase_lasts_and_none_when_it_is_over(path: list[Status]) -> None:
    incident = an_incident()
    for number, status in enumerate(path):
        try:
            incident = incident.moved_to(status, NOON + timedelta(seconds=number))
        except ConflictError:
            continue
        lasting = [phase for phase in incident.phases if phase.ended_at is None]
        assert len(lasting) == (0 if incident.is_over else 1)


def test_phases_are_summed_over_rounds() -> None:
    incident = an_incident()
    path = (
        (Status.TRIAGING, 2),
        (Status.INVESTIGATING, 5),
        (Status.REMEDIATING, 9),
        (Status.INVESTIGATING, 10),
        (Status.ESCALATED, 17),
    )
    for status, second in path:
        incident = incident.moved_to(status, NOON + timedelta(seconds=second))

    assert incident.phase_seconds() == {"detect": 2, "triage": 3, "diagnose": 4 + 7, "act": 1}


def test_a_change_is_checked_like_a_new_incident() -> None:
    with pytest.raises(ValueError, match="title"):
        an_incident().changed(NOON, title="")


def test_the_same_alarm_has_the_same_fingerprint_whatever_it_says_today() -> None:
    first = Alarm(name="a", metric="m", reason="now", changed_at=NOON)
    later = Alarm(name="a", metric="m", reason="then", changed_at=NOON + timedelta(days=1))
    other = Alarm(name="a", metric="m", region="eu-west-1", changed_at=NOON)

    assert first.fingerprint == later.fingerprint
    assert first.fingerprint != other.fingerprint
