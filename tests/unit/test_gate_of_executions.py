"""What the gate is told of an action on an execution: the pipeline, not a service."""

import pytest

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, open_incident
from itops_core.domain.remediation import Action, ActionPreview, BlastSize, Risk
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import Severity
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


def a_preview() -> ActionPreview:
    return ActionPreview(
        action=REDRIVE,
        resource=ARN,
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


@pytest.mark.parametrize(("entries", "known"), [((ENTRY,), True), ((), False)])
def test_an_execution_is_known_by_its_state_machine(
    entries: tuple[CatalogEntry, ...], known: bool
) -> None:
    incident = an_incident()
    plan = a_plan(incident.incident_id, REDRIVE)

    asked = gate_request(incident, plan, a_preview(), entries, ())

    assert asked.known is known
    assert asked.environment == ("production" if known else "unknown")
    assert asked.tier == (2 if known else 1)
