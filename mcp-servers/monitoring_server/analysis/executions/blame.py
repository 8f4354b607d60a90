"""Finds the state that an execution really failed in: down into Maps, back through Catches."""

from dataclasses import dataclass

from monitoring_server.analysis.executions.causes import ErrorFacts, Family, read_cause
from monitoring_server.analysis.executions.cut_off import CUT_OFF
from monitoring_server.analysis.executions.definitions import (
    Definition,
    StateDefinition,
    integration_of,
)
from monitoring_server.analysis.executions.record import Failure, Record, Visit, chain_of

_DEEPEST = 40
_WORKERS_OWN = {Family.LAMBDA_EXCEPTION, Family.UNKNOWN}


@dataclass(frozen=True)
class Blame:
    """The state that failed, and the one that the execution ended in."""

    origin: Visit
    ended_in: Visit
    failure: Failure
    decided_by: Visit | None = None


def blame(record: Record, definition: Definition | None) -> Blame | None:
    """Return where it failed, `None` where it did not fail or nothing tells."""
    if record.failed_in is None or record.failure is None:
        return None
    leaf = deepest(record.failed_in)
    failure = leaf.failure or record.failure
    if leaf.kind != "Fail":
        if record.links_missing and record.failure.error:
            failure = record.failure  # this one is certain, what it belongs to is inferred
        return Blame(leaf, leaf, failure)
    caught = _caught_before(record, leaf, definition)
    if caught is not None:
        origin = deepest(caught)
        return Blame(origin, leaf, origin.failure or failure)
    return Blame(leaf, leaf, failure, decided_by=_choice_before(record, leaf))


def deepest(visit: Visit) -> Visit:
    """Return the state inside a Map or Parallel that made it fail, itself where there is none."""
    for _ in range(_DEEPEST):
        inner = visit.failed_scope.failed_in if visit.failed_scope else None
        if inner is None or inner is visit:
            return visit
        visit = inner
    return visit


def caught_failures(record: Record) -> list[Visit]:
    """Return the states that failed and were caught, in their order."""
    return [visit for visit in record.visits if visit.was_caught]


def facts_of(visit: Visit, failure: Failure, definition: Definition | None) -> ErrorFacts:
    """Return what is known of the failure of a state."""
    state = definition.get(visit.name) if definition else None
    if failure.kind == CUT_OFF:
        words = failure.cause or "its history ends in the middle; no reason was given"
        error = failure.error or "no error name"
        return ErrorFacts(error=error, family=Family.UNKNOWN, message=words)
    if failure.kind == "ExecutionAborted":
        words = failure.cause or "someone stopped the execution; no reason was given"
        return ErrorFacts(error=failure.error or "Aborted", family=Family.ABORTED, message=words)
    facts = read_cause(
        failure.error, failure.cause, service_of(visit, state), fails=visit.kind == "Fail"
    )
    if failure.location and not facts.field:
        facts = facts.model_copy(update={"field": failure.location})
    if failure.kind == "ActivityFailed" and facts.family in _WORKERS_OWN:
        facts = facts.model_copy(update={"family": Family.TASK})
    nested = submitted_execution(visit)
    if nested and not facts.nested_execution_arn:
        facts = facts.model_copy(update={"nested_execution_arn": nested})
    return facts


def service_of(visit: Visit, state: StateDefinition | None) -> str:
    """Return what a Task calls, by its definition or by what its history tells."""
    if state is not None and state.integration is not None:
        return state.integration.service
    attempt = visit.attempts[-1] if visit.attempts else None
    if attempt is None or visit.kind != "Task":
        return ""
    if attempt.resource.startswith("arn:"):
        return integration_of(attempt.resource).service
    return attempt.resource_type.removeprefix("aws-sdk:").lower() or "unknown"


def submitted_execution(visit: Visit) -> str:
    """Return the execution that a state started and waited for."""
    text = visit.attempts[-1].submitted if visit.attempts else ""
    begin = text.find("arn:")
    if begin < 0 or ":execution:" not in text:
        return ""
    return text[begin:].split('"', 1)[0].rstrip("\\")


def _caught_before(record: Record, leaf: Visit, definition: Definition | None) -> Visit | None:
    around = {id(leaf.scope), *(id(owner.scope) for _, owner in chain_of(leaf))}
    for visit in reversed(record.visits):
        if visit.event_id >= leaf.event_id or not visit.was_caught or id(visit.scope) not in around:
            continue
        if definition is None or _leads_to(definition, visit, leaf):
            return visit
    return None


def _leads_to(definition: Definition, visit: Visit, leaf: Visit) -> bool:
    """Whether a Catch of `visit` is a way to `leaf`."""
    state = definition.get(visit.name)
    if state is None:
        return False
    return any(_reaches(definition, target, leaf.name) for _, target in state.catchers)


def _reaches(definition: Definition, start: str, goal: str) -> bool:
    seen, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        state = definition.get(name)
        if name not in seen and state is not None:
            seen.add(name)
            waiting.extend(target for target, _ in state.successors())
    return False


def _choice_before(record: Record, leaf: Visit) -> Visit | None:
    before = [
        visit
        for visit in record.visits
        if visit.scope is leaf.scope and visit.event_id < leaf.event_id
    ]
    return before[-1] if before and before[-1].kind == "Choice" else None
