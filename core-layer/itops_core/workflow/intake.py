"""Taking alarms in: each message once, each outage one incident, nothing lost.

Messages come in batches. A batch reads what it needs once (the catalog, the windows, what was
taken in before), places its alarms one after the other, and counts all alarms of one incident in
one go. Whatever fails fails for its message alone, which its queue then brings again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.alarm import AlarmMessage, AlarmState
from itops_core.domain.incident import Incident
from itops_core.domain.intake import AlarmLink, Fate, LinkCount, Outcome
from itops_core.domain.values import utc_now
from itops_core.errors import ITOpsError
from itops_core.observability import logger
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.link_writes import Entry
from itops_core.stores.links import LinkStore
from itops_core.stores.maintenance import HeldAlarm
from itops_core.workflow.alarms import incident_id_of, incident_of, service_of
from itops_core.workflow.batch import Batch, Failure, past_of
from itops_core.workflow.clearing import Clearing
from itops_core.workflow.folding import Folding
from itops_core.workflow.linking import lines_of
from itops_core.workflow.maintenance import Maintenance
from itops_core.workflow.outages import Alarmed, OutageBoard

_log = logger("workflow")


@dataclass(frozen=True)
class Intake:
    """Turns alarm messages into incidents, links and notes."""

    incidents: IncidentStore
    links: LinkStore
    catalog: CatalogStore
    board: OutageBoard
    folding: Folding
    clearing: Clearing
    maintenance: Maintenance
    rings: Callable[[AlarmMessage], bool]
    """Whether an alarm rings still, whatever its last message said."""
    put_off: Callable[[Sequence[Entry]], Sequence[Entry]] = lambda entries: entries
    """Keeps links that can wait elsewhere, and returns those that are to be written now."""
    standing: Callable[[str, str], Incident | None] = lambda _service, _incident_id: None
    """Where the service is a part of ITOps: the incident about ITOps that stands already."""

    def take_in(self, messages: Sequence[AlarmMessage]) -> Mapping[str, Fate | Failure]:
        """Return what became of each message, by its id; a repeat is told its first fate."""
        try:
            records = past_of(self.links, messages)
            windows = self.maintenance.store.windows()
            batch = Batch(self.incidents, records, self.catalog.list(), windows)
        except (ITOpsError, ClientError, BotoCoreError) as error:
            _log.warning("batch not taken in", messages=len(messages), exc_info=True)
            return {message.message_id: error for message in messages}
        for message in sorted(messages, key=lambda one: one.alarm.changed_at):
            try:
                fate = batch.fate_of(message) or self._placed(message, batch)
            except (ITOpsError, ClientError, BotoCoreError) as error:
                _log.warning("alarm not taken in", alarm=message.alarm.name, exc_info=True)
                batch.fates[message.message_id] = error
            else:
                batch.fates[message.message_id] = fate
        for incident_id, entries in batch.links.items():
            self._link(incident_id, entries, batch)
        return batch.fates

    def link(self, entries: Sequence[Entry]) -> list[Fate]:
        """Write links of one incident; those that are written already change nothing.

        Return the fates that have become other ones: of what closed the incident.
        """
        links = [entry.link for entry in entries]
        incident_id = links[0].incident_id
        self._tell(incident_id, links, self.links.add(entries))
        if not self.clearing.look(incident_id, links):
            return []
        noted = [entry.fate for entry in entries if entry.fate.outcome is Outcome.NOTED]
        cleared = [fate.model_copy(update={"outcome": Outcome.CLEARED}) for fate in noted]
        for fate in cleared:
            self.links.remember(fate)
        return cleared

    def release(self) -> list[Fate | Failure]:
        """Take in the alarms whose maintenance has ended and that still ring."""
        done: list[Fate | Failure] = []
        for held in self.maintenance.due():
            if not self.rings(held.message):
                self.maintenance.store.let_go(held)
                continue
            fate = self._released(held)
            if isinstance(fate, Fate):
                self.maintenance.store.let_go(held)
            done.append(fate)
        return done

    def _released(self, held: HeldAlarm) -> Fate | Failure:
        """Take a held alarm in under an id of its own: its message was answered with `held`."""
        released_id = f"{held.window_id}#{held.held_until.isoformat()}#{held.message.message_id}"
        message = held.message.model_copy(update={"message_id": released_id})
        return self.take_in([message])[released_id]

    def _placed(self, message: AlarmMessage, batch: Batch) -> Fate:
        service = service_of(message, batch.entries)[:200]
        if batch.came_another_way(message):
            return self._kept(message, service, Outcome.NOTED, batch)
        if message.state is not AlarmState.ALARM:
            return self._recovered(message, service, batch)
        if message.suppressed_by:
            return self._kept(message, service, Outcome.SUPPRESSED, batch)
        known = batch.claimed(message)
        if known is None or not self.board.absorbs(known, message.alarm.changed_at):
            known = self.standing(service, incident_id_of(message))
        known = known or batch.by_service.get(service)
        if known is not None:
            return self._linked(message, service, known, batch)
        at = min(message.alarm.changed_at, utc_now())
        alarmed = Alarmed(service, at, incident_of(message, service, utc_now()))
        settled = self.board.settle(
            batch.topology,
            alarmed,
            lambda: self.maintenance.hold(message, service, batch.windows) is not None,
        )
        if settled is None:
            return self._kept(message, service, Outcome.HELD, batch)
        incident = settled.incident
        if not settled.is_new:
            incident = self.folding.fold(settled, message, service)
        batch.by_service[service] = incident
        return self._linked(message, service, incident, batch)

    def _recovered(self, message: AlarmMessage, service: str, batch: Batch) -> Fate:
        """Note that an alarm is over where it belongs, in an incident or in a held one."""
        incident = batch.claimed(message) or batch.by_service.get(service)
        if incident is None or incident.is_over:
            self.maintenance.hold(message, service, batch.windows)
            return self._kept(message, service, Outcome.NOTED, batch)
        return self._linked(message, service, incident, batch)

    def _linked(
        self, message: AlarmMessage, service: str, incident: Incident, batch: Batch
    ) -> Fate:
        """Have an alarm linked with all the others of its incident, at the batch's end."""
        alarm, incident_id = message.alarm, incident.incident_id
        opened = incident_id == incident_id_of(message)
        outcome = Outcome.OPENED if opened else Outcome.LINKED
        if message.state is not AlarmState.ALARM:
            outcome = Outcome.NOTED
        fate = _fate(message, service, outcome, incident_id)
        link = AlarmLink(
            incident_id=incident_id,
            message_id=message.message_id,
            alarm=alarm.name,
            fingerprint_of=alarm.fingerprint,
            service=service,
            state=message.state,
            changed_at=alarm.changed_at,
            received_at=utc_now(),
            reason=alarm.reason[:500],
            opened=opened,
        )
        entry = Entry(link, fate, batch.records_with(message, incident_id))
        batch.links[incident_id].append(entry)
        return fate

    def _link(self, incident_id: str, entries: Sequence[Entry], batch: Batch) -> None:
        try:
            changed = self.link(self.put_off(entries))
            batch.fates.update({fate.message_id: fate for fate in changed})
        except (ITOpsError, ClientError, BotoCoreError) as error:
            _log.warning("alarms not linked", incident_id=incident_id, exc_info=True)
            batch.fates.update({entry.link.message_id: error for entry in entries})

    def _tell(self, incident_id: str, links: Sequence[AlarmLink], count: LinkCount) -> None:
        for event in lines_of(incident_id, links, count):
            self.incidents.add_event(event)
        _log.info("alarms linked", incident_id=incident_id, new=len(links), alarms=count.alarms)

    def _kept(self, message: AlarmMessage, service: str, outcome: Outcome, batch: Batch) -> Fate:
        fate = _fate(message, service, outcome, None)
        self.links.remember(fate, batch.records_with(message, None))
        _log.info("alarm kept", alarm=message.alarm.name, outcome=outcome.value)
        return fate


def _fate(message: AlarmMessage, service: str, outcome: Outcome, incident_id: str | None) -> Fate:
    return Fate(
        message_id=message.message_id,
        alarm=message.alarm.name,
        state=message.state,
        service=service,
        outcome=outcome,
        incident_id=incident_id,
    )
