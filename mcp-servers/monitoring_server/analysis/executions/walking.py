"""Reads a history once, event by event, into a record of what was visited and how it ended.

`previousEventId` says where each event belongs. Where it is missing (emulators, trimmed logs) the
place is found by name, by what is open, and by which output became this input.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from monitoring_server.analysis.executions.definitions import Definition
from monitoring_server.analysis.executions.events import KNOWN_KINDS, Event, read_events
from monitoring_server.analysis.executions.record import (
    Attempt,
    Failure,
    Outcome,
    PayloadLedger,
    Record,
    Scope,
    Visit,
)
from monitoring_server.analysis.executions.whereabouts import Place, Whereabouts

_PAYLOAD_CHARACTERS = 24_000_000
_ENDS: dict[str, Outcome] = {
    "Succeeded": "succeeded",
    "Failed": "failed",
    "TimedOut": "timed_out",
    "Aborted": "aborted",
}
_STATUSES = {
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
_TASKS = ("Task", "LambdaFunction", "Activity")


def read_record(
    raw_events: Iterable[Mapping[str, Any]], definition: Definition | None = None
) -> Record:
    """Return the record of a history whose events come oldest first, however many pages it had."""
    walk = _Walk(definition)
    for event in read_events(raw_events):
        walk.take(event)
    return walk.finished()


class _Walk:
    def __init__(self, definition: Definition | None) -> None:
        self._record = Record()
        self._where = Whereabouts(self._record, definition)
        self._ledger = PayloadLedger(_PAYLOAD_CHARACTERS)
        self._failed_items: dict[int, Scope] = {}
        """Iterations by the event that tells of their failure: a Map's own points at it."""
        self._others: dict[str, Callable[[Event, Place], Place]] = {
            "ExecutionStarted": self._execution_started,
            "ExecutionSucceeded": self._execution_succeeded,
            "ExecutionFailed": self._execution_over,
            "ExecutionTimedOut": self._execution_over,
            "ExecutionAborted": self._execution_over,
            "ExecutionRedriven": self._execution_redriven,
            "MapIterationStarted": self._iteration_started,
            "MapIterationSucceeded": self._iteration_over,
            "MapIterationFailed": self._iteration_over,
            "MapIterationAborted": self._iteration_over,
            "MapRunStarted": self._map_run,
            "MapRunRedriven": self._map_run,
            "MapRunFailed": self._map_run,
            "MapRunSucceeded": self._map_run,
            "MapRunAborted": self._map_run,
            "EvaluationFailed": self._evaluation_failed,
        }

    def take(self, event: Event) -> None:
        """Read one event."""
        record = self._record
        record.events += 1
        record.last_at = event.at
        if event.kind not in KNOWN_KINDS:
            record.unknown_kinds.add(event.kind)
        place = self._where.before(event)
        self._where.after(event, self._read(event, place))

    def finished(self) -> Record:
        """Return what was read."""
        record = self._record
        record.dropped_payloads = self._ledger.dropped
        return record

    def _read(self, event: Event, place: Place) -> Place:
        kind = event.kind
        if kind in self._others:
            return self._others[kind](event, place)
        for ending, read in (
            ("StateEntered", self._entered),
            ("StateExited", self._exited),
            ("StateAborted", self._aborted),
        ):
            if kind.endswith(ending):
                return read(event, place)
        for group in _TASKS:
            if kind.startswith(group):
                return self._task(event, place, kind.removeprefix(group))
        if kind.startswith(("MapState", "ParallelState")):
            return self._group(event, place)
        return place

    def _execution_started(self, event: Event, place: Place) -> Place:
        record = self._record
        record.started_at = event.at
        record.input = self._payload(event, "input")
        record.role_arn = event.text("roleArn") or ""
        record.version_arn = event.text("stateMachineVersionArn") or ""
        record.alias_arn = event.text("stateMachineAliasArn") or ""
        return place

    def _execution_succeeded(self, event: Event, place: Place) -> Place:
        self._record.status = "SUCCEEDED"
        self._record.ended_at = event.at
        self._record.output = self._payload(event, "output")
        return place

    def _execution_over(self, event: Event, place: Place) -> Place:
        record = self._record
        record.status = _STATUSES[event.kind]
        record.ended_at = event.at
        record.failure = _failure(event)
        visit = place.visit or self._where.failing(record.failure)
        record.failed_in = visit
        if visit is not None and visit.exited_at is None:
            if not visit.failures and visit.outcome != "failed":
                visit.failures.append(record.failure)
            if visit.outcome == "running":
                visit.outcome = _ENDS[event.kind.removeprefix("Execution")]
        return Place(place.scope, visit)

    def _execution_redriven(self, event: Event, place: Place) -> Place:
        record = self._record
        record.redrives = event.number("redriveCount") or record.redrives + 1
        record.status, record.ended_at, record.failure = "RUNNING", None, None
        visit = record.failed_in or place.visit
        if visit is not None:
            _forget_failed_scopes(visit)
            visit.outcome = "running"
        return Place(visit.scope if visit else place.scope, visit)

    def _entered(self, event: Event, place: Place) -> Place:
        name = event.text("name") or ""
        given = self._payload(event, "input")
        scope = self._where.scope_of(name, given, event, place)
        visit = Visit(
            name=name,
            kind=event.kind.removesuffix("StateEntered"),
            scope=scope,
            entered_at=event.at,
            event_id=event.event_id,
            input=given,
            cut=event.was_cut("input"),
        )
        self._record.visits.append(visit)
        self._where.opened(visit)
        self._ledger.opened(visit)
        return Place(scope, visit)

    def _exited(self, event: Event, place: Place) -> Place:
        visit = self._where.named(event.text("name") or "", place)
        if visit is None:
            return place
        visit.exited_at = event.at
        if visit.kind in {"Map", "Parallel"}:
            self._where.settled(visit)
        visit.output = self._payload(event, "output")
        visit.scope.last_output = visit.output
        visit.outcome = "failed" if visit.was_caught else "succeeded"
        self._where.closed(visit)
        self._ledger.closed(visit)
        return Place(visit.scope, None)

    def _aborted(self, event: Event, place: Place) -> Place:
        visit = self._where.open_one(event.kind.removesuffix("StateAborted"), place)
        if visit is not None:
            visit.outcome = "aborted"
            self._where.closed(visit)
        return Place(visit.scope, visit) if visit else place

    def _task(self, event: Event, place: Place, step: str) -> Place:
        visit = place.visit
        if visit is None or visit.kind != "Task":
            visit = self._where.tasked(event)
        if visit is None:
            return place
        if step == "Scheduled":
            visit.attempts.append(_attempt(event))
            self._where.tried(visit)
            return Place(visit.scope, visit)
        if not visit.attempts:
            visit.attempts.append(Attempt(scheduled_at=event.at))
        attempt = visit.attempts[-1]
        if step == "Started":
            attempt.started_at = event.at
        elif step == "Submitted":
            attempt.submitted = self._payload(event, "output") or ""
        elif step == "Succeeded":
            attempt.outcome, attempt.ended_at, attempt.parameters = "succeeded", event.at, ""
            self._where.ended(visit, event.at)
        else:
            attempt.outcome = "timed_out" if step == "TimedOut" else "failed"
            attempt.ended_at = event.at
            attempt.failure = _failure(event)
            visit.failures.append(attempt.failure)
        self._where.tried(visit)
        return Place(visit.scope, visit)

    def _group(self, event: Event, place: Place) -> Place:
        """Read how the work inside a Map or a Parallel begins and ends."""
        group = event.kind.split("State", 1)[0]
        owner = self._where.group(group, place)
        if owner is None:
            return place
        if event.kind.endswith("Started"):
            owner.length = event.number("length")
            owner.failed_scope = None
            owner.attempts.append(Attempt(scheduled_at=event.at, started_at=event.at))
            self._where.tried(owner)
            return Place(owner.scope, owner)
        if event.kind.endswith("Failed"):
            owner.outcome = "failed"
            told = self._failed_items.get(event.previous_id)
            known = told if told and told.owner is owner else owner.failed_scope
            owner.failed_scope = known or self._where.inside(owner, place)
        if owner.attempts:
            attempt = owner.attempts[-1]
            attempt.outcome = _ENDS[event.kind.rsplit("State", 1)[-1]]
            attempt.ended_at = event.at
            attempt.failure = _inner_failure(owner) if attempt.outcome == "failed" else None
            self._where.tried(owner)
        return Place(owner.scope, owner)

    def _iteration_started(self, event: Event, place: Place) -> Place:
        owner = self._where.group("Map", place)
        scope = Scope("iteration", owner, event.number("index"))
        if owner is not None and event.previous_id:
            owner.started += 1
        elif owner is not None:
            self._where.announced(owner, scope.index)
        return Place(scope, None)

    def _iteration_over(self, event: Event, place: Place) -> Place:
        scope = self._where.iteration(event.number("index"), event.text("name") or "", place)
        if scope is None or scope.owner is None:
            return place
        scope.outcome = _ENDS[event.kind.removeprefix("MapIteration")]
        if scope.outcome == "succeeded":
            scope.item = scope.last_output = None
        if scope.outcome == "failed":
            scope.failed_in = place.visit
            # The first one fails the Map; what runs beside it may still fail before it is stopped.
            scope.owner.failed_scope = scope.owner.failed_scope or scope
            self._failed_items[event.event_id] = scope
        return Place(scope.owner.scope, scope.owner)

    def _map_run(self, event: Event, place: Place) -> Place:
        owner = self._where.group("Map", place)
        if owner is None:
            return place
        owner.map_run_arn = event.text("mapRunArn") or owner.map_run_arn
        if event.kind == "MapRunFailed":
            owner.failures.append(_failure(event))
            owner.outcome = "failed"
        return Place(owner.scope, owner)

    def _evaluation_failed(self, event: Event, place: Place) -> Place:
        visit = self._where.named(event.text("state") or "", place) or place.visit
        if visit is None:
            return place
        visit.failures.append(_failure(event))
        return Place(visit.scope, visit)

    def _payload(self, event: Event, name: str) -> str | None:
        text = event.text(name)
        if text is not None:
            self._record.has_data = True
        if event.was_cut(name):
            self._record.cut_payloads += 1
        return text


def _forget_failed_scopes(visit: Visit) -> None:
    """Let a redrive fail in another item or branch than before, however deep."""
    inner: Visit | None = visit
    while inner is not None:
        scope, inner.failed_scope = inner.failed_scope, None
        inner = scope.failed_in if scope is not None else None


def _inner_failure(owner: Visit) -> Failure | None:
    """Return what failed a Map or a Parallel: its own failure, or that of what it holds."""
    visit: Visit | None = owner
    while visit is not None and visit.failure is None and visit.failed_scope is not None:
        visit = visit.failed_scope.failed_in
    return visit.failure if visit is not None else None


def _attempt(event: Event) -> Attempt:
    return Attempt(
        scheduled_at=event.at,
        resource=event.text("resource") or "",
        resource_type=event.text("resourceType") or "",
        timeout_seconds=event.number("timeoutInSeconds"),
        heartbeat_seconds=event.number("heartbeatInSeconds"),
        parameters=event.text("parameters") or "",
    )


def _failure(event: Event) -> Failure:
    return Failure(
        error=event.text("error") or "",
        cause=event.text("cause") or "",
        at=event.at,
        event_id=event.event_id,
        kind=event.kind,
        location=event.text("location") or "",
    )
