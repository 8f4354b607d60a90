"""What repeating a failed execution of a pipeline would do, computed from its live state.

Pure functions: whoever asked Step Functions and the catalog hands in what they said.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.remediation import Action, ActionPreview, BlastSize
from itops_core.domain.values import Moment, Value, sha256_of
from itops_core.remediation.assessment import Outlook, Reach, dependants_of
from itops_core.remediation.catalogue import ActionSpec, BlastThresholds

FAILED = ("FAILED", "TIMED_OUT", "ABORTED")
_SHOWN = {"status", "redrive_count", "state_machine_arn"}
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
    def state_hash(self) -> str:
        """Changes once anyone has redriven it."""
        return sha256_of([self.arn, self.status, self.redrive_count])

    @property
    def shown(self) -> dict[str, Any]:
        """What is recorded as before and after, and shown on a card."""
        return self.model_dump(mode="json", include=_SHOWN)


def machine_of(execution_arn: str) -> str:
    """Return the ARN of the state machine that an execution is of, empty for what is none."""
    parts = execution_arn.split(":")
    if len(parts) < 8 or parts[5] != "execution":
        return ""
    return ":".join([*parts[:5], "stateMachine", parts[6].split("/", 1)[0]])


def reach_of_machine(state_machine_arn: str, entries: Iterable[CatalogEntry]) -> Reach:
    """Return where a state machine stands among `entries`."""
    known = tuple(entries)
    entry = next((one for one in known if one.state_machine_arn == state_machine_arn), None)
    return dependants_of(entry, known)


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


def preview_of_execution(
    action: Action,
    spec: ActionSpec,
    state: ExecutionState,
    outlook: Outlook,
    blast: tuple[Reach, BlastThresholds],
) -> ActionPreview:
    """Return the preview of an action on an execution."""
    reach, thresholds = blast
    name = reach.entry.entry_id if reach.entry else state.state_machine_arn.rsplit(":", 1)[-1]
    sizes = (spec.blast, thresholds.size_of(len(reach.dependants)))
    unknown = (BlastSize.MEDIUM,) if reach.entry is None else ()
    return ActionPreview(
        action=action,
        resource=state.arn,
        before=state.shown,
        after=outlook.after,
        risk=spec.risk,
        blast_size=max((*sizes, *unknown), key=tuple(BlastSize).index),
        blast_radius=(name, *reach.dependants),
        reversible=spec.reversible,
        inverse=spec.inverse_of(action, state.shown),
        possible=outlook.fault is None,
        reason=outlook.fault or outlook.note,
        state_hash=state.state_hash,
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
