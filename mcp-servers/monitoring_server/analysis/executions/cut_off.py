"""Executions that are over by what Step Functions says, and whose history holds no end."""

from datetime import datetime

from monitoring_server.analysis.executions.record import Failure, Record

CUT_OFF = "ExecutionCutOff"
"""In place of the type of the event that should have told the end."""


def close(record: Record, status: str, stopped_at: datetime | None, error: str, cause: str) -> None:
    """End a record by what Step Functions says: whoever ran it stopped without a word."""
    at = stopped_at.timestamp() if stopped_at else record.last_at
    failure = Failure(error=error, cause=cause, at=at, event_id=0, kind=CUT_OFF)
    record.status, record.ended_at, record.failure = status, at, failure
    record.is_cut_off = True
    visit = next((one for one in reversed(record.visits) if one.exited_at is None), None)
    record.failed_in = visit
    if visit is not None:
        visit.failures.append(failure)
        visit.outcome = "aborted"
