"""Taking alarms in: each message once, each outage one incident, nothing lost.

Messages come in batches. A batch reads what it needs once (the catalog, the windows, what was
taken in before), places its alarms one after the other, and counts all alarms of one incident in
one go. Whatever fails fails for its message alone, which its queue then brings again.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.alarm import AlarmMessage, AlarmState
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident, Status
from itops_core.domain.intake import AlarmLink, Fate, LinkCount, Outcome
from itops_core.domain.values import sha256_of, utc_now
from itops_core.errors import ITOpsError, NotFoundError
from itops_core.observability import logger
from itops_core.stores.catalog import CatalogStore
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.links import LinkStore
from itops_core.stores.maintenance import HeldAlarm, Windows
from itops_core.stores.runtime import RuntimeStore
from itops_core.workflow.alarms import incident_id_of, incident_of, service_of
from itops_core.workflow.clearing import Clearing
from itops_core.workflow.correlation import Topology
from itops_core.workflow.folding import Folding
from itops_core.workflow.linking import lines_of
from itops_core.workflow.maintenance import Maintenance
from itops_core.workflow.outages import Alarmed, OutageBoard

_log = logger("workflow")
_CLAIM_SECONDS = 30 * 24 * 3600
_ONE_MOMENT = 600.0
"""How long an alarm's change of state is remembered, to know it when it comes another way."""

Failure = ITOpsError | ClientError | BotoCoreError


@dataclass
class _Batch:
    """What one batch knows, and what it will count."""

    entries: Sequence[CatalogEntry]
    windows: Windows
    topology: Topology
    own: dict[str, Incident] = field(default_factory=dict[str, Incident])
    """By the alarm's fingerprint: what was placed in this batch."""
    to_link: dict[str, list[tuple[AlarmLink, Fate]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    fates: dict[str, Fate | Failure] = field(default_factory=dict[str, Fate | Failure])


@dataclass(frozen=True)
class Intake:
    """Turns alarm messages into incidents, links and notes."""

    incidents: IncidentStore
    links: LinkStore
    runtime: RuntimeStore
    catalog: CatalogStore
    board: OutageBoard
    folding: Folding
    clearing: Clearing
    maintenance: Maintenance
    rings: Callable[[AlarmMessage], bool]
    """Whether an alarm rings still, whatever its last message said."""
    cooldown_seconds: float
    standing: Callable[[str, str], Incident | None] = lambda _service, _incident_id: None
    """Where the service is a part of ITOps: the incident about ITOps that stands already."""

    def take_in(self, messages: Sequence[AlarmMessage]) -> Mapping[str, Fate | Failure]:
        """Return what became of each message, by its id; a repeat is told its first fate."""
        try:
            batch = self._begun(messages)
        except (ITOpsError, ClientError, BotoCoreError) as error:
            _log.warning("batch not taken in", messages=len(messages), exc_info=True)
            return {message.message_id: error for message in messages}
        for message in sorted(messages, key=lambda one: one.alarm.changed_at):
            if message.message_id in batch.fates:
                continue
            try:
                fate = self._placed(message, batch)
            except (ITOpsError, ClientError, BotoCoreError) as error:
                _log.warning("alarm not taken in", alarm=message.alarm.name, exc_info=True)
                batch.fates[message.message_id] = error
            else:
                batch.fates[message.message_id] = fate
        for incident_id, pairs in batch.to_link.items():
            self._link(incident_id, pairs, batch)
        return batch.fates

    def _begun(self, messages: Sequence[AlarmMessage]) -> _Batch:
        known = self.links.fates(message.message_id for message in messages)
        entries = self.catalog.list()
        batch = _Batch(entries, self.maintenance.store.windows(), Topology.of(entries))
        batch.fates.update(known)
        return batch

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

    def _placed(self, message: AlarmMessage, batch: _Batch) -> Fate:
        service = service_of(message, batch.entries)[:200]
        if self._came_another_way(message):
            return self._kept(message, service, Outcome.NOTED)
        if message.state is not AlarmState.ALARM:
            return self._recovered(message, service, batch)
        if message.suppressed_by:
            return self._kept(message, service, Outcome.SUPPRESSED)
        incident = batch.own.get(message.alarm.fingerprint) or self._own(message)
        incident = incident or self.standing(service, incident_id_of(message))
        if incident is not None:
            self._claim(message, incident, batch)
            return self._to_link(message, service, incident, batch)
        ails_already = self.board.ailing(batch.topology, service) is not None
        if not ails_already and self.maintenance.hold(message, service, batch.windows):
            return self._kept(message, service, Outcome.HELD)
        return self._settled(message, service, batch)

    def _settled(self, message: AlarmMessage, service: str, batch: _Batch) -> Fate:
        now = utc_now()
        alarmed = Alarmed(
            service, min(message.alarm.changed_at, now), incident_of(message, service, now)
        )
        settled = self.board.settle(batch.topology, alarmed)
        incident = settled.incident
        if not settled.is_new:
            incident = self.folding.fold(settled, message, service)
        self._claim(message, incident, batch)
        return self._to_link(message, service, incident, batch)

    def _recovered(self, message: AlarmMessage, service: str, batch: _Batch) -> Fate:
        """Note that an alarm is over where it belongs, in an incident or in a held one."""
        incident = batch.own.get(message.alarm.fingerprint) or self._claimed(message)
        if incident is None or incident.is_over:
            self.maintenance.hold(message, service, batch.windows)
            return self._kept(message, service, Outcome.NOTED)
        return self._to_link(message, service, incident, batch)

    def _own(self, message: AlarmMessage) -> Incident | None:
        """Return the incident that this alarm opened or joined, where it absorbs it again.

        Unfinished, or over too recently; a resolved incident absorbs nothing: that its symptom
        is back is news, and so it is where nobody had looked for the cause.
        """
        known = self._claimed(message)
        if known is None or not known.is_over:
            return known
        was_looked_into = any(phase.name == "diagnose" for phase in known.phases)
        dropped = known.status is Status.CLOSED and not was_looked_into
        if known.closed_at is None or known.status is Status.RESOLVED or dropped:
            return None
        age = utc_now() - known.closed_at
        return known if age < timedelta(seconds=self.cooldown_seconds) else None

    def _claimed(self, message: AlarmMessage) -> Incident | None:
        claim = self.runtime.read(_claim_of(message.alarm.fingerprint))
        try:
            return self.incidents.original(str(claim["incident_id"])) if claim else None
        except NotFoundError:
            return None

    def _claim(self, message: AlarmMessage, incident: Incident, batch: _Batch) -> None:
        """Let the next message of this alarm find its incident at once."""
        fingerprint = message.alarm.fingerprint
        known = batch.own.get(fingerprint)
        batch.own[fingerprint] = incident
        if known is None or known.incident_id != incident.incident_id:
            claim = {"incident_id": incident.incident_id}
            self.runtime.put(_claim_of(fingerprint), claim, _CLAIM_SECONDS)

    def _to_link(
        self, message: AlarmMessage, service: str, incident: Incident, batch: _Batch
    ) -> Fate:
        alarm = message.alarm
        opened = incident.incident_id == incident_id_of(message)
        outcome = Outcome.OPENED if opened else Outcome.LINKED
        if message.state is not AlarmState.ALARM:
            outcome = Outcome.NOTED
        fate = _fate(message, service, outcome, incident.incident_id)
        link = AlarmLink(
            incident_id=incident.incident_id,
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
        batch.to_link[incident.incident_id].append((link, fate))
        return fate

    def _link(
        self, incident_id: str, pairs: Sequence[tuple[AlarmLink, Fate]], batch: _Batch
    ) -> None:
        try:
            count = self.links.add(pairs)
            self._tell(incident_id, [link for link, _ in pairs], count)
            told = self.clearing.look(incident_id, [link for link, _ in pairs])
        except (ITOpsError, ClientError, BotoCoreError) as error:
            _log.warning("alarms not linked", incident_id=incident_id, exc_info=True)
            for link, _ in pairs:
                batch.fates[link.message_id] = error
            return
        if told:
            for _, fate in pairs:
                if fate.outcome is Outcome.NOTED:
                    cleared = fate.model_copy(update={"outcome": Outcome.CLEARED})
                    self.links.remember(cleared)
                    batch.fates[fate.message_id] = cleared

    def _tell(self, incident_id: str, links: Sequence[AlarmLink], count: LinkCount) -> None:
        for event in lines_of(incident_id, links, count):
            self.incidents.add_event(event)
        _log.info("alarms linked", incident_id=incident_id, new=len(links), alarms=count.alarms)

    def _kept(self, message: AlarmMessage, service: str, outcome: Outcome) -> Fate:
        fate = _fate(message, service, outcome, None)
        self.links.remember(fate)
        _log.info("alarm kept", alarm=message.alarm.name, outcome=outcome.value)
        return fate

    def _came_another_way(self, message: AlarmMessage) -> bool:
        """Whether this very change of state was told by SNS, and now by EventBridge, or reverse."""
        if message.origin not in {"sns", "events"} or not message.alarm.account:
            return False
        told: list[Any] = [message.alarm.fingerprint, message.state, message.alarm.changed_at]
        key = f"transition#{sha256_of(told)[:32]}"
        mine = {"origin": message.origin}
        if self.runtime.begin(key, _ONE_MOMENT, mine):
            return False
        known = self.runtime.read(key)
        return known is not None and known != mine


def _fate(message: AlarmMessage, service: str, outcome: Outcome, incident_id: str | None) -> Fate:
    return Fate(
        message_id=message.message_id,
        alarm=message.alarm.name,
        state=message.state,
        service=service,
        outcome=outcome,
        incident_id=incident_id,
    )


def _claim_of(fingerprint: str) -> str:
    return f"opening#{fingerprint}"
