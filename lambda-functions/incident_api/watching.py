"""The watchdog's last round, a round now, and how the fleet is."""

from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Annotated

from pydantic import Field, StringConstraints

from incident_api.operations import Call, Resource
from itops_core.domain.fleet import FleetView
from itops_core.domain.people import Role
from itops_core.domain.reports import WatchRecord
from itops_core.domain.values import Moment, Value, utc_now
from itops_core.domain.verdict import Gap
from itops_core.errors import NotFoundError
from itops_core.settings import places
from itops_core.stores.watching import FleetStore, WatchStore, new_run_id
from itops_core.wiring.clients import client
from itops_core.wiring.stores import runtime
from itops_core.workflow.rounds import WatchdogFunction

resource = Resource("watching")
_FRESH = timedelta(seconds=45)

DeviceId = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9:_-]{1,128}$")]


class NewRound(Value):
    """What a round should look at."""

    device: DeviceId | None = Field(default=None, description="That device alone; else everything.")


class RoundAsked(Value):
    """A round that was asked for; `GET /watch` has it when it is made."""

    run_id: str
    asked_at: Moment


@resource.operation(
    "GET /watch", role=Role.VIEWER, answer=WatchRecord, also=(HTTPStatus.NOT_FOUND,)
)
def get_watch(call: Call[None, None]) -> WatchRecord:  # noqa: ARG001
    """Show what the last round of watching found, and what became of it."""
    record = WatchStore(runtime()).latest()
    if record is None:
        raise NotFoundError("no round of watching is on record yet; POST /watch makes one")
    return record


@resource.operation(
    "POST /watch",
    role=Role.RESPONDER,
    answer=RoundAsked,
    status=HTTPStatus.ACCEPTED,
    idempotent=True,
)
def ask_for_round(call: Call[NewRound, None]) -> RoundAsked:
    """Make a round of watching now; it opens incidents for what nobody knows of."""
    run_id = new_run_id()
    _watchdog().ask_for_round(run_id, call.caller.name, call.body.device or "")
    return RoundAsked(run_id=run_id, asked_at=utc_now())


@resource.operation("GET /fleet", role=Role.VIEWER, answer=FleetView)
def get_fleet(call: Call[None, None]) -> FleetView:  # noqa: ARG001
    """Show every device with its last readings, its excursions and its silence.

    It is what was seen last; where that is old the fleet is looked at anew meanwhile.
    """
    fleet = FleetStore(runtime())
    view = fleet.latest()
    if (view is None or _is_old(view)) and fleet.may_refresh():
        _watchdog().ask_for_fleet()
    return view or FleetView(at=None, gaps=(Gap(source="fleet", reason="it is being looked at"),))


def _is_old(view: FleetView) -> bool:
    return view.at is None or utc_now() - view.at > _FRESH


def _watchdog() -> WatchdogFunction:
    return WatchdogFunction(partial(client, "lambda"), places()["WATCHDOG_FUNCTION"])
