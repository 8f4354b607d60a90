"""What the gate is told of an action: the catalog entry of what it changes."""

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, open_incident
from itops_core.domain.own_parts import MACHINE
from itops_core.domain.remediation import Action, ActionPreview, BlastSize, Risk
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity, TriageVerdict
from itops_core.remediation.gate import GateRequest
from itops_core.remediation.proposal import gate_request
from tests.support.values import LEAK, a_plan, a_record

PREFIX = "arn:aws:states:us-east-1:123456789012"
ARN = f"{PREFIX}:execution:customer-etl:nightly-1"
ENTRY = CatalogEntry(
    entry_id="customer-etl",
    kind="pipeline",
    tier=2,
    environment="production",
    state_machine_arn=f"{PREFIX}:stateMachine:customer-etl",
)
REDRIVE = Action(name="redrive_execution", parameters={"execution_arn": ARN})


def an_incident() -> Incident:
    return open_incident(
        "Customers are missing",
        "customer-etl",
        utc_now(),
        fingerprint="f" * 32,
        severity=Severity.HIGH,
    )


def a_preview(entry_id: str | None) -> ActionPreview:
    return ActionPreview(
        action=REDRIVE,
        resource=ARN,
        entry_id=entry_id,
        before={},
        after={},
        risk=Risk.MEDIUM,
        blast_size=BlastSize.SMALL,
        blast_radius=("customer-etl",),
        reversible=False,
        inverse=None,
        possible=True,
        reason="",
        state_hash="0",
    )


@pytest.mark.parametrize(
    ("entry_id", "entries", "known"),
    [("customer-etl", (ENTRY,), True), ("customer-etl", (), False), (None, (ENTRY,), False)],
)
def test_what_the_preview_found_in_the_catalog_is_what_the_gate_is_told_of(
    entry_id: str | None, entries: tuple[CatalogEntry, ...], known: bool
) -> None:
    incident = an_incident()
    plan = a_plan(incident.incident_id, REDRIVE)

    asked = gate_request(incident, plan, a_preview(entry_id), entries, ())

    assert asked.known is known
    assert asked.environment == ("production" if known else "unknown")
    assert asked.tier == (2 if known else 1)


@pytest.mark.parametrize("part", [MACHINE, "itops:Triage"])
def test_a_part_of_itops_is_told_to_the_gate_as_its_own(part: str) -> None:
    incident = an_incident()
    plan = a_plan(incident.incident_id, REDRIVE)
    own = ENTRY.model_copy(update={"entry_id": part})

    asked = gate_request(incident, plan, a_preview(part), (own,), ())
    other = gate_request(incident, plan, a_preview("customer-etl"), (ENTRY,), ())

    assert (asked.own, other.own) == (True, False)


def test_words_of_people_make_nothing_milder_for_the_gate_than_it_was_judged() -> None:
    judged = TriageVerdict(severity=Severity.CRITICAL, summary="It is down.", reasoner="offline")
    lowered = an_incident().changed(utc_now(), triage=judged, severity=Severity.LOW)

    assert asked_about(lowered).severity is Severity.CRITICAL


def test_words_of_people_make_it_worse_for_the_gate_than_it_was_judged() -> None:
    judged = TriageVerdict(severity=Severity.LOW, summary="It is slow.", reasoner="offline")
    raised = an_incident().changed(utc_now(), triage=judged, severity=Severity.CRITICAL)

    assert asked_about(raised).severity is Severity.CRITICAL
    assert asked_about(an_incident().changed(utc_now(), severity=None)).severity is None


def test_a_plan_is_no_surer_than_its_cause_and_of_no_cause_not_sure_at_all() -> None:
    found = an_incident().changed(utc_now(), verdict=LEAK.model_copy(update={"confidence": 0.4}))
    surer = an_incident().changed(utc_now(), verdict=LEAK.model_copy(update={"confidence": 0.99}))

    assert asked_about(an_incident()).confidence == 0.0
    assert asked_about(found).confidence == 0.4
    assert asked_about(surer).confidence == 0.9


def test_what_people_allowed_less_of_before_is_told_to_the_gate() -> None:
    incident = an_incident()
    asked = Action(name="scale_ecs_service", parameters={"desired_count": 8})
    less = a_record(incident.incident_id, utc_now(), action=REDRIVE, asked=asked)
    another = a_record(incident.incident_id, utc_now(), asked=asked)

    assert asked_about(incident.with_action(less, utc_now())).narrowed
    assert not asked_about(incident.with_action(another, utc_now())).narrowed
    assert not asked_about(incident).narrowed


def asked_about(incident: Incident) -> GateRequest:
    plan = a_plan(incident.incident_id, REDRIVE).model_copy(update={"confidence": 0.9})
    return gate_request(incident, plan, a_preview("customer-etl"), (ENTRY,), ())
