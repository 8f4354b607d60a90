"""Taking alarms in: each message once, each outage one incident, nothing lost.

Messages come in batches. A batch reads what it needs once (the catalog, the windows, what was
taken in before), places its alarms one after the other, and counts all alarms of one incident in
one go. Whatever fails fails for its message alone, which its queue then brings again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.alarm import AlarmMessage, AlarmState
from itops_core.domain.incident import Incident
from itops_core.domain.intake import Fate, Outcome
from itops_core.domain.values import utc_now
from itops_core.errors import ITOpsError, SealedError
from itops_core.observability import logger
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.link_writes import Entry
from itops_core.stores.links import Added, LinkStore
from itops_core.stores.maintenance import HeldAlarm
from itops_core.workflow.alarms import incident_id_of, incident_of, service_of
from itops_core.workflow.batch import Batch, Failure, past_of
from itops_core.workflow.clearing import Clearing
from itops_core.workflow.early_ends import EarlyEnds, entry_of, fate_of
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
    early: EarlyEnds
    rings: Callable[[AlarmMessage], bool]
    """Whether an alarm rings still, whatever its last message said."""
    put_off: Callable[[Sequence[Entry]], Sequence[Entry]] = lambda entries: entries
    """Keeps links that can wait elsewhere, and returns those that are to be written now."""
    standing: Callable[[str, str], Incident | None] = lambda _service, _incident_id: None
    """Where the service is a part of ITOps: the incident about ITOps that stands already."""

    def take_in(self, messages: Sequence[AlarmMessage]) -> Mapping[str, Fate | Failure]:
        """Return what became of each message, by its id; a repeat is told its first fate."""
        fates = dict(self._taken_in(messages))
        # Their incidents were closed at the same moment, so they are news.
        late = [one for one in messages if isinstance(fates[one.message_id], SealedError)]
        return {**fates, **self._taken_in(late)} if late else fates

    def _taken_in(self, messages: Sequence[AlarmMessage]) -> Mapping[str, Fate | Failure]:
        try:
            records = past_of(self.links, messages)
            windows = self.maintenance.store.windows()
            batch = Batch(self.incidents, records, self.catalog.list(), windows)
        except (ITOpsError, ClientError, BotoCoreError) as error:
            _log.warning("batch not taken in", messages=len(messages), exc_info=True)
            return {message.message_id: error for message in messages}
        for message in sorted(messages, key=lambda one: one.order):
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
        """Write links of one incident that were put off, and return what has changed with them."""
        return self._written(entries, was_put_off=True)

    def _written(self, entries: Sequence[Entry], *, was_put_off: bool = False) -> list[Fate]:
        """Write links of one incident; those that are written already change nothing.

        Return the fates that have become other ones: of what closed the incident, and of what
        was told another way meanwhile.
        """
        incident_id = entries[0].link.incident_id
        added = self.links.add(entries)
        changed = self._told_otherwise(entries, added)
        ends = self.early.met_by(added.links)
        if ends:
            late = self.links.add(ends)
            added = replace(late, links=(*added.links, *late.links))
        if was_put_off:
            self.links.arrived(entries[0].link)
        self._tell(incident_id, added)
        is_over = any(link.state is AlarmState.OK for link in added.links)
        # What was put off comes after ends that were read meanwhile, and that waited for it.
        if not (is_over or was_put_off or added.has_older) or not self.clearing.look(incident_id):
            return changed
        noted = [one.fate for one in (*entries, *ends) if one.fate.outcome is Outcome.NOTED]
        cleared = [fate.model_copy(update={"outcome": Outcome.CLEARED}) for fate in noted]
        for fate in cleared:
            self.links.remember(fate)
        return [*changed, *cleared]

    def _told_otherwise(self, entries: Sequence[Entry], added: Added) -> list[Fate]:
        """Remember messages whose change of state another message told at the same moment."""
        known = {link.message_id for link in added.links}
        others = [one.fate for one in entries if one.link.message_id not in known]
        fates = [
            fate
            if fate.is_new
            else fate.model_copy(update={"outcome": Outcome.NOTED, "incident_id": None})
            for fate in others
        ]
        for fate in fates:
            self.links.remember(fate)
        return fates

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
        told = {"message_id": released_id, "released_at": utc_now()}
        message = held.message.model_copy(update=told)
        return self.take_in([message])[released_id]

    def _placed(self, message: AlarmMessage, batch: Batch) -> Fate:
        service = service_of(message, batch.entries)[:200]
        if batch.came_another_way(message):
            # The record of the change stays with the message that told it first: its link is
            # perhaps not written yet, and would be refused as one that was told another way.
            fate = fate_of(message, service, Outcome.NOTED, None)
            self.links.remember(fate)
            return fate
        if message.state is not AlarmState.ALARM:
            return self._recovered(message, service, batch)
        if message.suppressed_by:
            return self._kept(message, service, Outcome.SUPPRESSED, batch)
        known = batch.claimed(message)
        rang_at = self._rang_at(message, service, known)
        if known is None or not self.board.absorbs(known, rang_at):
            known = self.standing(service, incident_id_of(message))
        known = known or batch.by_service.get(service)
        if known is not None:
            return self._linked(message, service, known, batch)
        at = min(rang_at, utc_now())
        alarmed = Alarmed(service, at, incident_of(message, service, utc_now()))
        settled = self.board.settle(
            batch.topology,
            alarmed,
            lambda: self.maintenance.hold(message, service, batch.windows) is not None,
            batch.glance,
        )
        if settled is None:
            return self._kept(message, service, Outcome.HELD, batch)
        incident = settled.incident
        if not settled.is_new:
            incident = self.folding.fold(settled, message, service)
        batch.by_service[service] = incident
        return self._linked(message, service, incident, batch)

    def _rang_at(self, message: AlarmMessage, service: str, known: Incident | None) -> datetime:
        """Return from when on the alarm counts: once it was over, from when it was told anew."""
        if message.told_at is None or message.released_at or known is None or not known.is_over:
            return message.rang_at
        link = entry_of(message, service, known.incident_id).link
        return message.told_at if self.links.is_quiet(link) else message.rang_at

    def _recovered(self, message: AlarmMessage, service: str, batch: Batch) -> Fate:
        """Note that an alarm is over where it belongs: an incident, also a handed-over one."""
        incident = batch.claimed(message) or batch.by_service.get(service)
        if incident is not None and not incident.is_over:
            return self._linked(message, service, incident, batch)
        self.maintenance.hold(message, service, batch.windows)
        self.early.keep(message, service)
        if incident is None:
            claim = self.early.claim_of(message)
            incident = self.incidents.original(claim) if claim else None
        if incident is not None:
            link = entry_of(message, service, incident.incident_id).link
            if not incident.is_over or not self.links.is_quiet(link):
                return self._linked(message, service, incident, batch)
        return self._kept(message, service, Outcome.NOTED, batch)

    def _linked(
        self, message: AlarmMessage, service: str, incident: Incident, batch: Batch
    ) -> Fate:
        """Have an alarm linked with all the others of its incident, at the batch's end."""
        incident_id = incident.incident_id
        opened = batch.opened_by(message, incident)
        entry = entry_of(message, service, incident_id, opened=opened)
        if incident_id == incident_id_of(message):
            told = entry.fate.model_copy(update={"outcome": Outcome.OPENED})
            entry = replace(entry, fate=told)
        entry = replace(entry, records=batch.records_with(message, incident_id))
        batch.links[incident_id].append(entry)
        return entry.fate

    def _link(self, incident_id: str, entries: Sequence[Entry], batch: Batch) -> None:
        try:
            now = self.put_off(entries)
            changed = self._written(now) if now else []
            batch.fates.update({fate.message_id: fate for fate in changed})
        except (ITOpsError, ClientError, BotoCoreError) as error:
            _log.warning("alarms not linked", incident_id=incident_id, exc_info=True)
            batch.fates.update({entry.link.message_id: error for entry in entries})

    def _tell(self, incident_id: str, added: Added) -> None:
        for event in lines_of(incident_id, added.links, added.count):
            self.incidents.add_event(event)
        new, alarms = len(added.links), added.count.alarms
        _log.info("alarms linked", incident_id=incident_id, new=new, alarms=alarms)

    def _kept(self, message: AlarmMessage, service: str, outcome: Outcome, batch: Batch) -> Fate:
        fate = fate_of(message, service, outcome, None)
        self.links.remember(fate, batch.records_with(message, None))
        _log.info("alarm kept", alarm=message.alarm.name, outcome=outcome.value)
        return fate
