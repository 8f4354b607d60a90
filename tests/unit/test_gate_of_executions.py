"""What the gate is told of an action: the catalog entry of what it changes."""

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, open_incident
from itops_core.domain.own_parts import MACHINE
from itops_core.domain.remediation import Action, ActionPreview, BlastSize, Risk
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity, TriageVerdict
from itops_core.remediation.proposal import gate_request
from tests.support.values import a_plan

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


def test_a_part_of_itops_is_told_to_the_gate_as_its_own() -> None:
    incident = an_incident()
    plan = a_plan(incident.incident_id, REDRIVE)
    own = ENTRY.model_copy(update={"entry_id": MACHINE})

    asked = gate_request(incident, plan, a_preview(MACHINE), (own,), ())
    other = gate_request(incident, plan, a_preview("customer-etl"), (ENTRY,), ())

    assert (asked.own, other.own) == (True, False)


def test_words_of_people_make_nothing_milder_for_the_gate_than_it_was_judged() -> None:
    judged = TriageVerdict(severity=Severity.CRITICAL, summary="It is down.", reasoner="offline")
    lowered = an_incident().changed(utc_now(), triage=judged, severity=Severity.LOW)
    plan = a_plan(lowered.incident_id, REDRIVE)

    asked = gate_request(lowered, plan, a_preview("customer-etl"), (ENTRY,), ())

    assert asked.severity is Severity.CRITICAL
