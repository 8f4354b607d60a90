"""What repeating a failed execution of a pipeline would do, computed from its live state.

Pure functions: whoever asked Step Functions and the catalog hands in what they said.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.traffic import TrafficMetric
from itops_core.domain.values import Moment, Value, sha256_of
from itops_core.remediation.assessment import Outlook

FAILED = ("FAILED", "TIMED_OUT", "ABORTED")
_BOUND = frozenset({"status", "redrive_count"})
_SHOWN = {*_BOUND, "state_machine_arn"}
_REDRIVABLE_DAYS = timedelta(days=14)


class ExecutionState(Value):
    """An execution as it is now; what AWS alone can tell is `None` where it does not."""

    arn: str
    state_machine_arn: str
    status: str
    stopped_at: Moment | None = None
    redrive_count: int = 0
    redrive_status: str | None = None
    redrive_reason: str = ""
    has_input: bool = True
    is_item: bool = False
    """A distributed Map started it for one of its items."""

    @property
    def resource(self) -> str:
        """What is changed."""
        return self.arn

    @property
    def name(self) -> str:
        """How people call the pipeline."""
        return self.state_machine_arn.rsplit(":", 1)[-1]

    @property
    def state_hash(self) -> str:
        """Changes once anyone has redriven it."""
        return sha256_of([self.arn, self.status, self.redrive_count])

    @property
    def shown(self) -> dict[str, Any]:
        """What is recorded as before and after, and shown on a card."""
        return self.model_dump(mode="json", include=_SHOWN)

    @property
    def bound(self) -> frozenset[str]:
        """How it ended, and how often it was redriven."""
        return _BOUND

    @property
    def traffic_metrics(self) -> tuple[tuple[TrafficMetric, ...], ...]:
        """How often the pipeline is started."""
        started = TrafficMetric(
            namespace="AWS/States",
            metric="ExecutionsStarted",
            dimensions={"StateMachineArn": self.state_machine_arn},
            unit="executions",
        )
        return ((started,),)

    def is_entry(self, entry: CatalogEntry) -> bool:
        """Whether the catalog means the pipeline of this execution."""
        return entry.state_machine_arn == self.state_machine_arn

    def rests_on(self, recorded: Mapping[str, Any]) -> bool:
        """Whether nobody has redriven it since."""
        now = (self.redrive_count, self.status)
        return now == (recorded.get("redrive_count"), recorded.get("status"))


def redrive_outlook(state: ExecutionState, now: datetime) -> Outlook:
    """Return what going on from the state that failed would do."""
    return Outlook(
        after={**state.shown, "status": "RUNNING", "redrive_count": state.redrive_count + 1},
        note="It goes on from the state that failed, with the same definition and input.",
        fault=_not_failed(state) or _not_redrivable(state, now),
    )


def rerun_outlook(state: ExecutionState) -> Outlook:
    """Return what starting anew with the same input would do."""
    fault = _not_failed(state)
    if fault is None and state.is_item:
        fault = "a distributed Map started it for one item; redrive or rerun the Map's execution"
    if fault is None and not state.has_input:
        fault = "AWS does not hand out its input"
    return Outlook(
        after={**state.shown, "started": "a new execution"},
        note="Every state runs again, from the start, with the same input.",
        fault=fault,
    )


def _not_failed(state: ExecutionState) -> str | None:
    if state.status in FAILED:
        return None
    return f"the execution is {state.status.lower()}: there is nothing to repeat"


def _not_redrivable(state: ExecutionState, now: datetime) -> str | None:
    if state.redrive_status not in {None, "REDRIVABLE"}:
        return f"it cannot be redriven: {state.redrive_reason or state.redrive_status}"
    if state.stopped_at is not None and now - state.stopped_at > _REDRIVABLE_DAYS:
        return "it ended more than 14 days ago: AWS redrives no such execution"
    return None
