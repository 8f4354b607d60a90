"""DynamoDB tables: their state, and what raising their capacity would do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.traffic import TrafficMetric
from itops_core.domain.values import Value, sha256_of
from itops_core.remediation.assessment import Outlook
from itops_core.settings import Remediation

ON_DEMAND = "PAY_PER_REQUEST"
_BOUND = frozenset({"read_units", "write_units", "billing_mode"})
_SHOWN = {*_BOUND, "status"}


class TableState(Value):
    """A table as it is now."""

    arn: str
    table_name: str
    status: str
    billing_mode: str
    read_units: int
    write_units: int
    capacity_changed_at: datetime | None = None

    @property
    def resource(self) -> str:
        """What is changed."""
        return self.arn

    @property
    def name(self) -> str:
        """How people call it."""
        return self.table_name

    @property
    def state_hash(self) -> str:
        """Other capacity, or another way to pay, is not what they said yes to."""
        return sha256_of([self.arn, self.billing_mode, self.read_units, self.write_units])

    @property
    def shown(self) -> dict[str, Any]:
        """What is recorded as before and after, and shown on a card."""
        return self.model_dump(mode="json", include=_SHOWN)

    @property
    def bound(self) -> frozenset[str]:
        """Its capacity, and how it is paid for."""
        return _BOUND

    @property
    def traffic_metrics(self) -> tuple[tuple[TrafficMetric, ...], ...]:
        """The requests that succeeded; else the capacity that was used."""

        def counted(metric: str, statistic: str, unit: str) -> TrafficMetric:
            return TrafficMetric(
                namespace="AWS/DynamoDB",
                metric=metric,
                dimensions={"TableName": self.table_name},
                statistic=statistic,
                unit=unit,
            )

        used = ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
        return (
            (counted("SuccessfulRequestLatency", "SampleCount", "requests"),),
            tuple(counted(metric, "Sum", "capacity units") for metric in used),
        )

    def is_entry(self, entry: CatalogEntry) -> bool:
        """Whether the catalog means this table."""
        return entry.kind == "table" and entry.resource in {self.table_name, self.arn}

    def rests_on(self, recorded: Mapping[str, Any]) -> bool:
        """Whether it is configured as `recorded`: nobody has changed it since."""
        now = (self.billing_mode, self.read_units, self.write_units)
        keys = ("billing_mode", "read_units", "write_units")
        return now == tuple(recorded.get(key) for key in keys)


class Capacity(Value):
    """How much a table may take a second."""

    read_units: int
    write_units: int


class Refusals(Value):
    """How many requests a table has refused lately, by kind; 0 where nothing was measured."""

    reads: float = 0.0
    writes: float = 0.0


def capacity_outlook(state: TableState, wanted: Capacity, most: int, *, undo: bool) -> Outlook:
    """Return what `wanted` capacity would do. Undoing may go down, and any step."""
    return Outlook(
        after={**state.shown, **wanted.model_dump()},
        note=f"{_told(state, wanted)}; indexes keep theirs.",
        fault=_unchangeable(state, undo=undo) or _out_of_bounds(state, wanted, most, undo=undo),
    )


def next_capacity(state: TableState, rules: Remediation, lately: Refusals) -> Capacity:
    """Return how much capacity it is given when nobody says: more of what was refused lately.

    Where nothing tells which, of both.
    """

    def grown(units: int, *, is_short: bool) -> int:
        if not is_short:
            return units
        return max(min(round(units * rules.capacity_factor), rules.max_capacity_units), units)

    untold = lately.reads <= 0 and lately.writes <= 0
    return Capacity(
        read_units=grown(state.read_units, is_short=untold or lately.reads > 0),
        write_units=grown(state.write_units, is_short=untold or lately.writes > 0),
    )


def _told(state: TableState, wanted: Capacity) -> str:
    kinds = (
        ("read", state.read_units, wanted.read_units),
        ("write", state.write_units, wanted.write_units),
    )
    told = [
        f"{kind} units from {now} to {asked}" if now != asked else f"{kind} units stay at {now}"
        for kind, now, asked in kinds
    ]
    return ", ".join(told).capitalize()


def _unchangeable(state: TableState, *, undo: bool) -> str | None:
    if state.billing_mode == ON_DEMAND:
        return (
            f"{state.table_name} is on demand: it has no capacity to raise; what is refused there "
            "is a hot key, or traffic that doubled within half an hour"
        )
    if state.status != "ACTIVE" and not (undo and state.status == "UPDATING"):
        return f"{state.table_name} is {state.status.lower()}, not active"
    return None


def _out_of_bounds(state: TableState, wanted: Capacity, most: int, *, undo: bool) -> str | None:
    pairs = ((wanted.read_units, state.read_units), (wanted.write_units, state.write_units))
    if all(asked == now for asked, now in pairs):
        return f"{state.table_name} has that capacity already"
    if undo:
        return None
    if any(asked < now for asked, now in pairs):
        return (
            f"it only raises: read_units may not lie below {state.read_units}, nor write_units "
            f"below {state.write_units}"
        )
    if any(asked > most for asked, now in pairs if asked != now):
        return f"read_units and write_units may be at most {most}"
    return None
