"""Incidents for findings: once for each, however often and by however many it is found."""

from datetime import UTC, datetime, timedelta

import pytest

from itops_cli.investigation.stores import memory_stores
from itops_cli.running.stage import opening_in
from itops_core.domain.alarm import Alarm
from itops_core.domain.evidence import Citation, Claim
from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.reports import Finding, FindingFate, FindingKind, WatchReport
from itops_core.domain.verdict import Severity
from itops_core.errors import ConflictError
from itops_core.stores.incidents import IncidentStore
from itops_core.workflow.watching import FindingOpener, incident_for

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def finding(component: str = "truck-002", since_minutes: float | None = 30) -> Finding:
    quoted = Citation(evidence_id="EV-00000001", quote='"condition":"out_of_range"')
    return Finding(
        component=component,
        severity=Severity.CRITICAL,
        kind=FindingKind.EXCURSION,
        claim=Claim(text=f"{component} is warm.", citations=(quoted,)),
        since=None if since_minutes is None else NOW - timedelta(minutes=since_minutes),
    )


@pytest.fixture
def incidents() -> IncidentStore:
    return memory_stores(()).incidents


def fates(incidents: IncidentStore, *findings: Finding) -> list[FindingFate]:
    opened = opening_in(incidents)

    def opening(incident: Incident) -> FindingFate:
        done = opened(incident)
        return FindingFate(
            component=incident.service,
            severity=Severity.CRITICAL,
            outcome="opened" if done.is_new else "known",
            incident_id=done.incident.incident_id,
        )

    opener = FindingOpener(incidents, opening, lambda: NOW, cooldown_seconds=300)
    report = WatchReport(summary="", findings=findings, reasoner="offline")
    return list(opener.open_all(report))


def ended(incidents: IncidentStore, incident_id: str, status: Status, minutes_ago: float) -> None:
    at = NOW - timedelta(minutes=minutes_ago)
    incidents.update(incident_id, lambda one: one.moved_to(status, at))


def test_a_finding_opens_an_incident_with_its_evidence_its_onset_and_its_runbook(
    incidents: IncidentStore,
) -> None:
    (fate,) = fates(incidents, finding())

    assert fate.incident_id is not None
    opened = incidents.get(fate.incident_id)
    assert (opened.service, opened.severity) == ("truck-002", Severity.CRITICAL)
    assert opened.detected_by == "watchdog"
    assert opened.symptom_started_at == NOW - timedelta(minutes=30)
    assert "EV-00000001" in opened.description
    assert opened.runbook == "temperature_excursion"


def test_the_same_finding_opens_nothing_again(incidents: IncidentStore) -> None:
    first, second = fates(incidents, finding()), fates(incidents, finding())

    assert [one.outcome for one in (*first, *second)] == ["opened", "known"]
    assert second[0].incident_id == first[0].incident_id


def test_two_rounds_at_once_make_one_incident() -> None:
    one, other = incident_for(finding(), NOW), incident_for(finding(), NOW + timedelta(seconds=5))

    assert one.incident_id == other.incident_id
    assert one.fingerprint == other.fingerprint


@pytest.mark.parametrize("status", [Status.ESCALATED, Status.FAILED])
def test_what_people_have_taken_over_is_known(status: Status, incidents: IncidentStore) -> None:
    (first,) = fates(incidents, finding())
    ended(incidents, str(first.incident_id), status, 5)

    assert [one.outcome for one in fates(incidents, finding())] == ["known"]


def test_what_began_before_its_incident_ended_is_the_same_thing(incidents: IncidentStore) -> None:
    (first,) = fates(incidents, finding(since_minutes=30))
    ended(incidents, str(first.incident_id), Status.RESOLVED, 10)

    assert [one.outcome for one in fates(incidents, finding(since_minutes=30))] == ["known"]


def test_what_came_back_after_it_was_over_opens_another_incident(
    incidents: IncidentStore,
) -> None:
    (first,) = fates(incidents, finding(since_minutes=90))
    ended(incidents, str(first.incident_id), Status.RESOLVED, 60)

    (again,) = fates(incidents, finding(since_minutes=20))

    assert again.outcome == "opened"
    assert again.incident_id != first.incident_id


def test_an_incident_that_an_alarm_opened_is_not_opened_twice(incidents: IncidentStore) -> None:
    alarm = Alarm(name="deep", changed_at=NOW)
    incidents.create(open_incident("deep", "orders", NOW, fingerprint="f" * 32, alarm=alarm))
    found = finding("orders-dlq").model_copy(update={"alarms": ("deep",)})

    assert [one.outcome for one in fates(incidents, found)] == ["known"]


def test_what_is_hardly_worth_a_word_opens_nothing(incidents: IncidentStore) -> None:
    low = finding().model_copy(update={"severity": Severity.LOW})

    assert [one.outcome for one in fates(incidents, low)] == ["noted"]


def test_one_finding_that_cannot_be_opened_does_not_keep_the_others_from_it(
    incidents: IncidentStore,
) -> None:
    taken = incident_for(finding(), NOW).model_copy(
        update={"fingerprint": "0" * 32, "service": "elsewhere", "affected_services": ()}
    )
    incidents.create(taken.moved_to(Status.RESOLVED, NOW))

    done = fates(incidents, finding(), finding("truck-004"))

    assert [one.outcome for one in done] == ["failed", "opened"]
    with pytest.raises(ConflictError):
        opening_in(incidents)(incident_for(finding(), NOW))
