"""Where in an execution an event belongs."""

import json
from dataclasses import dataclass

from itops_core.domain.values import canonical_json
from monitoring_server.analysis.executions.definitions import Definition
from monitoring_server.analysis.executions.events import Event
from monitoring_server.analysis.executions.payloads import items_of, parsed
from monitoring_server.analysis.executions.record import Failure, Record, Scope, Visit, chain_of

_GROUPS = {"Map", "Parallel"}
_FIRST_OR_LAST = {"ExecutionStarted", "ExecutionAborted", "ExecutionTimedOut", "ExecutionRedriven"}
"""These follow nothing: AWS gives them no previous event either."""


@dataclass(frozen=True, slots=True)
class Place:
    """The scope and, between its entry and its exit, the state in it."""

    scope: Scope
    visit: Visit | None


class Whereabouts:
    """Follows the links of a history, and finds its way without them."""

    def __init__(self, record: Record, definition: Definition | None) -> None:
        self._record = record
        self._definition = definition
        self._places: dict[int, Place] = {}
        self._open: dict[Visit, None] = {}
        self._scopes: dict[Visit, list[Scope]] = {}
        self._items: dict[Visit, dict[str, list[int]]] = {}
        self._announced: dict[Visit, list[int]] = {}
        self._nowhere = Place(record.root, None)

    def before(self, event: Event) -> Place:
        """Return where the event continues."""
        linked = self._places.get(event.previous_id)
        if linked is not None:
            return linked
        if event.kind not in _FIRST_OR_LAST and event.event_id > 1:
            self._record.links_missing += event.previous_id == 0
        return self._nowhere

    def after(self, event: Event, place: Place) -> None:
        """Note where the event led."""
        self._places[event.event_id] = place

    def opened(self, visit: Visit) -> None:
        """Note a state that was entered."""
        if visit.scope.kind == "iteration" and visit.scope.entered is None:
            visit.scope.item = visit.input
        visit.scope.entered = visit
        self._open[visit] = None

    def closed(self, visit: Visit) -> None:
        """Note a state that was left."""
        self._open.pop(visit, None)

    def scope_of(self, name: str, given: str | None, event: Event, place: Place) -> Scope:
        """Return where a state that is entered runs."""
        visit = place.visit
        if visit is not None and visit.kind in _GROUPS:
            return self._new_branch(name, visit)
        if event.previous_id:
            return place.scope
        return self._by_name(name, given)

    def announced(self, owner: Visit, index: int | None) -> None:
        """Note an iteration that is said to begin, where the next event will not be linked."""
        if index is not None:
            self._announced.setdefault(owner, []).append(index)

    def settled(self, owner: Visit) -> None:
        """Forget what still stands open inside a Map or a Parallel that was left."""
        for visit in [one for one in self._open if _lies_in(one, owner)]:
            self._open.pop(visit)
            if visit.failures and not owner.attempts and owner.failed_scope is None:
                self._outermost(visit, owner)
        self._scopes.pop(owner, None)
        self._items.pop(owner, None)

    def named(self, name: str, place: Place) -> Visit | None:
        """Return the open state of that name, the nearest first."""
        if place.visit is not None and place.visit.name == name:
            return place.visit
        for _, owner in _around(place):
            if owner.name == name:
                return owner
        alike = [one for one in self._open if one.name == name]
        done = [one for one in alike if one.attempts and one.attempts[-1].outcome == "succeeded"]
        return next(iter(done or reversed(alike)), None)

    def open_one(self, kind: str, place: Place) -> Visit | None:
        """Return the nearest open state of a kind."""
        if place.visit is not None and place.visit.kind == kind:
            return place.visit
        return next((one for one in reversed(self._open) if one.kind == kind), None)

    def group(self, kind: str, place: Place) -> Visit | None:
        """Return the Map or Parallel around a place, itself included."""
        if place.visit is not None and place.visit.kind == kind:
            return place.visit
        for _, owner in _around(place):
            if owner.kind == kind:
                return owner
        return next((one for one in reversed(self._open) if one.kind == kind), None)

    def inside(self, owner: Visit, place: Place) -> Scope | None:
        """Return the branch or iteration of `owner` that a place lies in."""
        around = list(_around(place))
        found = next((scope for scope, above in around if above is owner), None)
        if found is not None and found.failed_in is None:
            found.failed_in = place.visit if place.scope is found else around[0][1]
            found.outcome = "failed"
        return found

    def iteration(self, index: int | None, name: str, place: Place) -> Scope | None:
        """Return the Map iteration of that index around a place."""
        for scope, owner in _around(place):
            if scope.kind == "iteration" and scope.index == index and name in {"", owner.name}:
                return scope
        return None

    def tasked(self, event: Event) -> Visit | None:
        """Return the Task that an event without a link is about."""
        resource = event.text("resource")
        tasks = [one for one in self._open if one.kind == "Task"]
        alike = [one for one in tasks if resource and self._calls(one, resource)]
        fitting = alike or tasks
        if event.kind.endswith("Scheduled"):
            idle = [one for one in fitting if not _is_busy(one)]
            again = [one for one in idle if one.attempts and one.failures]
            if alike or not resource:
                return (again or idle or fitting or [None])[0]
            return self._unentered(event, resource) or (idle or fitting or [None])[0]
        busy = [one for one in fitting if _is_busy(one)]
        # Of several that run at once the one that has run longest is taken to end first.
        return next(iter(busy or reversed(fitting)), None)

    def _unentered(self, event: Event, resource: str) -> Visit | None:
        """Return a Task inside an open Map or Parallel whose entry the history does not tell."""
        owners = {one.name: one for one in self._open if one.kind in _GROUPS}
        states = self._definition.states.values() if self._definition else ()
        known = [
            one
            for one in states
            if one.kind == "Task"
            and one.owner in owners
            and str(one.body.get("Resource", "")).endswith(resource)
        ]
        if len(known) != 1 or known[0].owner is None:
            return None
        state, owner = known[0], owners[known[0].owner]
        scope = self._by_name(state.name, None)
        if scope.item is None and scope.kind == "iteration" and scope.index is not None:
            items = items_of(owner.input)
            scope.item = json.dumps(items[scope.index]) if scope.index < len(items) else None
        visit = Visit(state.name, "Task", scope, event.at, event.event_id)
        self._record.visits.append(visit)
        self._record.unentered += 1
        item = scope.item
        self.opened(visit)
        scope.item = item
        return visit

    def ended(self, visit: Visit, at: float) -> None:
        """Note the success of a Task whose exit the history will not tell."""
        if visit.input is None and self._record.unentered and visit.scope.kind != "execution":
            visit.exited_at, visit.outcome = at, "succeeded"
            self.closed(visit)

    def failing(self, failure: Failure) -> Visit | None:
        """Return what an execution failed in, where its last event does not tell."""
        for visit in reversed(self._record.visits):
            told = {(one.error, one.cause) for one in visit.failures}
            if visit.exited_at is None and (failure.error, failure.cause) in told:
                return self._outermost(visit)
        stopped = [one for one in self._record.visits if one.outcome == "aborted"]
        candidates = stopped or list(self._open)
        innermost = max(candidates, key=lambda one: (_depth(one), one.event_id), default=None)
        if innermost is None:
            # It ended between two states: the last one is where it stood.
            return next((one for one in reversed(self._record.visits) if not one.scope.owner), None)
        return self._outermost(innermost)

    def _outermost(self, visit: Visit, until: Visit | None = None) -> Visit:
        """Mark the way down to a visit as failed, and return the top of it."""
        inner = visit
        for scope, owner in chain_of(visit):
            scope.failed_in = scope.failed_in or inner
            owner.failed_scope = owner.failed_scope or scope
            inner = owner
            if owner is until:
                break
        return inner

    def _new_branch(self, name: str, owner: Visit) -> Scope:
        if owner.kind == "Map":
            told = self._announced.get(owner)
            index = told.pop(0) if told else owner.started
            owner.started += 1
            return Scope("iteration", owner, index, counted=True)
        starts = self._definition.starts.get(owner.name, ()) if self._definition else ()
        index = starts.index(name) if starts.count(name) == 1 else owner.started
        owner.started += 1
        return Scope("branch", owner, index, counted=name not in starts)

    def _by_name(self, name: str, given: str | None) -> Scope:
        """Return the scope of a state whose entry has no link: by definition and by data."""
        state = self._definition.get(name) if self._definition else None
        owner = None
        if state is not None and state.owner is not None:
            owner = next((one for one in reversed(self._open) if one.name == state.owner), None)
        if state is None or owner is None:
            return self._record.root
        scopes = self._scopes.setdefault(owner, [])
        first = self._definition.starts.get(owner.name, ()) if self._definition else ()
        if name in first:
            waiting = [one for one in scopes if _goes_on(one, given) and _stands(one)]
            if not waiting or owner.kind == "Map":
                scope = self._new_branch(name, owner)
                scope.counted = owner.kind == "Map"
                if owner.kind == "Map":
                    self._place_by_item(scope, owner, given)
                elif state.branch is not None:
                    scope.index = state.branch
                scopes.append(scope)
                return scope
        standing = [one for one in scopes if _stands(one) and self._leads(one, name)]
        if state.branch is not None:
            standing = [one for one in standing if one.index == state.branch]
        fitting = [one for one in standing if _goes_on(one, given)]
        return (fitting or standing or scopes or [self._record.root])[0]

    def _leads(self, scope: Scope, name: str) -> bool:
        """Whether the definition leads from the last state of a scope to that name."""
        last = scope.entered.name if scope.entered else ""
        state = self._definition.get(last) if self._definition else None
        return state is None or any(target == name for target, _ in state.successors())

    def _place_by_item(self, scope: Scope, owner: Visit, given: str | None) -> None:
        """Set the index of an iteration by the one item of the Map's input that it was given."""
        if owner not in self._items:
            self._items[owner] = {}
            for place, item in enumerate(items_of(owner.input)):
                self._items[owner].setdefault(canonical_json(item), []).append(place)
        places = self._items[owner].get(canonical_json(parsed(given)), [])
        if len(places) == 1:
            scope.index, scope.counted = places[0], False

    def _calls(self, visit: Visit, resource: str) -> bool:
        if visit.attempts and visit.attempts[-1].resource:
            return visit.attempts[-1].resource == resource
        state = self._definition.get(visit.name) if self._definition else None
        return state is None or str(state.body.get("Resource", "")).endswith(resource)


def _around(place: Place) -> list[tuple[Scope, Visit]]:
    found: list[tuple[Scope, Visit]] = []
    scope = place.scope
    while scope.owner is not None:
        found.append((scope, scope.owner))
        scope = scope.owner.scope
    return found


def _is_busy(visit: Visit) -> bool:
    return bool(visit.attempts) and visit.attempts[-1].outcome == "running"


def _stands(scope: Scope) -> bool:
    """Whether a scope is between two states."""
    return scope.entered is not None and scope.entered.exited_at is not None


def _goes_on(scope: Scope, given: str | None) -> bool:
    return scope.last_output is not None and scope.last_output == given


def _lies_in(visit: Visit, owner: Visit) -> bool:
    return any(above is owner for _, above in chain_of(visit))


def _depth(visit: Visit) -> int:
    return sum(1 for _ in chain_of(visit))
