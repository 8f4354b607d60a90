"""What the metrics of a relational database are: unit, fitting statistic, and how they went."""

from collections.abc import Sequence
from datetime import datetime

from itops_core.domain.values import Value
from monitoring_server.analysis.series import rounded

KNOWN: dict[str, tuple[str, str]] = {
    "CPUUtilization": ("Percent", "Average"),
    "DatabaseConnections": ("Count", "Maximum"),
    "FreeStorageSpace": ("Bytes", "Minimum"),
    "FreeableMemory": ("Bytes", "Minimum"),
    "SwapUsage": ("Bytes", "Maximum"),
    "ReplicaLag": ("Seconds", "Maximum"),
    "AuroraReplicaLag": ("Milliseconds", "Maximum"),
    "ReadIOPS": ("Count/Second", "Average"),
    "WriteIOPS": ("Count/Second", "Average"),
    "ReadLatency": ("Seconds", "Average"),
    "WriteLatency": ("Seconds", "Average"),
    "ReadThroughput": ("Bytes/Second", "Average"),
    "WriteThroughput": ("Bytes/Second", "Average"),
    "DiskQueueDepth": ("Count", "Average"),
    "BurstBalance": ("Percent", "Minimum"),
    "EBSIOBalance%": ("Percent", "Minimum"),
    "EBSByteBalance%": ("Percent", "Minimum"),
    "CPUCreditBalance": ("Count", "Minimum"),
    "CPUSurplusCreditBalance": ("Count", "Maximum"),
    "DBLoad": ("Count", "Average"),
    "DBLoadCPU": ("Count", "Average"),
    "DBLoadNonCPU": ("Count", "Average"),
    "Deadlocks": ("Count", "Average"),
    "MaximumUsedTransactionIDs": ("Count", "Maximum"),
    "TransactionLogsGeneration": ("Bytes/Second", "Average"),
    "TransactionLogsDiskUsage": ("Bytes", "Maximum"),
    "OldestReplicationSlotLag": ("Bytes", "Maximum"),
    "ReplicationSlotDiskUsage": ("Bytes", "Maximum"),
    "BinLogDiskUsage": ("Bytes", "Maximum"),
    "CheckpointLag": ("Seconds", "Maximum"),
    "CommitLatency": ("Milliseconds", "Average"),
    "CommitThroughput": ("Count/Second", "Average"),
    "NetworkReceiveThroughput": ("Bytes/Second", "Average"),
    "NetworkTransmitThroughput": ("Bytes/Second", "Average"),
    "FailedSQLServerAgentJobsCount": ("Count", "Sum"),
}
"""Unit and statistic by the name that CloudWatch has for a metric of RDS."""

_DRAWN = 9

_VCPUS = {
    "micro": 2, "small": 2, "medium": 2, "large": 2, "xlarge": 4, "2xlarge": 8, "3xlarge": 12,
    "4xlarge": 16, "6xlarge": 24, "8xlarge": 32, "10xlarge": 40, "12xlarge": 48, "16xlarge": 64,
    "24xlarge": 96, "32xlarge": 128, "48xlarge": 192,
}  # fmt: skip


class Course(Value):
    """How one metric went through a window; `drawn` begins with its first, ends with its last."""

    metric: str
    of: str
    unit: str
    statistic: str
    lowest: float
    highest: float
    mean: float
    drawn: list[float]


def course(
    metric: str, of: str, points: Sequence[tuple[datetime, float]], unit: str = ""
) -> Course | None:
    """Return how a metric went, or `None` where there are no points."""
    if not points:
        return None
    values = [value for _, value in points]
    known_unit, statistic = KNOWN.get(metric, ("None", "Average"))
    return Course(
        metric=metric,
        of=of,
        unit=unit if unit not in {"", "None"} else known_unit,
        statistic=statistic,
        lowest=rounded(min(values)),
        highest=rounded(max(values)),
        mean=rounded(sum(values) / len(values)),
        drawn=[rounded(value) for value in drawn(values)],
    )


def drawn(values: Sequence[float], most: int = _DRAWN) -> list[float]:
    """Return at most `most` values that keep first, last, and the extreme of each stretch."""
    if len(values) <= most:
        return list(values)
    middle = sum(values) / len(values)
    inner = values[1:-1]
    stretch = len(inner) / (most - 2)
    kept = [
        max(
            inner[int(index * stretch) : max(int((index + 1) * stretch), int(index * stretch) + 1)],
            key=lambda value: abs(value - middle),
        )
        for index in range(most - 2)
    ]
    return [values[0], *kept, values[-1]]


def vcpus_of(instance_class: str) -> int | None:
    """Return how many virtual CPUs a class as `db.r6g.2xlarge` has, or `None`."""
    return _VCPUS.get(instance_class.rsplit(".", 1)[-1]) if "." in instance_class else None
