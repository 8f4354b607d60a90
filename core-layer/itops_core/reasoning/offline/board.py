"""All that could be wrong, over every component that could be at fault.

A fault whose place is elsewhere (`at`) is what the component of the incident *suffers*: its
likelihood goes on to those that it calls, to each as far as failing calls, traces and rankings
point to it, and there to what that component itself shows. Of a component that is not at fault
it is expected that it looks well; so a sick one draws the blame, and a sound one turns it away.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from itops_core.reasoning.offline.beliefs import (
    Hypothesis,
    Ranking,
    Scored,
    Trail,
    Weight,
    innocence,
    ranking_of,
    scored,
    weighed,
)
from itops_core.reasoning.offline.library import Fault, Library
from itops_core.reasoning.offline.sightings import Sightings

ELSEWHERE = ("dependency", "consumer", "source", "peer")
_DEEPEST = 4
_MISFIT = 0.01
_BETWEEN = 0.6
_OF_CHANGES = {
    "flag_changed",
    "settings_changed",
    "secret_changed",
    "change_explains",
    "change_near",
    "errors_follow_change",
    "resources_lowered",
}
_LEAST = math.log(1e-6)


@dataclass(frozen=True)
class View:
    """One component: what it can have, what was seen of it, and whom it could pass blame to."""

    name: str
    faults: tuple[Fault, ...]
    seen: Sightings
    shares: Mapping[str, Mapping[str, float]]
    """By a fault's `at`: each component that it may be about, with its share of the blame."""
    kinds: frozenset[str] = frozenset()
    can_be_seen: bool = True
    """Whether it has anything of its own that can be looked at."""

    @property
    def was_looked_at(self) -> bool:
        """Whether anything of it can be told apart."""
        return self.can_be_seen or any(name not in _OF_CHANGES for name in self.seen)


@dataclass(frozen=True)
class _Blame:
    """What arrives at a component: how much, for what, by which way, and shown by what."""

    odds: float
    fault: Fault
    trail: Trail
    weights: tuple[Weight, ...]


@dataclass(frozen=True)
class Board:
    """The component of the incident, and all others that were or could be looked at."""

    first: View
    others: Mapping[str, View]
    library: Library

    def ranking(self) -> Ranking:
        """Return every fault of every component, the likeliest first."""
        return ranking_of(self._all(), self.library)

    def _all(self) -> Iterator[Scored]:
        first = self.first
        places = {fault.id: fault for fault in first.faults if fault.at in ELSEWHERE}
        for score, hypothesis, trail in scored(first.name, first.faults, first.seen, self.library):
            fault = trail[0][1]
            if fault is None or fault.id not in places or not first.shares.get(fault.at):
                yield score, hypothesis, trail
            else:
                blame = _Blame(score, fault, trail, hypothesis.weights)
                yield from self._passed_on(first, blame)

    def _passed_on(self, view: View, blame: _Blame) -> Iterator[Scored]:
        """Yield who may be at fault for what `view` suffers."""
        passed = {place for place, _ in blame.trail}
        shares = {
            name: share
            for name, share in view.shares.get(blame.fault.at, {}).items()
            if name == view.name or name not in passed
        }
        total = sum(shares.values())
        for name, given in shares.items():
            share = given * self._fitting(name, blame.fault)
            part = _Blame(
                blame.odds + math.log(share / total), blame.fault, blame.trail, blame.weights
            )
            if name == view.name:
                yield self._unexplained(name, part, 0.0)
            elif part.odds > _LEAST:
                yield from self._arrived(name, part)

    def _fitting(self, name: str, fault: Fault) -> float:
        """Return how well a component's kind fits a fault that only one kind can have."""
        view = self.others.get(name)
        if not fault.of_kind or view is None:
            return 1.0
        return 1.0 if fault.of_kind in view.kinds else _MISFIT

    def _arrived(self, name: str, blame: _Blame) -> Iterator[Scored]:
        """Yield what may be wrong with a component that another one suffers from."""
        view = self.others.get(name)
        if view is None or not view.was_looked_at:
            yield self._unexplained(name, blame, 0.0)
            return
        library = self.library
        calm = innocence(view.seen, library)
        calibration = library.calibration
        unexplained = calibration.unexplained
        own = [
            fault
            for fault in view.faults
            # What ails a queue's messages is told of the queue, not of who works on them; and
            # whose caller suffers from it is not short of calls.
            if not fault.is_healthy
            and fault.at != "caller"
            and (fault.at != "source" or "queue" in view.kinds)
        ]
        weight = {
            id(one): one.prior * (calibration.deeper if one.at in ELSEWHERE else 1) for one in own
        }
        priors = sum(weight.values())
        if blame.fault.at == "peer" and calm > 0:
            # What is wrong between two shows at whoever is turned away, and may at nobody else.
            calm, unexplained = 0.0, _BETWEEN
        rest = math.log(unexplained) if priors else 0.0
        yield self._unexplained(name, blame, rest - calm)
        visited = {place for place, _ in blame.trail}
        for fault in own:
            score, weights = weighed(name, fault, view.seen, library)
            odds = (
                blame.odds + math.log((1 - unexplained) * weight[id(fault)] / priors) + score - calm
            )
            arrived = _Blame(odds, fault, (*blame.trail, (name, fault)), (*weights, *blame.weights))
            further = {
                other: share
                for other, share in view.shares.get(fault.at, {}).items()
                if other not in visited
            }
            if fault.at not in ELSEWHERE or not further:
                hypothesis = Hypothesis(
                    fault=fault.id, probability=0, weights=arrived.weights, component=name
                )
                yield odds, hypothesis, arrived.trail
            elif len(arrived.trail) <= _DEEPEST:
                yield from self._passed_on(view, arrived)

    def _unexplained(self, name: str, blame: _Blame, more: float) -> Scored:
        """Return that a component fails, and no more is known than that."""
        hypothesis = Hypothesis(
            fault=blame.fault.id, probability=0, weights=blame.weights, component=name
        )
        known = any(place == name for place, _ in blame.trail)
        trail = blame.trail if known else (*blame.trail, (name, None))
        return blame.odds + more, hypothesis, trail
