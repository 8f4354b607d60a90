"""The audit log on its table: one entry for each event, whoever else writes, whatever crashes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from incident_closer.handler import handler as close
from itops_core.domain.audit import AuditEvent, AuditKind, first_fault
from itops_core.domain.audit_events import approval_decided
from itops_core.domain.incident import Status, open_incident
from itops_core.domain.people import Caller, Role
from itops_core.domain.remediation import (
    ActionRecord,
    ActionStatus,
    ApprovalStatus,
    HumanDecision,
)
from itops_core.domain.values import utc_now
from itops_core.errors import ConflictError
from itops_core.stores.audit import AuditLog
from itops_core.wiring import stores
from itops_core.wiring.workflow import closer, decider, grader, interventions
from itops_core.workflow.deciding import Word
from operations_server.ledger import ActionLedger
from tests.support.accounts import Account, Tables
from tests.support.calls import Context
from tests.support.values import RESTART, an_approval

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")
CHAIN = "INC-0A1B2C3D"
AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
ANN = Caller(name="ann", role=Role.APPROVER)


def event(name: str, chain: str = CHAIN) -> AuditEvent:
    kind = AuditKind.DECISION
    details = {"confidence": 1.0}
    return AuditEvent(
        chain=chain, event_id=name, at=AT, kind=kind, actor="gate", message=name, details=details
    )


def fault_of(log: AuditLog) -> object:
    return first_fault(log.all_entries().items, log.heads().items)


def test_entries_come_back_as_they_were_put_and_hold() -> None:
    log = stores.audit()

    put = [log.append(event(name)) for name in ("one", "two", "three")]

    assert log.entries(CHAIN) == tuple(put)
    assert fault_of(log) is None


def test_a_repeat_finds_its_own_entry() -> None:
    log = stores.audit()
    first = log.append(event("one"))
    log.append(event("two"))

    assert log.append(event("one")) == first
    assert len(log.entries(CHAIN)) == 2


def test_writers_at_once_leave_one_chain_with_every_event_once() -> None:
    log = stores.audit()
    wanted = [f"event {number % 8}" for number in range(16)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(log.append, map(event, wanted)))

    entries = log.entries(CHAIN)
    assert [entry.sequence for entry in entries] == list(range(1, 9))
    assert {entry.event_id for entry in entries} == set(wanted)
    assert fault_of(log) is None


def test_a_crash_before_the_head_was_moved_is_made_good_by_the_next_entry(
    process: Account,
) -> None:
    log = stores.audit()
    log.append(event("one"))
    Tables(process).audit.delete_item(Key={"chain": CHAIN, "item_key": "head"})

    assert log.append(event("two")).sequence == 2
    assert log.heads().items[0].sequence == 2
    assert fault_of(log) is None


def test_what_was_cut_off_stays_missing_however_much_is_written_afterwards(
    process: Account,
) -> None:
    log = stores.audit()
    for name in ("one", "two", "three"):
        log.append(event(name))
    Tables(process).audit.delete_item(Key={"chain": CHAIN, "item_key": "entry#00000003"})

    for name in ("four", "five", "six"):
        log.append(event(name))

    fault = first_fault(log.all_entries().items, log.heads().items)
    assert fault is not None
    assert (fault.chain, fault.sequence) == (CHAIN, 3)


def test_pages_hold_every_entry_of_every_chain() -> None:
    log = stores.audit()
    for chain in (CHAIN, "DAY-2026-11-20"):
        for name in ("one", "two", "three"):
            log.append(event(name, chain))
    found, cursor = [], None
    while True:
        page = log.all_entries(2, cursor)
        found += page.items
        cursor = page.cursor
        if cursor is None:
            break

    assert len(found) == 6
    assert first_fault(found, log.heads().items) is None


def test_an_incident_that_ends_is_on_record_and_sealed_once() -> None:
    at = utc_now()
    incident = open_incident("Payments fail", "payment", at, fingerprint="f")
    stores.incidents().create(incident.moved_to(Status.TRIAGING, at))
    told = {"operation": "escalate", "incident_id": incident.incident_id, "reason": "unknown"}

    for _ in range(2):
        close(told, Context())  # type: ignore[arg-type]

    entries = stores.audit().all_entries().items
    assert sorted(entry.kind for entry in entries) == [AuditKind.INCIDENT_ENDED, AuditKind.SEAL]
    assert fault_of(stores.audit()) is None


def test_a_word_that_a_crash_kept_off_the_record_is_put_there_when_the_incident_ends() -> None:
    at = utc_now()
    incident = open_incident("Payments fail", "payment", at, fingerprint="f")
    stores.incidents().create(incident.moved_to(Status.TRIAGING, at))
    asked = stores.approvals().create(an_approval(at, incident.incident_id))
    word = HumanDecision(
        decided_by="ann", role="approver", approved=False, reason="no", decided_at=at
    )
    stores.approvals().decide(asked.approval_id, word)

    close(
        {"operation": "escalate", "incident_id": incident.incident_id, "reason": "denied"},
        Context(),  # type: ignore[arg-type]
    )

    kinds = [entry.kind for entry in stores.audit().entries(incident.incident_id)]
    assert kinds == [AuditKind.APPROVAL_DECIDED, AuditKind.INCIDENT_ENDED]


def test_a_word_on_an_approval_is_on_record_once_and_a_second_word_changes_nothing() -> None:
    at = utc_now()
    incident = open_incident("Payments fail", "payment", at, fingerprint="f")
    stores.incidents().create(incident)
    asked = stores.approvals().create(an_approval(at, incident.incident_id))

    decided = decider().decide(asked.approval_id, ANN, Word(approved=True, reason="go on"))
    with pytest.raises(ConflictError):
        decider().decide(asked.approval_id, ANN, Word(approved=True, reason="go on"))

    (entry,) = stores.audit().entries(incident.incident_id)
    assert (entry.kind, entry.actor) == (AuditKind.APPROVAL_DECIDED, "ann")
    assert entry.event_id == approval_decided(decided, decided.decisions[0]).event_id
    assert entry.details["plan_hash"] == asked.plan_hash


def test_a_hand_on_an_incident_and_the_question_it_ends_are_on_record() -> None:
    at = utc_now()
    incident = open_incident("Payments fail", "payment", at, fingerprint="f")
    stores.incidents().create(incident)
    asked = stores.approvals().create(an_approval(at, incident.incident_id))

    interventions().resolve(incident.incident_id, ANN, "restarted by hand")

    kinds = [entry.kind for entry in stores.audit().entries(incident.incident_id)]
    assert kinds == [AuditKind.INTERVENTION, AuditKind.APPROVAL_ENDED]
    assert stores.approvals().get(asked.approval_id).status is ApprovalStatus.VOID


def a_record() -> ActionRecord:
    action_id = ActionRecord.id_for(CHAIN, 1, RESTART)
    return ActionRecord(
        action_id=action_id, incident_id=CHAIN, round=1, action=RESTART, resource="service/payment",
        inverse=None, status=ActionStatus.STARTED, before={"running": 1}, started_at=AT,
    )  # fmt: skip


def test_an_action_is_on_record_when_it_begins_and_when_it_ends_however_often_it_is_tried() -> None:
    ledger = ActionLedger(stores.runtime(), 0, witness=stores.audit().append)
    record = a_record()
    done = record.model_copy(update={"status": ActionStatus.DONE, "ended_at": AT})

    for _ in range(2):
        ledger.begin(record)
        ledger.end(done)
    refused = record.model_copy(update={"status": ActionStatus.REFUSED, "message": "policy"})
    ledger.refused(refused)

    kinds = [entry.kind for entry in stores.audit().entries(CHAIN)]
    assert kinds == [
        AuditKind.ACTION_BEGUN,
        AuditKind.ACTION_ENDED,
        AuditKind.ACTION_REFUSED,
    ]


def test_what_cannot_be_put_on_record_is_not_begun() -> None:
    def full(_event: AuditEvent) -> None:
        raise ConflictError("the log cannot be written")

    ledger = ActionLedger(stores.runtime(), 0, witness=full)

    with pytest.raises(ConflictError):
        ledger.begin(a_record())
    assert ledger.find(a_record().action_id) is None


def test_those_who_decide_and_act_in_a_deployment_are_wired_to_the_log() -> None:
    append = stores.audit().append

    assert decider().witness == append
    assert interventions().witness == append
    assert grader().witness == append
    assert closer().audit is stores.audit()


def test_many_incidents_that_end_at_once_are_all_sealed_and_the_log_holds() -> None:
    log = stores.audit()
    chains = [f"INC-0A1B2C{number:02X}" for number in range(24)]

    def ended(chain: str) -> None:
        log.append(event("ended", chain))
        log.seal(chain, AT)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ended, chains))

    found = log.all_entries(1000).items
    assert {one.details["chain"] for one in found if one.kind is AuditKind.SEAL} == set(chains)
    assert first_fault(found, log.heads(1000).items) is None
