"""Rank the components that could have caused a symptom, over the graph of who calls whom.

The idea is book-keeping rather than correlation. A slow component costs its callers waiting
time, a failing one costs them failed requests; what a component lost and its callees did not is
its own doing. A cause is where a loss has no further explanation below, where that loss is more
than the component ordinarily loses, and where it is big enough to matter to the target.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from monitoring_server.analysis.call_graph import Callees
from monitoring_server.analysis.ledger import Books, Ledger, Symptom, Telemetry
from monitoring_server.analysis.traffic import Standstill, standstills

__all__ = ["Suspect", "Symptom", "Telemetry", "rank_root_causes"]

_TARGET_ORDINARY = 0.2
"""The target is ill where at most this share of the normal period was as bad."""
_ORDINARY = 0.99
"""This share of the normal period tells what a component ordinarily loses."""
_CLEARLY = 1.5
"""The first suspect has lost so many times what it ordinarily loses."""
_MATTERS = 0.25
"""The first suspect has lost at least this share of what the target suffered."""
_OTHER_METRIC = 0.2
_STANDSTILL = 0.1
_OTHERS = {"latency": "availability", "availability": "latency"}


@dataclass(frozen=True)
class Suspect:
    """One ranked component. `score` is its share, from 0 to 1, of the unexplained loss."""

    component: str
    score: float
    why: str


@dataclass(frozen=True)
class _Finding:
    """The suspects by one metric: losses beyond the ordinary, in seconds or requests."""

    ledger: Ledger
    books: Books
    ordinary: Mapping[str, float]
    suffered: float

    @property
    def beyond(self) -> dict[str, float]:
        """What each component lost beyond what it ordinarily loses; the others are left out."""
        lost = {name: own - self.ordinary[name] for name, own in self.books.own.items()}
        return {name: loss for name, loss in lost.items() if loss > 0}

    def holds(self) -> bool:
        """Say whether the first suspect is far enough out of its own ordinary range."""
        beyond = self.beyond
        if not beyond:
            return False
        first = max(sorted(beyond), key=lambda name: beyond[name])
        own = self.books.own[first]
        return own >= _CLEARLY * self.ordinary[first] and own >= _MATTERS * self.suffered


def rank_root_causes(callees: Callees, telemetry: Telemetry, symptom: Symptom) -> list[Suspect]:
    """Return the components that may have caused `symptom`, most likely first.

    `callees` tells whom each component calls; circles are allowed. An empty list says that the
    target, or all that could have made it ill, is within what the normal period shows.
    Components without the symptom's metric are judged by their other metric and by their
    traffic, at low weight.
    """
    ledger = Ledger(callees, telemetry, symptom)
    if ledger.how_ordinary() > _TARGET_ORDINARY:
        return []
    main = _find(ledger)
    silent = {name for name in ledger.depths if not ledger.has_values(name)}
    suspects = _by_losses(main, 1.0) if main.holds() else []
    suspects += [
        Suspect(stop.component, _STANDSTILL, _why_standstill(stop))
        for stop in standstills(telemetry, ledger.calls)
        if suspects or stop.component in silent
    ]
    if silent:
        found = _by_other_metric(callees, telemetry, symptom)
        suspects += [suspect for suspect in found if suspect.component in silent]
    best: dict[str, Suspect] = {}
    for suspect in suspects:
        if suspect.score > best.get(suspect.component, Suspect("", 0.0, "")).score:
            best[suspect.component] = suspect
    depths = ledger.depths
    return sorted(best.values(), key=lambda s: (-s.score, -depths[s.component], s.component))


def _find(ledger: Ledger) -> _Finding:
    books = ledger.incident()
    usual = ledger.ordinary()
    surge = ledger.surge()
    ordinary = {
        name: surge * _quantile([other.own[name] for other in usual], _ORDINARY)
        for name in books.own
    }
    suffered = sum(books.losses[ledger.symptom.component].excess)
    return _Finding(ledger, books, ordinary, suffered)


def _by_losses(finding: _Finding, weight: float) -> list[Suspect]:
    beyond = finding.beyond
    total = sum(beyond.values())
    return [
        Suspect(name, weight * loss / total, _why(name, finding)) for name, loss in beyond.items()
    ]


def _by_other_metric(callees: Callees, telemetry: Telemetry, symptom: Symptom) -> list[Suspect]:
    other = _OTHERS.get(symptom.metric)
    if other is None:
        return []
    finding = _find(Ledger(callees, telemetry, replace(symptom, metric=other)))
    return _by_losses(finding, _OTHER_METRIC) if finding.holds() else []


def _quantile(values: Sequence[float], share: float) -> float:
    if not values:
        return 0.0
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def _why(name: str, finding: _Finding) -> str:
    loss = finding.books.losses[name]
    measure = finding.ledger.measure
    metric = finding.ledger.symptom.metric
    verb = "rose" if measure.direction > 0 else "fell"
    own = finding.books.own[name]
    callees = [other for other in finding.ledger.calls[name] if finding.books.losses[other].seen]
    unexplained = f" that none of the {len(callees)} it calls explains" if callees else ""
    usual = finding.ordinary[name]
    return (
        f"{metric} {verb} from {_number(loss.baseline)} to {_number(loss.worst)}{measure.unit}; "
        f"{_number(own)} {measure.lost} of its own{unexplained}, where "
        f"{_number(usual)} is the most that is ordinary; "
        f"{finding.ledger.symptom.component} suffered {_number(finding.suffered)}"
    )


def _why_standstill(stop: Standstill) -> str:
    return (
        f"requests fell from {_number(stop.before)} to {_number(stop.after)} a row "
        "while its callers went on"
    )


def _number(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.3g}"
