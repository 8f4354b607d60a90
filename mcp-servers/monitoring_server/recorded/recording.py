"""What was recorded, in the shapes in which AWS tells it, and how it is kept in a folder."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.evidence import Evidence
from itops_core.domain.incident import Incident
from itops_core.domain.values import Moment, Value, canonical_json
from itops_core.errors import InvalidInputError, NotFoundError

RECORDING_FILE = "recording.json"
_METRICS_FILE = "metrics.jsonl"
_LOGS_FILE = "logs.jsonl"
_SEGMENTS_FILE = "segments.jsonl"

Raw = dict[str, Any]
"""One thing as the AWS API describes it; times are aware datetimes."""

_TIMES = {
    "StateUpdatedTimestamp",
    "StateTransitionedTimestamp",
    "Timestamp",
    "createdAt",
    "updatedAt",
    "registeredAt",
    "startedAt",
    "stoppedAt",
    "LastModifiedDate",
    "CreationTime",
    "LastUpdatedTime",
    "EventTime",
    "creationDate",
    "startDate",
    "stopDate",
    "Date",
    "InstanceCreateTime",
}


class RecordedMetric(Value):
    """One metric with all of its datapoints, oldest first: seconds since the epoch, value."""

    namespace: str
    metric: str
    dimensions: dict[str, str] = Field(default_factory=dict)
    unit: str = "None"
    points: tuple[tuple[float, float], ...] = ()


class LogEvent(Value):
    """One event of `FilterLogEvents`; `timestamp` in milliseconds since the epoch."""

    log_group: str
    timestamp: int
    stream: str = ""
    message: str


class RecordedChange(Value):
    """Something that was changed, from a source that AWS has no API for: a commit, a flag …"""

    at: Moment
    kind: str = Field(description="deployment, commit, feature_flag, infrastructure, status …")
    what: str
    who: str = ""
    services: tuple[str, ...] = Field(default=(), description="Empty: it may concern anybody.")
    detail: dict[str, Any] = Field(default_factory=dict)
    change_id: str = Field(description="Empty where there is nothing that could be rolled back.")


class DatabaseLoad(Value):
    """What Performance Insights keeps of one instance; load in average active sessions."""

    instance: str
    unit: str = ""
    points: tuple[tuple[float, float], ...] = ()
    groups: dict[str, tuple[Raw, ...]] = Field(
        default_factory=dict,
        description="By group of Performance Insights (`db.sql_tokenized`, `db.wait_event` …): "
        "`name`, `load`, and `parts` by wait event.",
    )


class Outage(Value):
    """A service of AWS that did not answer as it should."""

    source: str = Field(description="As boto3 calls its client.")
    how: Literal["denied", "down", "throttled"] = "denied"


class Recording(Value):
    """AWS as it stood at one moment. A part that is empty was not there, or not recorded."""

    recorded_at: Moment
    alarms: tuple[Raw, ...] = Field(default=(), description="As DescribeAlarms has them.")
    alarm_history: tuple[Raw, ...] = ()
    services: tuple[Raw, ...] = Field(default=(), description="Of ECS, as DescribeServices.")
    task_definitions: tuple[Raw, ...] = ()
    stopped_tasks: tuple[Raw, ...] = ()
    running_tasks: tuple[Raw, ...] = ()
    parameters: tuple[Raw, ...] = Field(default=(), description="As GetParameterHistory.")
    function_concurrency: dict[str, int] = Field(
        default_factory=dict, description="What is reserved, by name of the function."
    )
    tables: tuple[Raw, ...] = Field(default=(), description="As DescribeTable.")
    outages: tuple[Outage, ...] = ()
    unreachable: tuple[str, ...] = Field(default=(), description="Tool servers that were down.")
    queues: tuple[dict[str, str], ...] = Field(default=(), description="As GetQueueAttributes.")
    functions: tuple[Raw, ...] = Field(default=(), description="All versions, $LATEST too.")
    things: tuple[Raw, ...] = Field(default=(), description="As DescribeThing, with `shadow`.")
    stacks: tuple[Raw, ...] = ()
    stack_events: tuple[Raw, ...] = ()
    trail_events: tuple[Raw, ...] = Field(default=(), description="None: there is no trail.")
    executions: tuple[Raw, ...] = Field(
        default=(), description="As DescribeExecution, with `definition` and `events`."
    )
    map_runs: tuple[Raw, ...] = Field(default=(), description="As DescribeMapRun has them.")
    state_machines: tuple[Raw, ...] = Field(default=(), description="As DescribeStateMachine.")
    changes: tuple[RecordedChange, ...] = ()
    databases: tuple[Raw, ...] = Field(default=(), description="As DescribeDBInstances.")
    database_events: tuple[Raw, ...] = Field(default=(), description="As RDS DescribeEvents.")
    database_loads: tuple[DatabaseLoad, ...] = ()
    catalog: tuple[CatalogEntry, ...] = ()
    incidents: tuple[Incident, ...] = Field(default=(), description="On record from before.")
    evidence: tuple[Evidence, ...] = ()
    log_groups: tuple[str, ...] = ()
    metrics: tuple[RecordedMetric, ...] = ()
    log_events: tuple[LogEvent, ...] = ()
    segments: tuple[str, ...] = Field(default=(), description="X-Ray segment documents.")


def save(recording: Recording, folder: Path) -> None:
    """Write the recording to `folder`, in place of the one there."""
    folder.mkdir(parents=True, exist_ok=True)
    head = recording.model_dump(mode="json", exclude={"metrics", "log_events", "segments"})
    (folder / RECORDING_FILE).write_text(json.dumps(head, indent=1), encoding="utf-8")
    _write_lines(folder / _METRICS_FILE, (canonical_json(one) for one in recording.metrics))
    _write_lines(folder / _LOGS_FILE, (canonical_json(one) for one in recording.log_events))
    _write_lines(folder / _SEGMENTS_FILE, recording.segments)


def load(folder: Path) -> Recording:
    """Return the recording in `folder`, or raise what is wrong with it."""
    path = folder / RECORDING_FILE
    if not path.is_file():
        raise NotFoundError(f"no recording in {folder}: there is no {RECORDING_FILE}")
    try:
        head = _timed(json.loads(path.read_text(encoding="utf-8")))
        return Recording.model_validate(
            {
                **head,
                "metrics": [json.loads(line) for line in _lines(folder / _METRICS_FILE)],
                "log_events": [json.loads(line) for line in _lines(folder / _LOGS_FILE)],
                "segments": list(_lines(folder / _SEGMENTS_FILE)),
            }
        )
    except (ValidationError, ValueError, TypeError) as error:
        raise InvalidInputError(f"the recording in {folder} cannot be read: {error}") from error


def _timed(value: Any, name: str = "") -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        return {key: _timed(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_timed(item, name) for item in value]
    if name in _TIMES and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value


def _lines(path: Path) -> Iterator[str]:
    if path.is_file():
        with path.open(encoding="utf-8") as file:
            yield from (line.rstrip("\n") for line in file if line.strip())


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
