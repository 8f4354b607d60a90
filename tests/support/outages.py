"""Random estates and outages in them, with what is true; and how well folding finds it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations

from itops_core.workflow.correlation import FoldingRule, Outage, Topology, place

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RULE = FoldingRule(hops=2, window=timedelta(seconds=300))


@dataclass(frozen=True)
class Rung:
    """One alarm: where, when, and the faults that it tells of in truth."""

    service: str
    at: datetime
    faults: frozenset[str]


@dataclass(frozen=True)
class Estate:
    """Services in layers: each leans on some of the layers below."""

    depends_on: dict[str, tuple[str, ...]]

    @property
    def topology(self) -> Topology:
        return Topology(self.depends_on)


def an_estate(dice: random.Random, services: int = 40, layers: int = 5) -> Estate:
    names = [f"s{number:02d}" for number in range(services)]
    layer = {name: dice.randrange(layers) for name in names}
    leans: dict[str, tuple[str, ...]] = {}
    for name in names:
        below = [other for other in names if layer[other] == layer[name] + 1]
        leans[name] = tuple(dice.sample(below, min(len(below), dice.randint(0, 2))))
    return Estate(leans)


def alarms_of(
    dice: random.Random, estate: Estate, faults: Sequence[str], heard: float = 0.8
) -> list[Rung]:
    """Return what rings: each fault reaches its callers, some of which have an alarm for it."""
    ailing: dict[str, set[str]] = {}
    began = {fault: NOON + timedelta(seconds=dice.uniform(0, 120)) for fault in faults}
    at: dict[str, datetime] = {}
    for fault in faults:
        reached, waiting = {fault}, [(fault, began[fault])]
        while waiting:
            name, since = waiting.pop(0)
            ailing.setdefault(name, set()).add(fault)
            at[name] = min(at.get(name, since), since)
            for caller, leans in estate.depends_on.items():
                if name in leans and caller not in reached and dice.random() < 0.75:
                    reached.add(caller)
                    waiting.append((caller, since + timedelta(seconds=dice.uniform(0, 60))))
    return [
        Rung(name, at[name] + timedelta(seconds=dice.uniform(0, 60)), frozenset(why))
        for name, why in ailing.items()
        if name in faults or dice.random() < heard
    ]


def folded(estate: Estate, rung: Sequence[Rung], rule: FoldingRule = RULE) -> dict[str, str]:
    """Return the incident of each service, its alarms having come in this order."""
    outages: list[Outage] = []
    ended_in: dict[str, str] = {}
    where: dict[str, str] = {}
    for number, alarm in enumerate(rung):
        placement = place(estate.topology, rule, outages, (alarm.service, alarm.at))
        outage = placement.outage or Outage(
            incident_id=f"I{number}",
            lead=alarm.service,
            ailing={alarm.service: alarm.at},
            opened_at=NOON + timedelta(seconds=number),
        )
        gone = {one.incident_id for one in placement.absorbed}
        ended_in.update(dict.fromkeys(gone, outage.incident_id))
        outages = [
            *(one for one in outages if one.incident_id not in gone | {outage.incident_id}),
            outage,
        ]
        where[alarm.service] = outage.incident_id
    return {service: _last(ended_in, one) for service, one in where.items()}


def scored(rung: Sequence[Rung], where: dict[str, str]) -> tuple[int, int, int]:
    """Return of all pairs: rightly together, wrongly together, wrongly apart."""
    right = wrong = apart = 0
    for one, other in combinations(rung, 2):
        is_one = bool(one.faults & other.faults)
        together = where[one.service] == where[other.service]
        right += is_one and together
        wrong += together and not is_one
        apart += is_one and not together
    return right, wrong, apart


def _last(ended_in: dict[str, str], incident_id: str) -> str:
    while incident_id in ended_in:
        incident_id = ended_in[incident_id]
    return incident_id
