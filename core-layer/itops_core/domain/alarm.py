"""An alarm: what opened an incident, whoever raised it, and what a message about one says."""

from enum import StrEnum

from pydantic import Field

from itops_core.domain.values import Moment, Value, sha256_of
from itops_core.domain.verdict import Severity


class AlarmState(StrEnum):
    """What an alarm message says."""

    ALARM = "ALARM"
    OK = "OK"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


_RANK = {AlarmState.ALARM: 0, AlarmState.INSUFFICIENT_DATA: 1, AlarmState.OK: 2}


def order_of(changed_at: Moment, state: AlarmState) -> tuple[Moment, int]:
    """Return what sorts changes of state: by time and, at one time, an alarm before its end.

    Not every sender tells parts of a second, and no queue keeps the order of what it brings.
    """
    return changed_at, _RANK[state]


_LOST_WORK = {
    "AWS/States": {"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"},
    "AWS/Lambda": {"DeadLetterErrors", "DestinationDeliveryFailures", "AsyncEventsDropped"},
    "AWS/Events": {"FailedInvocations", "InvocationsFailedToBeSentToDlq"},
    "AWS/Scheduler": {"TargetErrorCount", "InvocationDroppedCount"},
}
"""Metrics that count pieces of work given up for good, as the services' pages on metrics say."""


class Alarm(Value):
    """One metric that crossed a line. Dimensions are as CloudWatch names them."""

    name: str
    account: str = ""
    region: str = ""
    namespace: str = ""
    metric: str = ""
    dimensions: dict[str, str] = Field(default_factory=dict)
    statistic: str = "Average"
    period_seconds: int = 60
    threshold: float | None = None
    comparison: str = "GreaterThanThreshold"
    condition: str = Field(
        default="",
        description="What is watched, where it is no single metric with a threshold: an "
        "expression, a band of what is usual, a rule over other alarms.",
    )
    children: tuple[str, ...] = Field(
        default=(), description="The alarms that set off a composite one."
    )
    dedup_key: str = Field(default="", description="What its sender tells repeats by.")
    reason: str = ""
    description: str = ""
    changed_at: Moment

    @property
    def counts_lost_work(self) -> bool:
        """Whether it counts work that failed for good: OK says that no more fails, no less."""
        return self.metric in _LOST_WORK.get(self.namespace, ())

    @property
    def fingerprint(self) -> str:
        """What makes two alarm messages tell of the same thing."""
        if self.dedup_key:
            return sha256_of(["dedup_key", self.dedup_key])[:32]
        return sha256_of([self.account, self.region, self.name, self.namespace, self.metric])[:32]


class AlarmMessage(Value):
    """One message about an alarm; `message_id` is the same when it is delivered again."""

    message_id: str
    state: AlarmState
    alarm: Alarm
    named_service: str | None = None
    severity: Severity | None = Field(default=None, description="What its sender says of it.")
    suppressed_by: str = Field(
        default="", description="What keeps a composite alarm from telling anybody."
    )
    origin: str = Field(default="sns", description="sns, events or webhook.")
    released_at: Moment | None = Field(
        default=None, description="When maintenance let it go: it is news since then."
    )
    told_at: Moment | None = Field(
        default=None, description="When a sender told it that names only when the symptom began."
    )

    @property
    def rang_at(self) -> Moment:
        """From when on it counts: a held alarm counts from its release, as it rings then."""
        return self.released_at or self.alarm.changed_at

    @property
    def changed_at(self) -> Moment:
        """When the alarm came into its state, as far as its sender tells."""
        return self.told_at or self.alarm.changed_at

    @property
    def order(self) -> tuple[Moment, int]:
        """What sorts the changes of one alarm's state as they came about."""
        return order_of(self.changed_at, self.state)
