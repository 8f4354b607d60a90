"""Incidents on which nothing works any more are picked up where they stood, once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from itops_core.domain.incident import Incident, Status, open_incident
from itops_core.domain.remediation import (
    Approval,
    ApprovalStatus,
    HumanDecision,
    Verification,
    VerificationOutcome,
)
from itops_core.domain.values import utc_now
from itops_core.domain.verdict import RootCause, Verdict, VerdictOutcome
from itops_core.wiring import stores
from itops_core.wiring.workflow import executions, opener, resumer
from itops_core.workflow.resuming import resume_state
from reconciler.handler import handler
from tests.support.accounts import Account
from tests.support.calls import Context
from tests.support.eventually import eventually
from tests.support.values import an_approval

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

EARLIER = utc_now() - timedelta(minutes=5)
PATH = (
    Status.TRIAGING,
    Status.INVESTIGATING,
    Status.AWAITING_APPROVAL,
    Status.REMEDIATING,
    Status.VERIFYING,
)


def in_status(status: Status, at: datetime = EARLIER, **changes: object) -> Incident:
    incident = open_incident("Payments fail", "payment", at, fingerprint="f")
    for step in PATH[: PATH.index(status) + 1] if status in PATH else ():
        incident = incident.moved_to(step, at)
    return incident.changed(at, **changes)


def found(outcome: VerdictOutcome = VerdictOutcome.FOUND) -> Verdict:
    cause = RootCause(component="payment", fault="out_of_memory", mechanism="it leaks")
    return Verdict(
        outcome=outcome, root_cause=cause, confidence=0.9, summary="s", reasoner="offline"
    )


def measured(outcome: VerificationOutcome, round_: int) -> Verification:
    return Verification(
        outcome=outcome,
        probes=(),
        observed_from=EARLIER,
        observed_to=EARLIER,
        samples=3,
        round=round_,
    )


def reconciled() -> dict[str, int]:
    return handler({}, Context())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("incident", "state"),
    [
        (in_status(Status.OPEN), "Triage"),
        (in_status(Status.TRIAGING), "Triage"),
        (in_status(Status.INVESTIGATING), "InvestigateStep"),
        (in_status(Status.INVESTIGATING, verdict=found()), "ProposeRemediation"),
        (
            in_status(Status.INVESTIGATING, verdict=found(VerdictOutcome.UNRESOLVED)),
            "InvestigateStep",
        ),
        (in_status(Status.INVESTIGATING, verdict=found(), round=2), "InvestigateStep"),
        (in_status(Status.AWAITING_APPROVAL), "AwaitApproval"),
        (in_status(Status.REMEDIATING), "ExecuteAction"),
        (in_status(Status.VERIFYING), "VerifyRecovery"),
        (
            in_status(Status.VERIFYING, verification=measured(VerificationOutcome.WORSE, 1)),
            "RollBack",
        ),
        (
            in_status(
                Status.VERIFYING, verification=measured(VerificationOutcome.WORSE, 1), round=2
            ),
            "VerifyRecovery",
        ),
        (
            in_status(Status.VERIFYING, verification=measured(VerificationOutcome.RECOVERED, 1)),
            "VerifyRecovery",
        ),
    ],
)
def test_work_goes_on_where_the_incident_stands(
    process: Account, incident: Incident, state: str
) -> None:
    stores.incidents().create(incident)

    assert resume_state(incident) == state
    assert reconciled() == {"resumed": 1}
    name = f"{incident.incident_id}-r1"
    assert process.execution_content(name, "input") == {
        "incident_id": incident.incident_id,
        "resume": {"state": state},
    }
    resumed = stores.incidents().get(incident.incident_id)
    assert (resumed.status, resumed.resumes) == (incident.status, 1)
    assert resumed.execution_arn == executions().arn_of(incident.incident_id, 1)


def test_an_incident_that_is_worked_on_is_left_alone(process: Account) -> None:
    opener().open(in_status(Status.OPEN))

    assert reconciled() == {"running": 1}
    assert len(process.executions()) == 1


def test_one_whose_execution_has_hardly_had_time_to_start_is_left_alone(
    process: Account,
) -> None:
    stores.incidents().create(in_status(Status.OPEN, utc_now()))

    assert reconciled() == {"fresh": 1}
    assert process.executions() == {}


def test_one_whose_execution_was_aborted_goes_on_at_once_and_every_time(process: Account) -> None:
    incident = opener().open(in_status(Status.OPEN, utc_now()))
    states = process.client("stepfunctions")
    for number in range(2):
        arn = executions().arn_of(incident.incident_id, number)
        states.stop_execution(executionArn=arn)

        assert reconciled() == {"resumed": 1}

    name = incident.incident_id
    assert process.executions() == {
        name: "ABORTED",
        f"{name}-r1": "ABORTED",
        f"{name}-r2": "RUNNING",
    }


def test_what_died_too_often_is_handed_to_people(process: Account) -> None:
    incident = in_status(Status.INVESTIGATING, resumes=10)
    stores.incidents().create(incident)

    reconciled()

    name = f"{incident.incident_id}-r11"
    assert process.execution_content(name, "input")["resume"] == {"state": "Escalate"}


def test_what_is_over_is_left_alone(process: Account) -> None:
    stores.incidents().create(in_status(Status.OPEN).moved_to(Status.FAILED, EARLIER))

    assert reconciled() == {}
    assert process.executions() == {}


def test_of_two_reconcilers_one_resumes(process: Account) -> None:
    incident = in_status(Status.INVESTIGATING)
    stores.incidents().create(incident)

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(resumer().reconcile) for _ in range(4)]
        done = [run.result() for run in running]

    assert sum(counts.get("resumed", 0) for counts in done) == 1
    assert list(process.executions()) == [f"{incident.incident_id}-r1"]


def waiting(account: Account, approval: Approval) -> str:
    """Store an incident whose running execution waits for `approval`; return its name."""
    incident = in_status(Status.AWAITING_APPROVAL)
    approval = approval.model_copy(update={"incident_id": incident.incident_id})
    arn = executions().start(incident.incident_id, "AwaitApproval", 1)
    stores.incidents().create(
        incident.changed(EARLIER, approval_id=approval.approval_id, execution_arn=arn, resumes=1)
    )
    stores.approvals().create(approval)
    stores.approvals().set_token(approval.approval_id, account.next_task_token())
    return f"{incident.incident_id}-r1"


def test_an_overdue_question_is_closed_and_the_workflow_told(process: Account) -> None:
    overdue = an_approval(utc_now() - timedelta(hours=1))
    name = waiting(process, overdue)

    assert reconciled() == {"released": 1}

    eventually(lambda: process.executions()[name] == "SUCCEEDED")
    assert process.execution_content(name, "output")["outcome"] == "expired"
    assert stores.approvals().get(overdue.approval_id).status is ApprovalStatus.EXPIRED


def test_a_decision_the_workflow_never_heard_of_is_passed_on(process: Account) -> None:
    approval = an_approval(utc_now())
    name = waiting(process, approval)
    word = HumanDecision(
        decided_by="ann", role="approver", approved=True, reason="go", decided_at=utc_now()
    )
    stores.approvals().decide(approval.approval_id, word)

    assert reconciled() == {"released": 1}

    eventually(lambda: process.executions()[name] == "SUCCEEDED")
    assert process.execution_content(name, "output")["outcome"] == "approved"


def test_a_question_in_time_goes_on_waiting(process: Account) -> None:
    name = waiting(process, an_approval(utc_now()))

    assert reconciled() == {"running": 1}
    assert process.executions()[name] == "RUNNING"
