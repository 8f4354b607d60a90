"""The board of outages: which incident stands for what ails, agreed on by all who take alarms in.

There is one board for each connected part of the estate, so that alarms which can never belong
together never wait for each other. A board is one record, changed by compare-and-swap, and only
when something new is learned: the thousandth alarm of an outage reads it and writes nothing.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.incident import Incident, Status
from itops_core.errors import ConflictError, NotFoundError
from itops_core.stores.incidents import IncidentStore
from itops_core.stores.runtime import RuntimeStore
from itops_core.workflow.absorbing import absorbs
from itops_core.workflow.correlation import (
    FoldingRule,
    Outage,
    Placement,
    Relation,
    Topology,
    place,
)

_KEPT_SECONDS = 30 * 24 * 3600
_PREPARED_SECONDS = 24 * 3600
_TRIES = 30
_QUIET = timedelta(minutes=15)
_LOOKED_AT = 8
"""How many quiet outages are looked after in one change of a board."""

UNTOUCHED = frozenset({Status.OPEN, Status.TRIAGING})
"""Nothing was found, asked or changed yet: an incident may still be folded, led anew or dropped."""

Opening = Callable[[Incident], Incident]


def is_untouched(incident: Incident | None) -> bool:
    """Whether nobody has begun to look for the cause of `incident`."""
    return incident is not None and incident.status in UNTOUCHED


@dataclass(frozen=True)
class Alarmed:
    """An alarm's place: the service, when, and the incident that it opens if it is the first."""

    service: str
    at: datetime
    would_open: Incident


@dataclass(frozen=True)
class Settled:
    """Where an alarm was placed: the incident, and whether the alarm is its first."""

    incident: Incident
    placement: Placement
    is_new: bool


@dataclass
class Glance:
    """What was read of boards and incidents a moment ago, for the alarms of one batch.

    A change of a board is checked against the board as it stands, and seen here when it is made.
    """

    boards: dict[str, dict[str, Any] | None] = field(
        default_factory=dict[str, dict[str, Any] | None]
    )
    incidents: dict[str, Incident] = field(default_factory=dict[str, Incident])


@dataclass(frozen=True)
class OutageBoard:
    """Places alarms, one after the other within a board."""

    runtime: RuntimeStore
    incidents: IncidentStore
    rule: FoldingRule
    open: Opening
    """Stores an incident and starts the work on it; the same one again changes nothing."""
    cooldown_seconds: float

    def absorbs(self, incident: Incident, rang_at: datetime) -> bool:
        """Whether an alarm that went off then belongs to `incident`, also if it is over."""
        return absorbs(incident, rang_at, self.cooldown_seconds)

    def settle(
        self, topology: Topology, alarmed: Alarmed, is_held: Callable[[], bool], glance: Glance
    ) -> Settled | None:
        """Place an alarm and return its incident, which exists from then on.

        Where its service does not ail already, `is_held` is asked first: `None` if it says so.
        """
        key = _key(topology, alarmed.service)
        gone: set[str] = set()
        was_asked = False
        for attempt in range(_TRIES):
            if key not in glance.boards:
                glance.boards[key] = self.runtime.read(key)
            live = [one for one in _outages_in(glance.boards[key]) if one.incident_id not in gone]
            placement = self._placed(topology, live, (alarmed.service, alarmed.at))
            if placement.relation is not Relation.SAME and not was_asked:
                was_asked = True
                if is_held():
                    return None
            if placement.outage is None:
                changed = [*live, self._prepared(alarmed)]
                if self._write(key, changed, glance):
                    return Settled(self.open(alarmed.would_open), placement, is_new=True)
            else:
                incident = self._seen(placement, glance)
                if incident is None or not self.absorbs(incident, alarmed.at):
                    gone.add(placement.outage.incident_id)
                    continue
                if _tells_nothing_new(placement, live) or self._write(
                    key, _replaced(live, placement), glance
                ):
                    is_first = incident.incident_id == alarmed.would_open.incident_id
                    return Settled(incident, placement, is_new=is_first)
            time.sleep(secrets.randbelow(10 * 2 ** min(attempt, 5)) / 1000)
        raise ConflictError(f"the outages around {alarmed.service} changed all the time")

    def _placed(
        self, topology: Topology, live: Sequence[Outage], alarm: tuple[str, datetime]
    ) -> Placement:
        placement = place(topology, self.rule, live, alarm)
        if placement.outage is None or not placement.absorbed:
            return placement
        ids = {placement.outage.incident_id, *(one.incident_id for one in placement.absorbed)}
        fixed = frozenset(
            one.incident_id
            for one in live
            if one.incident_id in ids and not is_untouched(self._incident_of(one))
        )
        return place(topology, self.rule, live, alarm, fixed)

    def _seen(self, placement: Placement, glance: Glance) -> Incident | None:
        """Return the incident of where an alarm was placed.

        What only repeats needs no newer word of it than the batch has.
        """
        outage = placement.outage
        if outage is None:
            return None
        known = glance.incidents.get(outage.incident_id)
        if known is not None and placement.relation is Relation.SAME:
            return known
        incident = self._incident_of(outage)
        if incident is not None:
            glance.incidents[outage.incident_id] = incident
        return incident

    def _write(self, key: str, outages: Sequence[Outage], glance: Glance) -> bool:
        old = glance.boards.pop(key)
        kept = self._still_of_use(outages)
        new = {"outages": [one.model_dump(mode="json") for one in kept]}
        if old is None:
            done = self.runtime.begin(key, _KEPT_SECONDS, new)
        else:
            done = self.runtime.replace(key, old, new, _KEPT_SECONDS)
        if done:
            glance.boards[key] = new
        return done

    def _still_of_use(self, outages: Sequence[Outage]) -> list[Outage]:
        """Leave out what is over, of those that nobody has heard of for a while."""
        newest = max(one.last_at for one in outages)
        quiet = [one for one in outages if newest - one.last_at > _QUIET]
        over = {one.incident_id for one in quiet[:_LOOKED_AT] if self._is_over(one)}
        return [one for one in outages if one.incident_id not in over]

    def _is_over(self, outage: Outage) -> bool:
        incident = self._incident_of(outage)
        return incident is None or incident.is_over

    def _prepared(self, alarmed: Alarmed) -> Outage:
        """Lay an incident ready, so that whoever finds its outage on the board can open it.

        Else an outage whose first alarm's bearer died would keep the others waiting.
        """
        incident = alarmed.would_open
        laid = {"incident": incident.model_dump(mode="json")}
        self.runtime.put(_prepared_key(incident.incident_id), laid, _PREPARED_SECONDS)
        return Outage(
            incident_id=incident.incident_id,
            lead=alarmed.service,
            ailing={alarmed.service: alarmed.at},
            opened_at=incident.opened_at,
        )

    def _incident_of(self, outage: Outage) -> Incident | None:
        try:
            return self.incidents.original(outage.incident_id)
        except NotFoundError:
            laid = self.runtime.read(_prepared_key(outage.incident_id))
            return self.open(Incident.model_validate(laid["incident"])) if laid else None


def _outages_in(record: dict[str, Any] | None) -> list[Outage]:
    return [Outage.model_validate(one) for one in record["outages"]] if record else []


def _key(topology: Topology, service: str) -> str:
    return f"outages#{topology.component_of(service)}"


def _prepared_key(incident_id: str) -> str:
    return f"prepared#{incident_id}"


def _tells_nothing_new(placement: Placement, known: Sequence[Outage]) -> bool:
    """Whether the board says all this already, but for a few seconds."""
    outage = placement.outage
    old = next((one for one in known if outage and one.incident_id == outage.incident_id), None)
    if outage is None or old is None or placement.absorbed or old.lead != outage.lead:
        return False
    if old.ailing.keys() != outage.ailing.keys():
        return False
    return outage.last_at - old.last_at < timedelta(seconds=15)


def _replaced(outages: Sequence[Outage], placement: Placement) -> list[Outage]:
    if placement.outage is None:
        return list(outages)
    gone = {one.incident_id for one in placement.absorbed} | {placement.outage.incident_id}
    return [*(one for one in outages if one.incident_id not in gone), placement.outage]
