"""Explains why an execution failed, from its history and its definition alone."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from monitoring_server.analysis.executions.blame import (
    Blame,
    blame,
    caught_failures,
    deepest,
    facts_of,
)
from monitoring_server.analysis.executions.calls import called_by, target_of
from monitoring_server.analysis.executions.causes import ErrorFacts, Family
from monitoring_server.analysis.executions.definitions import (
    Definition,
)
from monitoring_server.analysis.executions.explanation import (
    Explanation,
    FailedState,
    Handled,
    Passage,
    RetryPath,
    Whereabout,
)
from monitoring_server.analysis.executions.families import template_of
from monitoring_server.analysis.executions.payloads import shown, shown_value
from monitoring_server.analysis.executions.record import Record, Visit, chain_of
from monitoring_server.analysis.executions.retrying import caught_by, retry_path
from monitoring_server.analysis.executions.siblings import items_beside
from monitoring_server.analysis.executions.telling import cut_off, summary
from monitoring_server.analysis.executions.walking import read_record

_INPUT_CHARACTERS = 1200
_ITEM_CHARACTERS = 600
_DEFINITION_CHARACTERS = 900
_HANDLED = 5
_PATH = 40


def explain(history: Iterable[Mapping[str, Any]], definition: Definition | None) -> Explanation:
    """Return why the execution with this history, oldest event first, ended as it did."""
    return explain_record(read_record(history, definition), definition)


def explain_record(record: Record, definition: Definition | None) -> Explanation:
    """Return the same of a history that was read already."""
    found = blame(record, definition)
    facts = facts_of(found.origin, found.failure, definition) if found else None
    failed = _failed_state(record, found.origin, definition) if found else None
    told = Explanation(
        status=record.status,
        summary="",
        failed_state=failed,
        ended_in=found.ended_in.name if found and found.ended_in is not found.origin else "",
        decided_by=found.decided_by.name if found and found.decided_by else "",
        error=facts,
        retries=_retries(record, found.origin, definition) if found else None,
        handled=_handled(record, found, definition),
        path=_path(record, found),
        follow=_follow(facts, found),
        family=_family(failed, facts),
        started_at=_moment(record.started_at),
        ended_at=_moment(record.ended_at),
        seconds=round(record.seconds, 3),
        events=record.events,
        transitions=record.transitions,
        redrives=record.redrives,
        gaps=tuple(_gaps(record, found, definition)),
    )
    words = cut_off(told, record.heard_seconds) if record.is_cut_off else summary(told)
    return told.model_copy(
        update={"summary": words, "confidence": _confidence(record, told, found)}
    )


def whereabouts_of(visit: Visit) -> tuple[Whereabout, ...]:
    """Return the iterations and branches around a visit, the innermost first."""
    return tuple(
        Whereabout(owner=owner.name, kind=scope.kind, index=scope.index, exact=not scope.counted)
        for scope, owner in chain_of(visit)
    )


def _failed_state(record: Record, visit: Visit, definition: Definition | None) -> FailedState:
    state = definition.get(visit.name) if definition else None
    integration = state.integration if state else None
    attempt = visit.attempts[-1] if visit.attempts else None
    body = state.body if state else {}
    end = attempt.ended_at if attempt and attempt.ended_at else visit.exited_at
    return FailedState(
        name=visit.name,
        kind=visit.kind,
        integration=integration.name if integration else called_by(visit),
        target=target_of(integration, attempt),
        language=state.language if state else "",
        where=whereabouts_of(visit),
        entered_at=datetime.fromtimestamp(visit.entered_at, UTC),
        seconds=round(end - visit.entered_at, 3) if end else None,
        timeout_seconds=_limit(attempt.timeout_seconds if attempt else None, body, "Timeout"),
        heartbeat_seconds=_limit(attempt.heartbeat_seconds if attempt else None, body, "Heartbeat"),
        input=shown(visit.input, _INPUT_CHARACTERS),
        item=_item(visit),
        items=items_beside(record, visit),
        definition=shown_value(_own_part(body), _DEFINITION_CHARACTERS) if body else "",
    )


def _retries(record: Record, origin: Visit, definition: Definition | None) -> RetryPath | None:
    """Return how the state, or else the nearest Map or Parallel around it, was tried again."""
    tried = [origin, *(owner for _, owner in chain_of(origin))]
    again = next((one for one in tried if len(one.attempts) > 1), origin)
    return retry_path(record, again, definition)


def _own_part(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a state's definition without the states inside it."""
    inner = {"Branches", "ItemProcessor", "Iterator"}
    return {name: value for name, value in body.items() if name not in inner}


def _limit(told: int | None, body: Mapping[str, Any], name: str) -> float | None:
    given = told if told is not None else body.get(f"{name}Seconds")
    return float(given) if isinstance(given, int | float) else None


def _item(visit: Visit) -> str:
    """Return what the innermost Map iteration around a visit was given."""
    for scope, _ in chain_of(visit):
        if scope.kind == "iteration":
            return shown(scope.item, _ITEM_CHARACTERS)
    return ""


def _handled(
    record: Record, found: Blame | None, definition: Definition | None
) -> tuple[Handled, ...]:
    told: list[Handled] = []
    for visit in caught_failures(record):
        origin = deepest(visit)
        failure = origin.failure
        if failure is None or (found is not None and origin is found.origin):
            continue
        facts = facts_of(origin, failure, definition)
        state = definition.get(visit.name) if definition else None
        told.append(
            Handled(
                state=origin.name,
                error=facts.error,
                message=facts.message[:200],
                caught_by=caught_by(record, visit, state),
                retries=max(0, len(origin.attempts) - 1),
            )
        )
        if len(told) == _HANDLED:
            break
    return tuple(told)


def _path(record: Record, found: Blame | None) -> tuple[Passage, ...]:
    """Return the way: the outer states, and the inner ones that lead down to the failure."""
    inside: set[int] = set()
    if found is not None:
        inside = {id(found.origin.scope), *(id(owner.scope) for _, owner in chain_of(found.origin))}
    way = [visit for visit in record.visits if not visit.scope.owner or id(visit.scope) in inside]
    return tuple(
        Passage(
            state=visit.name,
            kind=visit.kind,
            outcome=visit.outcome,
            seconds=round(visit.exited_at - visit.entered_at, 3) if visit.exited_at else None,
            attempts=len(visit.attempts),
        )
        for visit in way[-_PATH:]
    )


def _follow(facts: ErrorFacts | None, found: Blame | None) -> tuple[str, ...]:
    if facts is None or found is None:
        return ()
    owners = [owner.map_run_arn for _, owner in chain_of(found.origin)]
    arns = [facts.nested_execution_arn, found.origin.map_run_arn, *owners]
    return tuple(dict.fromkeys(arn for arn in arns if arn))


def _family(failed: FailedState | None, facts: ErrorFacts | None) -> str:
    if failed is None or facts is None:
        return ""
    return f"{failed.name} | {facts.error} | {template_of(facts.message)}"


def _gaps(record: Record, found: Blame | None, definition: Definition | None) -> list[str]:
    gaps: list[str] = []
    if definition is None:
        gaps.append("no definition: Retry and Catch rules, Parallel branches are not known")
    if record.events and not record.has_data:
        gaps.append("the history came without inputs and outputs (includeExecutionData)")
    if record.links_missing:
        gaps.append(f"{record.links_missing} events name no previous one: places are inferred")
    if record.unentered:
        gaps.append(
            f"the entry of {record.unentered} states is not told: the definition tells them"
        )
    if record.cut_payloads:
        gaps.append(f"AWS shortened {record.cut_payloads} inputs or outputs")
    if record.unknown_kinds:
        gaps.append(f"unknown event types: {', '.join(sorted(record.unknown_kinds))[:200]}")
    if record.status == "RUNNING":
        gaps.append("the history has no end: it still runs, or later events are missing")
    if record.is_cut_off:
        gaps.append("the history ends in the middle: what came after it is not told")
    elif record.failure is not None and found is None:
        gaps.append("no state was entered before the failure, or the history begins later")
    if found is not None and definition is not None and not definition.get(found.origin.name):
        gaps.append(f"the definition has no state {found.origin.name!r}: it was changed since")
    if found is not None and any(scope.counted for scope, _ in chain_of(found.origin)):
        gaps.append("the index of the iteration or branch was counted, not told")
    return gaps


def _confidence(record: Record, told: Explanation, found: Blame | None) -> float:
    """Return how sure it is that the named state and error are the right ones."""
    if record.status in {"SUCCEEDED", "RUNNING"}:
        return 0.9 if record.status == "SUCCEEDED" else 0.3
    if found is None or told.error is None:
        return 0.2
    sure = 0.97
    if record.links_missing:
        busy = bool(found.origin.scope.owner)
        sure -= 0.2 if busy else 0.05
        sure -= 0.1 if record.unentered else 0
    if told.error.family in {Family.UNKNOWN, Family.TASK}:
        sure -= 0.15
    if told.decided_by or told.error.family is Family.FAIL_STATE:
        sure -= 0.1
    if told.error.family is Family.NESTED:
        sure -= 0.2
    if any("definition has no state" in gap for gap in told.gaps):
        sure -= 0.1
    return round(max(0.05, sure), 2)


def _moment(at: float | None) -> datetime | None:
    return datetime.fromtimestamp(at, UTC) if at is not None else None
