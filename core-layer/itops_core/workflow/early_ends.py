"""Alarms whose end was read before their beginning: kept until the beginning is linked.

No queue keeps the order of what it brings, and a link may be put off. Whoever reads the end
writes it down first and looks for the alarm's incident afterwards; whoever links the beginning
does so first and looks for an end afterwards. So one of the two meets the other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from itops_core.domain.alarm import AlarmMessage, AlarmState
from itops_core.domain.intake import AlarmLink, Fate, Outcome
from itops_core.domain.values import utc_now
from itops_core.stores.link_writes import Entry, Record
from itops_core.stores.links import LinkStore
from itops_core.tools.redaction import spelled_out
from itops_core.workflow.batch import claim_key

_KEPT_SECONDS = 24 * 3600
"""Longer than a message that fails is brought again, and than links wait."""


@dataclass(frozen=True)
class EarlyEnds:
    """The last end of each alarm that belonged to no incident when it was read."""

    links: LinkStore

    def keep(self, message: AlarmMessage, service: str) -> None:
        """Keep the end of an alarm."""
        told = {"message": message.model_dump(mode="json"), "service": service}
        self.links.write({_key(message.alarm.fingerprint): Record(told, _KEPT_SECONDS)})

    def claim_of(self, message: AlarmMessage) -> str | None:
        """Return the id of the alarm's incident, as it is now."""
        key = claim_key(message)
        found = self.links.read([key]).get(key)
        return str(found["incident_id"]) if found else None

    def met_by(self, links: Iterable[AlarmLink]) -> list[Entry]:
        """Return entries for the ends of alarms that were just linked, where they are known."""
        by_age = sorted(links, key=lambda one: one.order, reverse=True)
        rung = {one.fingerprint_of: one for one in by_age if one.state is AlarmState.ALARM}
        found = self.links.read(_key(fingerprint) for fingerprint in rung)
        return list(_entries(rung, found.values()))


def _entries(rung: dict[str, AlarmLink], found: Iterable[dict[str, object]]) -> Iterator[Entry]:
    for told in found:
        message = AlarmMessage.model_validate(told["message"])
        link = rung[message.alarm.fingerprint]
        if message.order > link.order:
            yield entry_of(message, str(told["service"]), link.incident_id)


def entry_of(
    message: AlarmMessage, service: str, incident_id: str, *, opened: bool = False
) -> Entry:
    """Return the link of a message and its fate."""
    alarm = message.alarm
    link = AlarmLink(
        incident_id=incident_id,
        message_id=message.message_id,
        alarm=spelled_out(alarm.name),
        fingerprint_of=alarm.fingerprint,
        service=service,
        state=message.state,
        changed_at=message.changed_at,
        received_at=utc_now(),
        reason=spelled_out(alarm.reason[:500]),
        opened=opened,
        lost_work=alarm.counts_lost_work,
    )
    outcome = Outcome.LINKED if message.state is AlarmState.ALARM else Outcome.NOTED
    return Entry(link, fate_of(message, service, outcome, incident_id))


def fate_of(message: AlarmMessage, service: str, outcome: Outcome, incident_id: str | None) -> Fate:
    """Return what became of a message."""
    return Fate(
        message_id=message.message_id,
        alarm=spelled_out(message.alarm.name),
        state=message.state,
        service=service,
        outcome=outcome,
        incident_id=incident_id,
    )


def _key(fingerprint: str) -> str:
    return f"over#{fingerprint}"
