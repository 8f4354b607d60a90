"""What holds after every run, whatever went wrong in it."""

import json
from collections import Counter
from collections.abc import Iterator

from itops_core.domain.audit import AuditKind, first_fault
from itops_core.domain.incident import Incident, Status
from itops_core.domain.notification import Occasion
from itops_core.domain.remediation import ActionRecord, ActionStatus, ApprovalStatus
from itops_core.domain.verdict import Severity
from itops_core.remediation.catalogue import catalogue
from itops_core.stores.agent_state import AgentStateStore
from itops_core.stores.notifications import NotificationStore
from tests.support.chaos.cloud import PREFIX
from tests.support.chaos.given import Play
from tests.support.chaos.stories import INCIDENT

_TOLD_AS = {
    Status.RESOLVED: Occasion.RESOLVED,
    Status.CLOSED: Occasion.CLOSED,
    Status.ESCALATED: Occasion.ESCALATED,
    Status.FAILED: Occasion.FAILED,
}


def faults_in(play: Play) -> list[str]:
    """Return everything that does not hold after a run."""
    return [
        *_at_rest(play),
        *_nothing_twice(play),
        *_inverse_first(play),
        *_nothing_lost(play),
        *_people_told(play),
        *_people_heard(play),
        *_on_record(play),
    ]


def _at_rest(play: Play) -> Iterator[str]:
    incident = play.incident()
    if not incident.is_over or not play.is_over:
        yield f"it does not end: {incident.status}"
    if play.cloud.workflow.running:
        yield f"for nobody run {[one.name for one in play.cloud.workflow.running]}"


def _nothing_twice(play: Play) -> Iterator[str]:
    for key, times in Counter(one.key for one in play.cloud.acted).items():
        if times > 1:
            yield f"{times} times: {key}"
    for one in play.cloud.acted:
        if not one.switched_on:
            yield f"{one.tool} although actions were switched off before it was asked for"


def _inverse_first(play: Play) -> Iterator[str]:
    for one in play.cloud.acted:
        if one.record is None:
            yield f"{one.tool} was done before it was on record"
        elif not one.request["undo"] and one.record.inverse is None:
            yield f"{one.tool} was done without a recorded inverse"


def _nothing_lost(play: Play) -> Iterator[str]:
    kept = [name for name in play.cloud.deleted if not name.endswith("Runtime")]
    if kept:
        yield f"deleted from {kept}"
    steps = AgentStateStore(play.table("AgentState")).steps(INCIDENT)
    if [one.number for one in steps] != list(range(1, len(steps) + 1)):
        yield f"steps have holes: {[one.number for one in steps]}"
    begun = {one.details.get("action_id") for one in play.audit().entries(INCIDENT)}
    for record in _ledger(play):
        if record.action_id not in begun:
            yield f"{record.action.name} is not on record"
    yield from _effects_known(play, play.incident())


def _effects_known(play: Play, incident: Incident) -> Iterator[str]:
    """Whatever changed the estate stands on the incident, or people are told of it by name."""
    known = {one.action_id for one in incident.actions}
    handed = json.dumps(incident.escalation.hand_off if incident.escalation else {}, default=str)
    for acted in play.cloud.acted:
        record = acted.record
        if record is None or record.action_id in known or record.action_id in handed:
            continue
        if play.resolved_by_person:
            continue
        yield f"{record.action.name} ({record.action_id}) is done and the incident knows nothing"


def _people_told(play: Play) -> Iterator[str]:
    store = NotificationStore(play.table("Incidents"))
    for incident in play.incidents().list(limit=100).items:
        told = {one.occasion for one in store.for_incident(incident.incident_id)}
        wanted = _TOLD_AS.get(incident.status)
        if wanted not in told and not play.resolved_by_person:
            yield f"{incident.incident_id} is {incident.status} and nobody is told: {sorted(told)}"
    for one in store.undelivered(100):
        yield f"{one.occasion} of {one.incident_id} is not delivered"
    sent = {
        one["MessageAttributes"]["kind"]["StringValue"]
        for one in play.cloud.messages
        if "MessageAttributes" in one
    }
    told = {(one.occasion, one.key) for one in store.for_incident(INCIDENT)}
    asked = [one for one in play.approvals() if one.status is not ApprovalStatus.VOID]
    for one in asked:
        if (Occasion.APPROVAL, one.approval_id) not in told:
            yield f"people were asked {one.approval_id} and not told so"
    if asked and Occasion.APPROVAL not in sent and not play.cloud.dead_letters:
        yield "people were asked and no channel told them so"
    # Work that fails within its first minute hands it to people before the round that would page.
    paged = {(Occasion.CRITICAL, ""), (Occasion.ESCALATED, ""), (Occasion.FAILED, "")}
    is_critical = play.incident().severity is Severity.CRITICAL
    if is_critical and not play.resolved_by_person and not paged & told:
        yield "it is critical and nobody is paged"


def _people_heard(play: Play) -> Iterator[str]:
    incident, approvals = play.incident(), {one.approval_id: one for one in play.approvals()}
    for name, person, word in play.heard:
        words = [(one.decided_by, one.approved) for one in approvals[name].decisions]
        if (person, word) not in words:
            yield f"the word of {person} on {name} is lost"
    pending = [one for one in approvals.values() if one.status is ApprovalStatus.PENDING]
    if incident.is_over and pending:
        yield "a question is open although the incident is over"
    for acted in play.cloud.acted:
        needed = acted.record and acted.record.approval_id
        if needed and approvals[needed].status is ApprovalStatus.DENIED:
            yield f"{acted.tool} although people said no"


def _on_record(play: Play) -> Iterator[str]:
    audit = play.audit()
    entries, heads = audit.all_entries(10_000).items, audit.heads(10_000).items
    fault = first_fault(entries, heads)
    if fault is not None:
        yield f"the audit chain does not hold: {fault}"
    ended = [one for one in entries if one.kind is AuditKind.INCIDENT_ENDED]
    if not play.resolved_by_person and not ended:
        yield "the end of the incident is not on record"
    begun = [one.details.get("action_id") for one in entries if one.kind is AuditKind.ACTION_BEGUN]
    for acted in play.cloud.acted:
        if acted.record is not None and acted.record.action_id not in begun:
            yield f"{acted.tool} was not put on record before it was done"


def _ledger(play: Play) -> list[ActionRecord]:
    items = play.cloud.tables[f"{PREFIX}Runtime"].scan()["Items"]
    return [
        ActionRecord.model_validate(json.loads(str(one["value"])))
        for one in items
        if str(one["key"]).startswith("action#")
    ]


def left_standing(play: Play) -> list[str]:
    """Return what was done that could be taken back, and was not, but for what only costs."""
    actions = catalogue().actions
    return [
        one.action.name
        for one in play.incident().actions
        if one.status is ActionStatus.DONE
        and not _is_an_undo(one, play)
        and not one.in_vain
        and one.inverse is not None
        and one.inverse.changes_something
        and actions[one.action.name].reversible
    ]


def _is_an_undo(record: ActionRecord, play: Play) -> bool:
    undo = ActionRecord.id_for(INCIDENT, record.round, record.action, undo=True)
    return record.action_id == undo
