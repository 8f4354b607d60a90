"""What one batch of alarm messages knows, read once, and what it will write in one go."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from itops_core.domain.alarm import AlarmMessage, AlarmState
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.incident import Incident
from itops_core.domain.intake import Fate
from itops_core.domain.values import sha256_of
from itops_core.errors import ITOpsError, NotFoundError
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.link_writes import Entry, Record, fate_key
from itops_core.stores.links import LinkStore
from itops_core.stores.maintenance import Windows
from itops_core.workflow.alarms import incident_id_of
from itops_core.workflow.correlation import Topology
from itops_core.workflow.outages import Glance

Failure = ITOpsError | ClientError | BotoCoreError
"""Why a message could not be taken in: its queue brings it again."""

_CLAIM_SECONDS = 30 * 24 * 3600
_TRANSITION_SECONDS = 24 * 3600.0
"""How long an alarm's change of state is remembered, to know it when it comes another way."""


@dataclass
class Batch:
    """A batch: its messages' pasts, the catalog, the windows; and its links, by incident."""

    incidents: IncidentStore
    records: dict[str, dict[str, Any]]
    entries: Sequence[CatalogEntry]
    windows: Windows
    topology: Topology = field(init=False)
    glance: Glance = field(default_factory=Glance)
    by_service: dict[str, Incident] = field(default_factory=dict[str, Incident])
    """Where an alarm of the service was placed in this batch."""
    links: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    fates: dict[str, Fate | Failure] = field(default_factory=dict[str, Fate | Failure])
    _known: dict[str, Incident | None] = field(default_factory=dict[str, Incident | None])

    def __post_init__(self) -> None:
        self.topology = Topology.of(self.entries)

    def fate_of(self, message: AlarmMessage) -> Fate | None:
        """Return what became of a message before, here or in another batch."""
        here = self.fates.get(message.message_id)
        if isinstance(here, Fate):
            return here
        told = self.records.get(fate_key(message.message_id))
        return Fate.model_validate(told) if told else None

    def claimed(self, message: AlarmMessage) -> Incident | None:
        """Return the incident that this alarm opened or joined last."""
        claim = self.records.get(claim_key(message))
        return self._original(str(claim["incident_id"])) if claim else None

    def came_another_way(self, message: AlarmMessage) -> bool:
        """Whether this very change of state was told by SNS, and now by EventBridge, or reverse."""
        known = self.records.get(transition_key(message)) if _comes_two_ways(message) else None
        return known is not None and known["origin"] != message.origin

    def opened_by(self, message: AlarmMessage, incident: Incident) -> bool:
        """Whether this message opened `incident`, or tells the same change of state again."""
        if incident.incident_id == incident_id_of(message):
            return True
        alarm, first = message.alarm, incident.alarm
        return (
            _comes_two_ways(message)
            and message.state is AlarmState.ALARM
            and first is not None
            and alarm.fingerprint == incident.fingerprint == first.fingerprint
            and alarm.changed_at == first.changed_at
        )

    def records_with(self, message: AlarmMessage, incident_id: str | None) -> dict[str, Record]:
        """Return what is to be remembered of a message, and remember it in this batch."""
        told: dict[str, Record] = {}
        if _comes_two_ways(message):
            came = {"origin": message.origin}
            told[transition_key(message)] = Record(came, _TRANSITION_SECONDS, exclusive=True)
        claim = {"incident_id": incident_id}
        if incident_id is not None and self.records.get(claim_key(message)) != claim:
            told[claim_key(message)] = Record(claim, _CLAIM_SECONDS)
        self.records.update({key: dict(record.value) for key, record in told.items()})
        return told

    def _original(self, incident_id: str) -> Incident | None:
        if incident_id not in self._known:
            try:
                self._known[incident_id] = self.incidents.original(incident_id)
            except NotFoundError:
                self._known[incident_id] = None
        return self._known[incident_id]


def past_of(links: LinkStore, messages: Sequence[AlarmMessage]) -> dict[str, dict[str, Any]]:
    """Return every record that the placing of `messages` may ask for, read in few calls."""
    keys: list[str] = []
    for message in messages:
        keys += [fate_key(message.message_id), claim_key(message)]
        if _comes_two_ways(message):
            keys.append(transition_key(message))
    return links.read(keys)


def _comes_two_ways(message: AlarmMessage) -> bool:
    """Whether SNS and EventBridge may both tell of it; a held alarm was told when it was held."""
    told_so = message.origin in {"sns", "events"} and message.released_at is None
    return told_so and bool(message.alarm.account)


def claim_key(message: AlarmMessage) -> str:
    """Return the key of the record that leads from an alarm to its incident."""
    return f"opening#{message.alarm.fingerprint}"


def transition_key(message: AlarmMessage) -> str:
    """Return the key of the record of one change of an alarm's state."""
    told: list[Any] = [message.alarm.fingerprint, message.state, message.alarm.changed_at]
    return f"transition#{sha256_of(told)[:32]}"
