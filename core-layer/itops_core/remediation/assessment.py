"""What an action would do, computed from live state and the catalog; no model has a say in it.

Pure functions: whoever asked AWS and the catalog hands in what they said. Each kind of thing has a
module of its own beside this one, with its state and the outlooks of its actions.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from itops_core.domain.approval_card import Change, changes_in
from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.remediation import Action, ActionPreview, BlastSize, Risk
from itops_core.domain.traffic import Traffic, TrafficLevel, TrafficMetric
from itops_core.domain.values import Value, sha256_of
from itops_core.remediation.catalogue import ActionSpec, BlastThresholds
from itops_core.remediation.traffic import riskier_by_traffic, size_by_traffic

_SIZES = tuple(BlastSize)
_RISKS = tuple(Risk)


class LiveState(Protocol):
    """Something that can be changed, as it is now."""

    @property
    def resource(self) -> str:
        """What is changed, as AWS names it: one incident at a time acts on it."""
        ...

    @property
    def name(self) -> str:
        """How people call it."""
        ...

    @property
    def state_hash(self) -> str:
        """Changes with whatever would make a person look again before saying yes."""
        ...

    @property
    def shown(self) -> dict[str, Any]:
        """What is recorded as before and after, and shown on a card."""
        ...

    @property
    def bound(self) -> frozenset[str]:
        """What of the shown a yes is bound to: others change it, and it does not come and go."""
        ...

    @property
    def traffic_metrics(self) -> tuple[tuple[TrafficMetric, ...], ...] | None:
        """What AWS itself counts of what reaches it: alternatives, best first, each a sum.

        `None` where nothing reaches it that could be counted.
        """
        ...

    def is_entry(self, entry: CatalogEntry) -> bool:
        """Whether the catalog means this by `entry`."""
        ...

    def rests_on(self, recorded: Mapping[str, Any]) -> bool:
        """Whether it is configured as `recorded`: nobody has changed it since."""
        ...


class Reach(Value):
    """Where in the catalog something stands, and what leans on it, directly or not."""

    entry: CatalogEntry | None
    dependants: tuple[str, ...] = ()


class Outlook(Value):
    """What would be different afterwards, or the fault that keeps it from being done.

    `riskier` says why it is a step riskier now than the catalogue has it; `blast` is how far it
    reaches at least, by what live state shows.
    """

    after: dict[str, Any]
    note: str
    fault: str | None = None
    riskier: str | None = None
    blast: BlastSize = BlastSize.SMALL


class Blast(Value):
    """How far a change of one thing may be felt."""

    name: str
    reach: Reach
    thresholds: BlastThresholds
    traffic: Traffic | None = Traffic()

    @property
    def services(self) -> tuple[str, ...]:
        """Who may feel it: the thing itself and whatever leans on it."""
        entry = self.reach.entry
        return (entry.entry_id if entry else self.name, *self.reach.dependants)

    def size_for(self, spec: ActionSpec, outlook: Outlook) -> BlastSize:
        """Return the size: what the catalogue says at least, raised by what is true now."""
        sizes = [spec.blast, outlook.blast, self.thresholds.size_of(len(self.reach.dependants))]
        if self.reach.entry is None:
            sizes.append(BlastSize.MEDIUM)
        if spec.disturbs_requests and self.traffic is not None:
            sizes.append(size_by_traffic(self.traffic))
        return max(sizes, key=_SIZES.index)

    def risk_of(self, spec: ActionSpec, outlook: Outlook) -> tuple[Risk, tuple[str, ...]]:
        """Return the risk, and why it is higher than usual: a step for each reason.

        Of what nobody knows how much reaches it, it is never low.
        """
        traffic = self.traffic
        busy = riskier_by_traffic(traffic) if traffic and spec.disturbs_requests else None
        reasons = tuple(one for one in (outlook.riskier, busy) if one)
        step = min(_RISKS.index(spec.risk) + len(reasons), len(_RISKS) - 1)
        if not step and traffic is not None and traffic.level is TrafficLevel.UNKNOWN:
            return Risk.MEDIUM, (traffic.told,)
        return _RISKS[step], reasons


def changed_since(state: LiveState, recorded: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return what a yes is bound to and is no longer as `recorded`; what was not, is not told."""
    known = state.bound & recorded.keys()
    return changes_in(_only(known, recorded), _only(known, state.shown))


def reach_of(state: LiveState, entries: Iterable[CatalogEntry]) -> Reach:
    """Return where it stands among `entries`."""
    known = tuple(entries)
    return dependants_of(next((one for one in known if state.is_entry(one)), None), known)


def dependants_of(entry: CatalogEntry | None, known: tuple[CatalogEntry, ...]) -> Reach:
    """Return an entry with all that leans on it, directly or not."""
    if entry is None:
        return Reach(entry=None)
    found: set[str] = {entry.entry_id}
    grown = True
    while grown:
        more = {one.entry_id for one in known if found & set(one.depends_on)} - found
        found |= more
        grown = bool(more)
    return Reach(entry=entry, dependants=tuple(sorted(found - {entry.entry_id})))


def preview_of(
    action: Action, spec: ActionSpec, state: LiveState, outlook: Outlook, blast: Blast
) -> ActionPreview:
    """Return the preview of an action on something that can be looked at."""
    inverse = spec.inverse_of(action, state.shown)
    risk, reasons = blast.risk_of(spec, outlook)
    riskier = f" Riskier than usual: {'; '.join(reasons)}." if reasons else ""
    return ActionPreview(
        action=action,
        resource=state.resource,
        entry_id=blast.reach.entry.entry_id if blast.reach.entry else None,
        before=state.shown,
        after=outlook.after,
        risk=risk,
        blast_size=blast.size_for(spec, outlook),
        blast_radius=blast.services,
        traffic=blast.traffic,
        disturbs_requests=spec.disturbs_requests,
        reversible=spec.reversible and inverse is not None,
        inverse=inverse,
        possible=outlook.fault is None,
        reason=outlook.fault or f"{outlook.note}{riskier}",
        state_hash=state.state_hash,
        cost=spec.cost,
    )


def preview_of_message(action: Action, spec: ActionSpec) -> ActionPreview:
    """Return the preview of an action that only tells people something."""
    return ActionPreview(
        action=action,
        resource="people on call",
        before={},
        after={"message": action.parameters["message"]},
        risk=spec.risk,
        blast_size=spec.blast,
        blast_radius=(),
        reversible=spec.reversible,
        inverse=None,
        possible=True,
        reason="People are told; nothing is changed.",
        state_hash=sha256_of(action.name),
        cost=spec.cost,
    )


def _only(names: frozenset[str], shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: shown[name] for name in sorted(names)}
