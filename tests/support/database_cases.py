"""Database incidents of our own, written as folders in which AWS's answers were saved."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

INSTANCE, REPLICA = "ledger-main", "ledger-main-read-a"
START = datetime(2031, 5, 4, 21, 30, tzinfo=UTC)
GIB = float(2**30)
MINUTES = 18

Values = Sequence[float]

_CALM: dict[str, tuple[str, str, float]] = {
    "CPUUtilization": ("Percent", "Average", 21.0),
    "DatabaseConnections": ("Count", "Average", 118.0),
    "FreeStorageSpace": ("Bytes", "Minimum", 340 * GIB),
    "FreeableMemory": ("Bytes", "Minimum", 21 * GIB),
    "SwapUsage": ("Bytes", "Maximum", 41e6),
    "ReplicaLag": ("Seconds", "Maximum", 0.8),
    "ReadIOPS": ("Count/Second", "Average", 640.0),
    "WriteIOPS": ("Count/Second", "Average", 410.0),
    "ReadLatency": ("Milliseconds", "Average", 0.9),
    "WriteLatency": ("Milliseconds", "Average", 1.4),
    "DiskQueueDepth": ("Count", "Average", 0.3),
    "TransactionLogsGeneration": ("Bytes/Second", "Average", 3.1e6),
    "CommitLatency": ("Milliseconds", "Average", 2.6),
    "MaximumUsedTransactionIDs": ("Count", "Maximum", 2.3e8),
    "NetworkReceiveThroughput": ("Bytes/Second", "Average", 5.2e6),
}


def ramp(first: float, last: float, reach: float = 0.5) -> Values:
    """Return values that go from one to the other by `reach` of the window, and stay there."""
    steps = MINUTES - 1
    return [first + (last - first) * min(1.0, at / (steps * reach)) for at in range(MINUTES)]


def bump(calm: float, peak: float) -> Values:
    """Return values that rise in the first half and are calm again for the last third."""
    return [peak if 3 <= at <= MINUTES // 2 else calm for at in range(MINUTES)]


def step(before: float, after: float, at: int = 4) -> Values:
    """Return values that jump once."""
    return [before if minute < at else after for minute in range(MINUTES)]


@dataclass(frozen=True)
class DatabaseCase:
    """One incident: what is out of the ordinary, and what should be made of it."""

    name: str
    summary: str
    faults: frozenset[str]
    """Any of these is right; empty where nothing is wrong."""
    words: tuple[str, ...]
    metrics: Mapping[str, Values] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    waits: Mapping[str, float] = field(default_factory=lambda: {"CPU": 0.6, "IO:DataFileRead": 0.4})
    statements: Mapping[str, float] = field(
        default_factory=lambda: {"SELECT total FROM accounts WHERE id = $1": 0.5, "COMMIT": 0.4}
    )
    load: Values = field(default_factory=lambda: step(1.1, 1.2))
    events: tuple[tuple[int, str], ...] = ()
    state: str = "alerting"
    forbidden: tuple[str, ...] = ()


def write(case: DatabaseCase, folder: Path) -> Path:
    """Write the case as a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    _put(folder, "alert.json", _alert(case))
    results = [
        _result(name, case) for name in {**_CALM, **case.metrics} if name not in case.missing
    ]
    envelope = {"namespace": "AWS/RDS", "period": 60, "metric_data_results": results}
    _put(folder, "aws_cloudwatch_metrics.json", envelope)
    _put(folder, "aws_performance_insights.json", _insights(case))
    _put(folder, "aws_rds_events.json", {"events": [_event(at, text) for at, text in case.events]})
    return folder


def _put(folder: Path, name: str, content: Any) -> None:  # noqa: ANN401
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def _at(minute: float) -> str:
    return (START + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")


def _alert(case: DatabaseCase) -> dict[str, Any]:
    return {
        "title": f"Look at {INSTANCE}",
        "state": case.state,
        "commonLabels": {
            "alertname": "LedgerDatabase",
            "severity": "warning",
            "engine": "postgres",
        },
        "commonAnnotations": {
            "summary": case.summary,
            "db_instance_identifier": INSTANCE,
            "read_replica": REPLICA,
        },
    }


def _result(name: str, case: DatabaseCase) -> dict[str, Any]:
    unit, stat, calm = _CALM.get(name, ("None", "Average", 0.0))
    values = case.metrics.get(name) or [
        calm * (1 + 0.04 * math.sin(minute * 1.7 + len(name))) for minute in range(MINUTES)
    ]
    return {
        "id": f"m_{name.lower()}",
        "metric_name": name,
        "dimensions": [
            {"Name": "DBInstanceIdentifier", "Value": REPLICA if "Lag" in name else INSTANCE}
        ],
        "stat": stat,
        "unit": unit,
        "timestamps": [_at(minute) for minute in range(len(values))],
        "values": list(values),
    }


def _insights(case: DatabaseCase) -> dict[str, Any]:
    height = case.load[-1]
    return {
        "db_instance_identifier": INSTANCE,
        "start_time": _at(0),
        "end_time": _at(MINUTES),
        "db_load": {
            "timestamps": [_at(minute) for minute in range(MINUTES)],
            "values": list(case.load),
            "unit": "AverageActiveSessions",
        },
        "top_sql": [
            {
                "statement": statement,
                "db_load_avg": share * height,
                "wait_events": [
                    {"name": wait, "type": wait.split(":")[0], "db_load_avg": part * share * height}
                    for wait, part in case.waits.items()
                ],
            }
            for statement, share in case.statements.items()
        ],
        "top_wait_events": [
            {"name": wait, "type": wait.split(":")[0], "db_load_avg": share * height}
            for wait, share in case.waits.items()
        ],
        "top_users": [{"name": "ledger_app", "db_load_avg": height}],
        "top_hosts": [{"id": "10.9.8.7", "db_load_avg": height}],
    }


def _event(minute: int, text: str) -> dict[str, Any]:
    return {
        "date": _at(minute),
        "message": text,
        "source_identifier": INSTANCE,
        "source_type": "db-instance",
        "event_categories": ["notification"],
    }


_BUSY = ramp(2.0, 9.0)

CASES = (
    DatabaseCase(
        "cpu_of_one_query",
        "CPU is above its threshold",
        frozenset({"database_cpu_saturated"}),
        ("CPU", "query", "Performance Insights"),
        metrics={"CPUUtilization": step(24, 96)},
        waits={"CPU": 0.85, "IO:DataFileRead": 0.15},
        statements={"SELECT * FROM entries WHERE lower(note) LIKE $1": 0.9, "COMMIT": 0.05},
        load=_BUSY,
    ),
    DatabaseCase(
        "cpu_credits_spent",
        "The burstable instance is slow",
        frozenset({"database_cpu_credits_used_up"}),
        ("CPU credits",),
        metrics={"CPUCreditBalance": ramp(240, 0, 0.7), "CPUUtilization": ramp(60, 20)},
        waits={"CPU": 0.9, "IO:DataFileRead": 0.1},
        load=_BUSY,
    ),
    DatabaseCase(
        "iops_used_up",
        "Reads are slow",
        frozenset({"database_io_saturated"}),
        ("IOPS",),
        metrics={
            "DiskQueueDepth": ramp(0.4, 64),
            "ReadLatency": ramp(1.0, 85),
            "ReadIOPS": ramp(700, 3000),
            "EBSIOBalance%": ramp(99, 1, 0.8),
        },
        waits={"IO:DataFileRead": 0.8, "CPU": 0.1},
        statements={"SELECT * FROM entries JOIN accounts USING (id)": 0.6, "COMMIT": 0.1},
        load=_BUSY,
    ),
    DatabaseCase(
        "failover",
        "Connections broke off",
        frozenset({"database_failover"}),
        ("failover", "standby"),
        metrics={"DatabaseConnections": [*[120.0] * 6, 0.0, 0.0, *ramp(40, 115)[:10]]},
        events=(
            (5, "A Multi-AZ failover has started."),
            (6, "DB instance restarted"),
            (7, "Multi-AZ instance failover completed"),
        ),
    ),
    DatabaseCase(
        "lock_waits",
        "Requests time out on the ledger",
        frozenset({"database_lock_contention"}),
        ("locks",),
        metrics={"Deadlocks": ramp(0, 3), "DatabaseConnections": ramp(118, 190)},
        waits={"Lock:transactionid": 0.72, "Lock:tuple": 0.16, "CPU": 0.08},
        statements={"UPDATE accounts SET total = total + $1 WHERE id = $2": 0.86, "COMMIT": 0.1},
        load=ramp(2, 34),
    ),
    DatabaseCase(
        "wraparound",
        "MaximumUsedTransactionIDs is above one billion",
        frozenset({"database_wraparound_near"}),
        ("Transaction IDs", "wraparound"),
        metrics={"MaximumUsedTransactionIDs": ramp(1.55e9, 1.56e9)},
        waits={"CPU": 0.5, "IO:DataFileRead": 0.5},
        statements={
            "autovacuum: VACUUM public.entries (to prevent wraparound)": 0.6,
            "COMMIT": 0.2,
        },
        load=step(1.4, 2.2),
    ),
    DatabaseCase(
        "checkpoint_storm",
        "Write latency has spikes",
        frozenset({"database_checkpoint_storm"}),
        ("checkpoint", "WAL"),
        metrics={
            "TransactionLogsGeneration": ramp(3e6, 190e6),
            "WriteIOPS": ramp(400, 9000),
            "WriteLatency": ramp(1.4, 60),
            "DiskQueueDepth": ramp(0.3, 30),
            "CPUUtilization": ramp(30, 84),
        },
        waits={"IO:WALWrite": 0.45, "IO:DataFileWrite": 0.2, "Timeout:CheckpointWriteDelay": 0.2},
        statements={"INSERT INTO entries SELECT * FROM staging": 0.7, "COMMIT": 0.2},
        load=_BUSY,
        events=((8, "Checkpoints are occurring too frequently (9 seconds apart)."),),
    ),
    DatabaseCase(
        "memory_gone",
        "The instance swaps",
        frozenset({"database_memory_exhausted"}),
        ("memory", "FreeableMemory"),
        metrics={"FreeableMemory": ramp(9 * GIB, 0.1 * GIB), "SwapUsage": ramp(4e7, 3 * GIB)},
        waits={"CPU": 0.4, "IO:BufFileWrite": 0.4},
        statements={"SELECT * FROM entries ORDER BY created": 0.5, "COMMIT": 0.2},
        load=_BUSY,
    ),
    DatabaseCase(
        "storage_runs_out",
        "FreeStorageSpace is low",
        frozenset({"database_storage_full"}),
        ("storage", "FreeStorageSpace"),
        metrics={
            "FreeStorageSpace": ramp(22 * GIB, 0.3 * GIB, 0.9),
            "WriteIOPS": ramp(400, 5200),
            "WriteLatency": ramp(1.4, 900, 0.9),
        },
        waits={"IO:DataFileExtend": 0.7, "CPU": 0.2},
        statements={"COPY entries FROM STDIN": 0.85, "COMMIT": 0.1},
        load=_BUSY,
        events=((12, "DB instance storage is critically low. Free storage: 0.9 GB."),),
    ),
    DatabaseCase(
        "storage_metric_missing",
        "Writes fail",
        frozenset({"database_storage_full"}),
        ("storage",),
        metrics={"WriteIOPS": ramp(4000, 60), "WriteLatency": ramp(2, 2200)},
        missing=("FreeStorageSpace",),
        waits={"IO:DataFileExtend": 0.6, "CPU": 0.3},
        statements={"INSERT INTO entries_old SELECT * FROM entries": 0.8, "COMMIT": 0.1},
        load=_BUSY,
        events=(
            (7, "Free storage space is low."),
            (13, "The DB instance ran out of storage space."),
        ),
    ),
    DatabaseCase(
        "storage_grew_by_itself",
        "FreeStorageSpace was low",
        frozenset(),
        ("normal bounds",),
        metrics={
            "FreeStorageSpace": [
                *(v * GIB for v in (12, 9, 6, 4, 3, 2)),
                *[101 * GIB] * (MINUTES - 6),
            ]
        },
        events=(
            (3, "DB instance storage is getting low."),
            (6, "Storage autoscaling: finished applying modification to allocated storage."),
        ),
        forbidden=("runs full",),
    ),
    DatabaseCase(
        "lag_of_a_write_burst",
        "The replica is behind",
        frozenset({"database_replication_lag"}),
        ("replication lag", "write-heavy workload", "replica", "WAL"),
        metrics={
            "ReplicaLag": ramp(1, 1300, 1.0),
            "TransactionLogsGeneration": ramp(3e6, 160e6),
            "WriteIOPS": ramp(400, 12_000),
            "CPUUtilization": ramp(22, 86),
        },
        waits={"IO:WALWrite": 0.6, "CPU": 0.25},
        statements={"DELETE FROM entries WHERE created < $1": 0.8, "COMMIT": 0.1},
        load=_BUSY,
        forbidden=("CPU is saturated", "CPU saturation"),
    ),
    DatabaseCase(
        "lag_metric_missing",
        "Reports are stale",
        frozenset({"database_replication_lag"}),
        ("replication lag", "WAL"),
        metrics={"TransactionLogsGeneration": ramp(3e6, 160e6), "WriteIOPS": ramp(400, 12_000)},
        missing=("ReplicaLag",),
        waits={"IO:WALWrite": 0.6, "CPU": 0.25},
        statements={"UPDATE entries SET seen = true WHERE batch = $1": 0.8, "COMMIT": 0.1},
        load=_BUSY,
        events=((9, f"Replication lag of read replica {REPLICA} exceeded 900 seconds."),),
    ),
    DatabaseCase(
        "event_of_lag_that_is_over",
        "The replica was behind",
        frozenset(),
        ("normal bounds",),
        events=((2, f"Replication lag of read replica {REPLICA} exceeded 900 seconds."),),
        metrics={"ReplicaLag": bump(1.0, 950)},
    ),
    DatabaseCase(
        "connection_storm",
        "DatabaseConnections reached 97% of max_connections",
        frozenset({"database_connections_exhausted"}),
        ("connection", "max_connections"),
        metrics={"DatabaseConnections": step(110, 970, 5), "CPUUtilization": step(20, 48, 5)},
        waits={"Client:ClientRead": 0.75, "CPU": 0.2},
        statements={"SELECT 1": 0.4, "COMMIT": 0.3},
        load=_BUSY,
        events=((6, "Current connections: 968 of 1000: close to max_connections."),),
        forbidden=("CPU is saturated",),
    ),
    DatabaseCase(
        "idle_in_transaction",
        "The pool is empty",
        frozenset({"database_connections_exhausted"}),
        ("connection", "idle", "client sessions"),
        metrics={"DatabaseConnections": ramp(300, 396, 0.8)},
        waits={"Client:ClientRead": 0.85, "CPU": 0.1},
        statements={"BEGIN; SELECT total FROM accounts WHERE id = $1": 0.8, "COMMIT": 0.1},
        load=_BUSY,
        events=((11, "Current connections: 391 of 400."),),
    ),
    DatabaseCase(
        "cpu_and_connections_at_once",
        "Slow queries and refused connections",
        frozenset({"database_two_limits"}),
        ("CPU", "connection", "query"),
        metrics={"CPUUtilization": step(25, 97), "DatabaseConnections": ramp(200, 489, 0.7)},
        waits={"CPU": 0.7, "Client:ClientRead": 0.2},
        statements={"SELECT * FROM entries WHERE memo ~ $1": 0.8, "COMMIT": 0.1},
        load=_BUSY,
        events=((12, "Current connections: 486 of 500."),),
    ),
    DatabaseCase(
        "cpu_and_storage_at_once",
        "CPU high and storage low",
        frozenset({"database_two_limits"}),
        ("CPU", "FreeStorageSpace"),
        metrics={
            "CPUUtilization": step(25, 96),
            "FreeStorageSpace": ramp(20 * GIB, 0.8 * GIB, 0.9),
        },
        waits={"CPU": 0.65, "IO:DataFileExtend": 0.3},
        statements={"SELECT * FROM entries a, entries b": 0.6, "COPY entries FROM STDIN": 0.3},
        load=_BUSY,
    ),
    DatabaseCase(
        "calm",
        "Scheduled check",
        frozenset(),
        ("normal bounds", "no failure"),
        state="normal",
    ),
    DatabaseCase(
        "spike_that_is_over",
        "CPU was above its threshold",
        frozenset(),
        ("normal bounds", "no failure"),
        metrics={"CPUUtilization": bump(23, 94), "DatabaseConnections": bump(118, 260)},
    ),
    DatabaseCase(
        "noisy_but_well",
        "DatabaseConnections varies more than usual",
        frozenset(),
        ("normal bounds", "no failure"),
        metrics={
            "DatabaseConnections": [120.0 + 60 * (minute % 3) for minute in range(MINUTES)],
            "CPUUtilization": [30.0 + 25 * (minute % 4 == 1) for minute in range(MINUTES)],
            "ReadIOPS": [700.0 + 500 * (minute % 5 == 2) for minute in range(MINUTES)],
        },
        events=((1, "Automated backup finished."), (5, "DB parameter group changed.")),
    ),
)
