"""What an action would do, computed from live state and the catalog; no model has a say in it.

Pure functions: whoever asked ECS and the catalog hands in what they said.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from itops_core.domain.catalog import CatalogEntry
from itops_core.domain.remediation import Action, ActionPreview, BlastSize, Risk
from itops_core.domain.values import Value, sha256_of
from itops_core.remediation.catalogue import ActionSpec, BlastThresholds

_SIZES = tuple(BlastSize)
_RISKS = tuple(Risk)
_SHOWN = {"task_definition", "desired_count", "running_count", "deployment_id", "rollout_state"}


class ServiceState(Value):
    """An ECS service as it is now."""

    arn: str
    cluster: str
    service: str
    status: str
    task_definition: str
    desired_count: int
    running_count: int
    pending_count: int = 0
    deployment_id: str = ""
    rollout_state: str = ""
    minimum_healthy_percent: int = 100

    @property
    def state_hash(self) -> str:
        """Changes with whatever would make a person look again before saying yes.

        A rollout that ends well while people think is what they expected; one that fails is not.
        """
        failed = self.rollout_state == "FAILED"
        return sha256_of([self.arn, self.task_definition, self.desired_count, failed])

    @property
    def shown(self) -> dict[str, Any]:
        """What is recorded as before and after, and shown on a card."""
        return self.model_dump(mode="json", include=_SHOWN)

    def rests_on(self, recorded: Mapping[str, Any]) -> bool:
        """Whether it is configured as `recorded`: nobody has changed it since."""
        return self.task_definition == recorded.get(
            "task_definition"
        ) and self.desired_count == recorded.get("desired_count")


class Revision(Value):
    """One revision of a task definition."""

    arn: str
    family: str
    revision: int
    status: str


class Reach(Value):
    """Where in the catalog a service stands, and what leans on it, directly or not."""

    entry: CatalogEntry | None
    dependants: tuple[str, ...] = ()


class Outlook(Value):
    """What would be different afterwards, or the fault that keeps it from being done."""

    after: dict[str, Any]
    note: str
    fault: str | None = None


def reach_of(service: str, cluster: str, entries: Iterable[CatalogEntry]) -> Reach:
    """Return where the ECS service stands among `entries`."""
    known = tuple(entries)
    entry = next(
        (one for one in known if one.ecs_service == service and one.cluster == cluster), None
    )
    return dependants_of(entry, known)


def dependants_of(entry: CatalogEntry | None, known: tuple[CatalogEntry, ...]) -> Reach:
    """Return an entry with all that leans on it, directly or not."""
    if entry is None:
        return Reach(entry=None)
    found: set[str] = {entry.entry_id}
    grown = True
    while grown:
        more = {one.entry_id for one in known if found & set(one.depends_on)} - found
        found |= more
        grown = bool(more)
    return Reach(entry=entry, dependants=tuple(sorted(found - {entry.entry_id})))


def restart_outlook(state: ServiceState) -> Outlook:
    """Return what replacing every task would do."""
    fault = _inactive(state)
    if fault is None and state.desired_count < 1:
        fault = f"{state.service} is scaled to 0: there is nothing to restart"
    return Outlook(
        after={**state.shown, "deployment_id": "a new one", "rollout_state": "IN_PROGRESS"},
        note=(
            f"All {state.desired_count} tasks are replaced, one after the other; nothing to undo: "
            "configuration is unchanged."
        ),
        fault=fault,
    )


def scale_outlook(state: ServiceState, desired_count: int, max_step: int, *, undo: bool) -> Outlook:
    """Return what running `desired_count` tasks would do. Undoing may go down, and any step."""
    fault = _inactive(state)
    if fault is None and desired_count == state.desired_count:
        fault = f"{state.service} wants {desired_count} tasks already"
    elif fault is None and not undo:
        most = state.desired_count + max_step
        if not state.desired_count < desired_count <= most:
            fault = f"desired_count must lie above {state.desired_count}, and be at most {most}"
    return Outlook(
        after={**state.shown, "desired_count": desired_count},
        note=f"From {state.desired_count} to {desired_count} tasks.",
        fault=fault,
    )


def rollback_outlook(
    state: ServiceState, wanted: Revision | None, current: Revision | None, *, undo: bool
) -> Outlook:
    """Return what going back to `wanted` would do. Undoing may go to a later revision."""
    if wanted is None or current is None:
        return Outlook(after=state.shown, note="", fault="there is no such task definition")
    fault = _inactive(state)
    if fault is None and wanted.status != "ACTIVE":
        fault = f"{wanted.family}:{wanted.revision} is {wanted.status.lower()}"
    elif fault is None and wanted.family != current.family:
        fault = f"{wanted.family} is another family than {current.family}, which runs now"
    elif fault is None and wanted.arn == current.arn:
        fault = f"{state.service} runs {wanted.family}:{wanted.revision} already"
    elif fault is None and not undo and wanted.revision > current.revision:
        fault = f"revision {wanted.revision} is later than {current.revision}, which runs now"
    return Outlook(
        after={**state.shown, "task_definition": wanted.arn},
        note=f"From {current.family}:{current.revision} to {wanted.family}:{wanted.revision}.",
        fault=fault,
    )


def preview_of_message(action: Action, spec: ActionSpec) -> ActionPreview:
    """Return the preview of an action that only tells people something."""
    return ActionPreview(
        action=action,
        resource="people on call",
        before={},
        after={"message": action.parameters["message"]},
        risk=spec.risk,
        blast_size=spec.blast,
        blast_radius=(),
        reversible=spec.reversible,
        inverse=None,
        possible=True,
        reason="People are told; nothing is changed.",
        state_hash=sha256_of(action.name),
    )


def preview_of_service(
    action: Action, spec: ActionSpec, state: ServiceState, outlook: Outlook, blast: "Blast"
) -> ActionPreview:
    """Return the preview of an action on an ECS service."""
    inverse = spec.inverse_of(action, state.shown)
    return ActionPreview(
        action=action,
        resource=state.arn,
        before=state.shown,
        after=outlook.after,
        risk=_risk(spec, state),
        blast_size=blast.size_for(spec, state),
        blast_radius=blast.services,
        reversible=spec.reversible and inverse is not None,
        inverse=inverse,
        possible=outlook.fault is None,
        reason=outlook.fault or outlook.note,
        state_hash=state.state_hash,
    )


class Blast(Value):
    """How far a change of one service may be felt."""

    service: str
    reach: Reach
    thresholds: BlastThresholds

    @property
    def services(self) -> tuple[str, ...]:
        """Who may feel it: the service itself and whatever leans on it."""
        entry = self.reach.entry
        return (entry.entry_id if entry else self.service, *self.reach.dependants)

    def size_for(self, spec: ActionSpec, state: ServiceState) -> BlastSize:
        """Return the size: what the catalogue says at least, raised by what is true now."""
        sizes = [spec.blast, self.thresholds.size_of(len(self.reach.dependants))]
        if self.reach.entry is None or _stops_everything(spec, state):
            sizes.append(BlastSize.MEDIUM)
        return max(sizes, key=_SIZES.index)


def _inactive(state: ServiceState) -> str | None:
    if state.status == "ACTIVE":
        return None
    return f"{state.service} is {state.status.lower()}, not active"


def _stops_everything(spec: ActionSpec, state: ServiceState) -> bool:
    """Whether replacing the tasks may leave none running for a moment."""
    replaces = spec.name != "scale_ecs_service"
    return replaces and state.desired_count * state.minimum_healthy_percent < 100


def _risk(spec: ActionSpec, state: ServiceState) -> Risk:
    """A deployment under way makes everything a step riskier: two changes at once."""
    if state.rollout_state != "IN_PROGRESS":
        return spec.risk
    return _RISKS[min(_RISKS.index(spec.risk) + 1, len(_RISKS) - 1)]
