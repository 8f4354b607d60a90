"""Which alarms tell of one outage: the folding rule, over topology, direction and time.

Pure functions over values; `outages` keeps what they decide. The rule, in words, with its measured
precision and recall, is in docs/intake.md.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.values import Moment, Value


class Outage(Value):
    """What is known to ail together: one incident's services, each with its last alarm's time.

    `lead` is the deepest of them: every other one leans on it, directly or through others.
    """

    incident_id: str
    lead: str
    ailing: dict[str, Moment]
    opened_at: Moment

    @property
    def last_at(self) -> datetime:
        """When it was heard of last."""
        return max(self.ailing.values())


class Relation(StrEnum):
    """How a service stands to an outage."""

    SAME = "same"
    CALLER = "caller"
    DEPENDENCY = "dependency"


@dataclass(frozen=True)
class FoldingRule:
    """How far apart, in calls and in time, alarms of one outage may be."""

    hops: int
    window: timedelta


@dataclass(frozen=True)
class Link:
    """A relation and how close it is; the smallest is the closest."""

    relation: Relation
    distance: int
    apart: timedelta


@dataclass(frozen=True)
class Placement:
    """Where an alarm belongs: the outage as it is with it, and those that prove to be part of it.

    `outage` is missing where the alarm is the first of its own.
    """

    outage: Outage | None
    relation: Relation | None = None
    absorbed: tuple[Outage, ...] = ()


class Topology:
    """Who leans on whom, as the catalog tells."""

    def __init__(self, depends_on: Mapping[str, Iterable[str]]) -> None:
        self._down = {name: tuple(leans) for name, leans in depends_on.items()}
        self._components = _components(self._down)

    @classmethod
    def of(cls, entries: Sequence[CatalogEntry]) -> "Topology":
        """Return the topology of a catalog."""
        return cls({entry.entry_id: entry.depends_on for entry in entries})

    def distance(self, caller: str, dependency: str, limit: int) -> int | None:
        """Return over how many calls `caller` leans on `dependency`; `None` beyond `limit`."""
        waiting, seen = deque([(caller, 0)]), {caller}
        while waiting:
            name, far = waiting.popleft()
            if name == dependency:
                return far
            if far == limit:
                continue
            for below in self._down.get(name, ()):
                if below not in seen:
                    seen.add(below)
                    waiting.append((below, far + 1))
        return None

    def component_of(self, service: str) -> str:
        """Return the name of all that is connected with `service`, in whatever direction."""
        return self._components.get(service, service)


def link(
    topology: Topology, rule: FoldingRule, outage: Outage, service: str, at: datetime
) -> Link | None:
    """Return how an alarm of `service` at that time belongs to `outage`, or `None`.

    Three ways: the service ails already; it calls one that ails (the trouble came up to it); or
    the lead calls it (the trouble lies deeper than was known). What only a caller of the lead
    leans on beside the lead is another branch: the lead explains that caller already.
    """
    known = outage.ailing.get(service)
    if known is not None:
        return Link(Relation.SAME, 0, abs(at - known))
    found: list[Link] = []
    for name, last in outage.ailing.items():
        apart = abs(at - last)
        if apart > rule.window:
            continue
        up = topology.distance(service, name, rule.hops)
        if up is not None:
            found.append(Link(Relation.CALLER, up, apart))
    lead_apart = abs(at - outage.ailing[outage.lead])
    if not found and lead_apart <= rule.window:
        down = topology.distance(outage.lead, service, rule.hops)
        if down is not None:
            found.append(Link(Relation.DEPENDENCY, down, lead_apart))
    return min(found, key=lambda one: (one.distance, one.apart), default=None)


def place(
    topology: Topology,
    rule: FoldingRule,
    outages: Sequence[Outage],
    alarm: tuple[str, datetime],
    fixed: frozenset[str] = frozenset(),
) -> Placement:
    """Return where an alarm, a service and a time, belongs among `outages`.

    Incidents in `fixed` are worked on already: they are not folded into others.
    """
    service, at = alarm
    links = [(one, link(topology, rule, one, service, at)) for one in outages]
    near = [(one, found) for one, found in links if found is not None]
    if not near:
        return Placement(None)
    chosen, how = min(near, key=lambda pair: (_rank(pair[1]), pair[0].opened_at))
    group = [chosen]
    if how.relation is not Relation.SAME:
        # Those whose lead calls this service are explained by it, so they are one outage.
        group += [
            one
            for one, found in near
            if one is not chosen and found.relation is Relation.DEPENDENCY
        ]
    by_age = sorted(group, key=lambda one: one.opened_at)
    standing = [one for one in by_age if one.incident_id in fixed]
    kept = chosen if chosen in standing else (standing or by_age)[0]
    absorbed = tuple(one for one in group if one is not kept and one not in standing)
    lead = service if how.relation is Relation.DEPENDENCY else chosen.lead
    return Placement(_with(kept, alarm, lead, absorbed), how.relation, absorbed)


def _rank(found: Link) -> tuple[int, int, timedelta]:
    order = (Relation.SAME, Relation.CALLER, Relation.DEPENDENCY)
    return order.index(found.relation), found.distance, found.apart


def _with(
    outage: Outage, alarm: tuple[str, datetime], lead: str, absorbed: Sequence[Outage]
) -> Outage:
    ailing = dict(outage.ailing)
    for name, moment in [*_all_of(absorbed), alarm]:
        ailing[name] = max(moment, ailing.get(name, moment))
    return outage.model_copy(update={"ailing": ailing, "lead": lead})


def _all_of(outages: Sequence[Outage]) -> list[tuple[str, datetime]]:
    return [pair for one in outages for pair in one.ailing.items()]


def _components(down: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return, for each service, the first name of all that is connected with it."""
    near: dict[str, set[str]] = {}
    for name, leans in down.items():
        near.setdefault(name, set())
        for below in leans:
            near[name].add(below)
            near.setdefault(below, set()).add(name)
    named: dict[str, str] = {}
    for first in sorted(near):
        waiting = [first] if first not in named else []
        while waiting:
            name = waiting.pop()
            if name not in named:
                named[name] = first
                waiting += near[name]
    return named
