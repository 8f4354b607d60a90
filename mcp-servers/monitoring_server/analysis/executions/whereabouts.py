"""Where in an execution an event belongs."""

import json
from dataclasses import dataclass
from typing import Any

from itops_core.domain.values import canonical_json
from monitoring_server.analysis.executions.definitions import Definition, StateDefinition
from monitoring_server.analysis.executions.events import Event
from monitoring_server.analysis.executions.open_visits import OpenVisits
from monitoring_server.analysis.executions.payloads import items_of, parsed
from monitoring_server.analysis.executions.record import Failure, Record, Scope, Visit, chain_of
from monitoring_server.analysis.executions.standing import StandingScopes

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
        self._open = OpenVisits()
        self._scopes: dict[Visit, list[Scope]] = {}
        self._standing: dict[Visit, StandingScopes] = {}
        self._parsed: dict[Visit, list[Any]] = {}
        self._items: dict[Visit, dict[str, list[int]]] = {}
        self._announced: dict[Visit, list[int]] = {}
        self._leading: dict[str, list[str]] | None = None
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
        owner = visit.scope.owner
        if owner in self._standing:
            self._standing[owner].goes_on(visit.scope)
        visit.scope.entered = visit
        self._open.add(visit)

    def closed(self, visit: Visit) -> None:
        """Note a state that was left."""
        self._open.remove(visit)
        owner = visit.scope.owner
        if owner in self._standing and visit.exited_at is not None:
            self._standing[owner].stands(visit.scope)

    def tried(self, visit: Visit) -> None:
        """Note that an attempt of a state began or ended."""
        self._open.moved(visit)

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
        for visit in self._open.within(owner):
            self._open.remove(visit)
            if visit.failures and not owner.attempts and owner.failed_scope is None:
                self._outermost(visit, owner)
        self._scopes.pop(owner, None)
        self._standing.pop(owner, None)
        self._items.pop(owner, None)
        self._parsed.pop(owner, None)

    def named(self, name: str, place: Place) -> Visit | None:
        """Return the open state of that name, the nearest first."""
        if place.visit is not None and place.visit.name == name:
            return place.visit
        for _, owner in _around(place):
            if owner.name == name:
                return owner
        return self._open.first([name], "done") or self._open.newest(name)

    def open_one(self, kind: str, place: Place) -> Visit | None:
        """Return the nearest open state of a kind."""
        if place.visit is not None and place.visit.kind == kind:
            return place.visit
        return self._open.newest_of(kind)

    def group(self, kind: str, place: Place) -> Visit | None:
        """Return the Map or Parallel around a place, itself included."""
        if place.visit is not None and place.visit.kind == kind:
            return place.visit
        for _, owner in _around(place):
            if owner.kind == kind:
                return owner
        return self._open.newest_of(kind)

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
        names = self._open.names_of("Task")
        alike = [name for name in names if resource and self._calls(name, resource)]
        fitting, first = alike or names, self._open.first
        if event.kind.endswith("Scheduled"):
            # One that failed waits to be tried again; else the one that has waited longest begins.
            idle = first(fitting, "failed") or first(fitting, "new") or first(fitting, "done")
            if not alike and resource:
                idle = self._unentered(event, resource) or idle
            return idle or first(fitting, "busy")
        # Of several that run at once the one that has run longest is taken to end first.
        busy = first(fitting, "busy")
        newest = (self._open.newest(name) for name in fitting)
        return busy or max(
            (one for one in newest if one), key=lambda one: one.event_id, default=None
        )

    def _unentered(self, event: Event, resource: str) -> Visit | None:
        """Return a Task inside an open Map or Parallel whose entry the history does not tell."""
        owners = {one.name: one for kind in _GROUPS for one in self._open.of_kind(kind)}
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
            items = self._items_in(owner)
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
        alike = [
            visit
            for visit in self._record.visits
            if visit.exited_at is None
            and any((one.error, one.cause) == (failure.error, failure.cause)
                    for one in visit.failures)
            and _is_of_the_last_attempt(visit)
        ]  # fmt: skip
        if alike:
            # Of items that fail at once in the same way, the first one fails their Map.
            return self._outermost(min(alike, key=lambda one: one.failures[-1].event_id))
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
            owner = self._open.newest(state.owner)
        if state is None or owner is None:
            return self._record.root
        first = self._definition.starts.get(owner.name, ()) if self._definition else ()
        if owner.kind == "Map":
            return self._of_item(owner, name, given, begins=name in first)
        return self._of_branch(owner, state, given, begins=name in first)

    def _of_item(self, owner: Visit, name: str, given: str | None, *, begins: bool) -> Scope:
        """Return the iteration that a state begins, or goes on in."""
        standing = self._standing.setdefault(owner, StandingScopes())
        if begins:
            scope = self._new_branch(name, owner)
            scope.counted = True
            self._place_by_item(scope, owner, given)
            standing.first = standing.first or scope
            return scope
        before = self._before(name)
        return standing.find(before, given) or standing.first or self._record.root

    def _before(self, name: str) -> list[str]:
        """Return the states that lead to one, by the definition."""
        if self._leading is None:
            self._leading = {}
            for state in self._definition.states.values() if self._definition else ():
                for target, _ in state.successors():
                    self._leading.setdefault(target, []).append(state.name)
        return self._leading.get(name, [])

    def _of_branch(
        self, owner: Visit, state: StateDefinition, given: str | None, *, begins: bool
    ) -> Scope:
        """Return the branch that a state begins, or goes on in."""
        scopes = self._scopes.setdefault(owner, [])
        if begins and not any(_goes_on(one, given) and _stands(one) for one in scopes):
            scope = self._new_branch(state.name, owner)
            scope.counted = False
            if state.branch is not None:
                scope.index = state.branch
            scopes.append(scope)
            return scope
        standing = [one for one in scopes if _stands(one) and self._leads(one, state.name)]
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
            for place, item in enumerate(self._items_in(owner)):
                self._items[owner].setdefault(canonical_json(item), []).append(place)
        places = self._items[owner].get(canonical_json(parsed(given)), [])
        if len(places) == 1:
            scope.index, scope.counted = places[0], False

    def _items_in(self, owner: Visit) -> list[Any]:
        if owner not in self._parsed:
            self._parsed[owner] = items_of(owner.input)
        return self._parsed[owner]

    def _calls(self, name: str, resource: str) -> bool:
        """Whether states of that name call a resource, by what they called or should call."""
        called = self._open.first([name], "busy") or self._open.first([name], "done")
        if called is not None and called.attempts[-1].resource:
            return called.attempts[-1].resource == resource
        state = self._definition.get(name) if self._definition else None
        return state is None or str(state.body.get("Resource", "")).endswith(resource)


def _is_of_the_last_attempt(visit: Visit) -> bool:
    """Whether no Map or Parallel around a visit was tried again after it."""
    inner = visit
    for _, owner in chain_of(visit):
        if owner.attempts and inner.entered_at < owner.attempts[-1].scheduled_at:
            return False
        inner = owner
    return True


def _around(place: Place) -> list[tuple[Scope, Visit]]:
    found: list[tuple[Scope, Visit]] = []
    scope = place.scope
    while scope.owner is not None:
        found.append((scope, scope.owner))
        scope = scope.owner.scope
    return found


def _stands(scope: Scope) -> bool:
    """Whether a scope is between two states."""
    return scope.entered is not None and scope.entered.exited_at is not None


def _goes_on(scope: Scope, given: str | None) -> bool:
    return scope.last_output is not None and scope.last_output == given


def _depth(visit: Visit) -> int:
    return sum(1 for _ in chain_of(visit))
