"""The Retry and Catch path that a state really took, beside what its definition says."""

from datetime import UTC, datetime

from itops_core.domain.executions import AttemptTold
from monitoring_server.analysis.executions.definitions import (
    Definition,
    Retrier,
    StateDefinition,
)
from monitoring_server.analysis.executions.explanation import RetryPath
from monitoring_server.analysis.executions.record import Attempt, Record, Visit

_TERMINAL = {"States.DataLimitExceeded", "States.Runtime"}
"""Errors that States.ALL and States.TaskFailed do not stand for."""
_ATTEMPTS_SHOWN = 12


def retry_path(record: Record, visit: Visit, definition: Definition | None) -> RetryPath | None:
    """Return how often a state was tried, with the delays; `None` for states that try nothing."""
    if not visit.attempts:
        return None
    state = definition.get(visit.name) if definition else None
    last = visit.attempts[-1].failure
    error = last.error if last else ""
    rule = matching_retrier(state, error) if state and error else None
    return RetryPath(
        state=visit.name,
        attempts=_told(visit.attempts)[-_ATTEMPTS_SHOWN:],
        retries=len(visit.attempts) - 1,
        rule=_rule(rule) if rule else ("no Retry rule fits it" if state and error else ""),
        exhausted=bool(rule) and _used(state, visit, rule) >= rule.max_attempts if rule else False,
        caught_by=caught_by(record, visit, state),
    )


def matching_retrier(state: StateDefinition, error: str) -> Retrier | None:
    """Return the first Retry rule for an error, as Step Functions chooses it."""
    return next((one for one in state.retriers if fits(one.errors, error)), None)


def fits(names: tuple[str, ...], error: str) -> bool:
    """Whether one of the names in ErrorEquals stands for the error."""
    if error == "States.Runtime":
        return False  # AWS never retries nor catches it, whatever the rule says
    if error in names:
        return True
    if error in _TERMINAL:
        return False
    if "States.ALL" in names:
        return True
    return "States.TaskFailed" in names and error != "States.Timeout"


def caught_by(record: Record, visit: Visit, state: StateDefinition | None) -> str:
    """Return the state that a Catch led to, from what came next in the same scope."""
    if not visit.was_caught:
        return ""
    for later in record.visits:
        if later.event_id > visit.event_id and later.scope is visit.scope:
            return later.name
    failure = visit.failure
    if state is None or failure is None:
        return ""
    return next((to for names, to in state.catchers if fits(names, failure.error)), "")


def _used(state: StateDefinition | None, visit: Visit, rule: Retrier) -> int:
    """Return how many failures before the last one spent a try of this very rule."""
    if state is None:
        return 0
    earlier = [one.failure.error for one in visit.attempts[:-1] if one.failure]
    return sum(matching_retrier(state, error) is rule for error in earlier)


def _told(attempts: list[Attempt]) -> tuple[AttemptTold, ...]:
    told: list[AttemptTold] = []
    before: Attempt | None = None
    for number, one in enumerate(attempts, start=1):
        ended = before.ended_at if before else None
        told.append(
            AttemptTold(
                number=number,
                at=datetime.fromtimestamp(one.scheduled_at, UTC),
                delay_seconds=round(one.scheduled_at - ended, 3) if ended is not None else None,
                seconds=round(one.ended_at - one.scheduled_at, 3) if one.ended_at else None,
                outcome=one.outcome,
                error=one.failure.error if one.failure else "",
            )
        )
        before = one
    return tuple(told)


def _rule(rule: Retrier) -> str:
    most = f", at most {rule.max_delay_seconds:g} s" if rule.max_delay_seconds else ""
    jitter = ", with jitter" if rule.jitter else ""
    return (
        f"{', '.join(rule.errors)}: {rule.max_attempts} more tries, first after "
        f"{rule.interval_seconds:g} s, each wait {rule.backoff_rate:g} times the last{most}{jitter}"
    )
