"""Making a plan smaller before saying yes to it; what would make it larger is refused in words.

Fewer of its actions, or a number nearer to what it is now. Everything else about an action (which
it is, what it is done to) is another plan, and another plan is another question.
"""

from datetime import datetime
from typing import Any, TypeGuard

from pydantic import Field

from itops_core.domain.incident import Incident
from itops_core.domain.remediation import (
    Action,
    ActionPreview,
    Approval,
    Narrowing,
    PlannedAction,
    Smaller,
)
from itops_core.domain.values import Value, sha256_of
from itops_core.errors import InvalidInputError


class Room(Value):
    """How far a number may be narrowed: from what it is now to what was asked."""

    now: int
    asked: int


class ActionEdit(Value):
    """One action that is kept, and its numbers that are to be smaller."""

    number: int = Field(ge=1, le=50, description="Its place on the card, from 1.")
    parameters: dict[str, int] = Field(default_factory=dict, max_length=10)


class PlanEdit(Value):
    """What is kept of a plan; what is not named is left out."""

    actions: tuple[ActionEdit, ...] = Field(min_length=1, max_length=50)


def room_in(preview: ActionPreview) -> dict[str, Room]:
    """Return which numbers of an action may be narrowed, and within what.

    Those that live state has under the same name. A negative one stands for no limit at all: any
    limit would then take something away, and is none the smaller for being lower.
    """
    found: dict[str, Room] = {}
    for name, asked in preview.action.parameters.items():
        now = preview.before.get(name)
        if _is_amount(asked) and _is_amount(now) and asked != now:
            found[name] = Room(now=now, asked=asked)
    return found


def narrowed(approval: Approval, edit: PlanEdit, by: str, at: datetime) -> Approval:
    """Return `approval` with the smaller plan in place of its own, bound to it anew.

    Raises `InvalidInputError` that says why where the plan would not be smaller.
    """
    numbers = [one.number for one in edit.actions]
    last = len(approval.plan.actions)
    if any(number > last for number in numbers):
        raise InvalidInputError(f"there is no action {max(numbers)}: the plan has {last}")
    if numbers != sorted(set(numbers)):
        raise InvalidInputError("each action may be kept once, and in the order of the plan")
    told: list[str] = []
    fewer: list[Smaller] = []
    kept: list[tuple[PlannedAction, ActionPreview]] = []
    for place, (planned, preview) in enumerate(
        zip(approval.plan.actions, approval.previews, strict=True), start=1
    ):
        wanted = next((one for one in edit.actions if one.number == place), None)
        if wanted is None:
            told.append(f"{planned.action.name} on {preview.resource} is left out")
            continue
        smaller, lines = _smaller(preview, wanted.parameters)
        told += lines
        if smaller.action != preview.action:
            fewer.append(Smaller(asked=preview.action, allowed=smaller.action))
        kept.append((planned.model_copy(update={"action": smaller.action}), smaller))
    if not told:
        return approval
    plan = approval.plan.model_copy(update={"actions": tuple(planned for planned, _ in kept)})
    previews = tuple(preview for _, preview in kept)
    narrowing = Narrowing(
        narrowed_by=by,
        narrowed_at=at,
        told=tuple(told),
        smaller=tuple(fewer),
        from_plan_hash=approval.plan_hash,
        to_plan_hash=plan.plan_hash,
    )
    return approval.model_copy(
        update={
            "plan": plan,
            "plan_hash": plan.plan_hash,
            "previews": previews,
            "state_hash": sha256_of([preview.state_hash for preview in previews]),
            "narrowings": (*approval.narrowings, narrowing),
        }
    )


def with_plan_of(incident: Incident, approval: Approval, at: datetime) -> Incident:
    """Return the incident with the plan that people narrowed, where they did."""
    plan = incident.plan
    if (
        incident.is_over
        or incident.approval_id != approval.approval_id
        or plan is None
        or plan.plan_hash == approval.plan_hash
        or plan.plan_hash not in {one.from_plan_hash for one in approval.narrowings}
    ):
        return incident
    return incident.changed(at, plan=approval.plan, previews=approval.previews)


def _smaller(preview: ActionPreview, wanted: dict[str, int]) -> tuple[ActionPreview, list[str]]:
    """Return the preview of an action with the numbers `wanted`, and what is less by it."""
    action, room = preview.action, room_in(preview)
    changes: dict[str, int] = {}
    for name, value in wanted.items():
        fault = _fault_in(preview, name, value, room.get(name))
        if fault is not None:
            raise InvalidInputError(f"{action.name}: {fault}")
        if value != action.parameters[name]:
            changes[name] = value
    parameters: dict[str, Any] = {**action.parameters, **changes}
    if changes and all(parameters[name] == one.now for name, one in room.items()):
        raise InvalidInputError(
            f"{action.name}: that is how it is now, so nothing would be done; leave the action out"
        )
    lines = [
        f"{action.name}: {name} {value} instead of {action.parameters[name]} (now {room[name].now})"
        for name, value in changes.items()
    ]
    if not changes:
        return preview, lines
    smaller = preview.model_copy(
        update={
            "action": Action(name=action.name, parameters=parameters),
            "after": {**preview.after, **changes},
            "reason": f"{preview.reason} Narrowed: {'; '.join(lines)}.",
        }
    )
    return smaller, lines


def _fault_in(preview: ActionPreview, name: str, value: int, room: Room | None) -> str | None:
    """Return why `name` may not become `value`, or `None` where that is no more than was asked."""
    if name not in preview.action.parameters:
        return f"it has no {name}"
    if value == preview.action.parameters[name]:
        return None
    if room is None:
        return f"{name} is not a number that can be made smaller; deny it, and say what would do"
    low, high = sorted((room.now, room.asked))
    if not low <= value <= high:
        return (
            f"{name} may lie between {room.now}, as it is now, and {room.asked}, as it was asked; "
            f"{value} would be more than people were asked"
        )
    return None


def _is_amount(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
