"""Actions: whether any happen at all, and what each class of them has earned so far."""

from pydantic import Field

from incident_api.bodies import Sentence
from incident_api.operations import Call, Resource
from incident_api.views import ActionClass, ActionsView
from itops_core.domain.people import Role
from itops_core.domain.values import Value
from itops_core.remediation.autonomy import seeds
from itops_core.remediation.catalogue import ActionSpec, catalogue
from itops_core.remediation.switching import Switching
from itops_core.wiring import stores
from itops_core.wiring.autonomy import track_records
from itops_core.wiring.switch import kill_switch

resource = Resource("actions")


class Switch(Value):
    """How the switch of all actions is to stand, and why."""

    on: bool
    reason: Sentence = Field(description="For the audit log.")


@resource.operation("GET /actions", role=Role.VIEWER, answer=ActionsView)
def list_actions(call: Call[None, None]) -> ActionsView:  # noqa: ARG001
    """Tell whether actions are carried out, and which of them happen with nobody asked."""
    return _view()


@resource.operation("POST /actions/switch", role=Role.ADMIN, answer=ActionsView)
def turn_switch(call: Call[Switch, None]) -> ActionsView:
    """Let allowed actions be carried out, or stop all of them, also approved ones and undoing."""
    asked = call.body
    _switching().turn(on=asked.on, by=call.caller.name, reason=asked.reason)
    return _view()


def _view() -> ActionsView:
    reading, known = kill_switch().read(), catalogue()
    return ActionsView(
        enabled=reading.is_on,
        reason=reading.reason,
        turned=_switching().last(),
        modes=known.modes,
        seeds_measured_by=seeds().measured_by,
        seeds_measured_at=seeds().measured_at,
        items=tuple(_shown(spec) for _, spec in sorted(known.actions.items())),
    )


def _shown(spec: ActionSpec) -> ActionClass:
    changes_something = spec.kind != "people"
    return ActionClass(
        name=spec.name,
        description=spec.description,
        risk=spec.risk,
        blast_size=spec.blast,
        reversible=spec.reversible,
        precondition=spec.precondition,
        cost=spec.cost,
        autonomy=track_records().standing(spec.name) if changes_something else None,
    )


def _switching() -> Switching:
    return Switching(kill_switch(), stores.audit())
