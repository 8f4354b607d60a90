"""Maintenance windows: when alarms are expected; and the alarms that went off in them."""

from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints

from incident_api.bodies import plainly
from incident_api.operations import Call, Resource
from itops_core.domain.alarm import AlarmState
from itops_core.domain.maintenance import MaintenanceWindow, NewWindow
from itops_core.domain.people import Role
from itops_core.domain.values import Moment, Value, utc_now
from itops_core.errors import NotFoundError
from itops_core.tools.redaction import one_line, spelled_out

if TYPE_CHECKING:
    from itops_core.workflow.maintenance import Maintenance

resource = Resource("maintenance")
_MOST_HELD = 200


class WindowView(MaintenanceWindow):
    """A maintenance window, and whether it is open now."""

    is_open: bool
    is_over: bool


class WindowPage(Value):
    """Maintenance windows; what is over comes last."""

    items: tuple[WindowView, ...]
    cursor: str | None = None


class HeldView(Value):
    """An alarm that went off in a window, as it was heard of last."""

    alarm: str
    service: str
    state: AlarmState
    changed_at: Moment
    held_until: Moment


class WindowDetails(Value):
    """A maintenance window and the alarms that it holds back now."""

    window: WindowView
    held: tuple[HeldView, ...]


@resource.operation("GET /maintenance", role=Role.VIEWER, answer=WindowPage)
def list_windows(call: Call[None, None]) -> WindowPage:  # noqa: ARG001
    """List maintenance windows, the next one first; those over stay listed for a week."""
    at = utc_now()
    return WindowPage(items=tuple(_view(one, at) for one in _maintenance().listed()))


class AskedWindow(NewWindow):
    """A maintenance window as a caller asks for it: the reason is read by others."""

    reason: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=3, max_length=500),
        plainly(500, one_line),
    ]


@resource.operation(
    "POST /maintenance",
    role=Role.RESPONDER,
    answer=WindowView,
    status=HTTPStatus.CREATED,
    idempotent=True,
)
def add_window(call: Call[AskedWindow, None]) -> WindowView:
    """Say when alarms are expected: they are noted then, and open no incident."""
    return _view(_maintenance().add(call.body, call.caller.name), utc_now())


@resource.operation("GET /maintenance/<window_id>", role=Role.VIEWER, answer=WindowDetails)
def get_window(call: Call[None, None]) -> WindowDetails:
    """Show a maintenance window and the alarms that it holds back."""
    window_id = call.path["window_id"]
    window = next((one for one in _maintenance().listed() if one.window_id == window_id), None)
    if window is None:
        raise NotFoundError(f"no maintenance window {window_id!r}")
    held = [
        HeldView(
            alarm=spelled_out(one.message.alarm.name),
            service=one.service,
            state=one.message.state,
            changed_at=one.message.alarm.changed_at,
            held_until=one.held_until,
        )
        for _, one in zip(range(_MOST_HELD), _maintenance().store.held(window_id), strict=False)
    ]
    return WindowDetails(window=_view(window, utc_now()), held=tuple(held))


@resource.operation("DELETE /maintenance/<window_id>", role=Role.RESPONDER, answer=WindowView)
def remove_window(call: Call[None, None]) -> WindowView:
    """End a window now; what still rings in it opens an incident within a minute."""
    return _view(_maintenance().remove(call.path["window_id"], call.caller.name), utc_now())


def _view(window: MaintenanceWindow, at: datetime) -> WindowView:
    return WindowView(
        **dict(window), is_open=window.span_at(at) is not None, is_over=window.is_past(at)
    )


def _maintenance() -> "Maintenance":
    from itops_core.wiring.intake import maintenance  # noqa: PLC0415 - few calls need it

    return maintenance()
