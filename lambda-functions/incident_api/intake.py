"""Intake: the alarms of an incident, and the messages that could not be taken in."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints, model_validator

from incident_api.bodies import PageQuery, plainly
from incident_api.operations import Call, Resource
from itops_core.domain.intake import AlarmLink, DeadLetter, Handled, LinkCount
from itops_core.domain.people import Role
from itops_core.domain.values import Value
from itops_core.wiring import stores

if TYPE_CHECKING:
    from itops_core.stores.links import LinkStore
    from itops_core.workflow.dead_letters import DeadLetters

resource = Resource("intake")
LetterId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,100}$")]


class AlarmPage(Value):
    """The alarms that an incident counts as its own, oldest first."""

    items: tuple[AlarmLink, ...]
    cursor: str | None
    count: LinkCount


class LetterQuery(Value):
    """How many letters."""

    limit: int = Field(default=50, ge=1, le=100)


class LetterPage(Value):
    """Messages that could not be taken in, in no order."""

    items: tuple[DeadLetter, ...]
    cursor: str | None = None


class Redrive(Value):
    """Which letters are taken in again: those that are named, or all of them, said so."""

    letter_ids: Annotated[tuple[LetterId, ...], Field(min_length=1, max_length=100)] | None = None
    all: bool = Field(default=False, description="All of them; then no letters are named.")

    @model_validator(mode="after")
    def _either(self) -> "Redrive":
        if self.all == (self.letter_ids is not None):
            raise ValueError("name the letters in letter_ids, or say all: true")
        return self


class Discard(Value):
    """Which letters are given up for good, and why."""

    letter_ids: tuple[LetterId, ...] = Field(min_length=1, max_length=100)
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), plainly(500)
    ]


@resource.operation("GET /incidents/<incident_id>/alarms", role=Role.VIEWER, answer=AlarmPage)
def list_alarms(call: Call[None, PageQuery]) -> AlarmPage:
    """List the alarms of an incident, however many there are, and count them."""
    incident_id = stores.incidents().get(call.path["incident_id"]).incident_id
    page = _links().page(incident_id, call.query.limit, call.query.cursor)
    ringing = len(_links().ringing(incident_id))
    count = _links().count(incident_id).model_copy(update={"ringing": ringing})
    return AlarmPage(items=page.items, cursor=page.cursor, count=count)


@resource.operation("GET /intake/dead-letters", role=Role.ADMIN, answer=LetterPage)
def list_dead_letters(call: Call[None, LetterQuery]) -> LetterPage:
    """List messages that could not be taken in, each with the reason."""
    return LetterPage(items=_dead_letters().listed(call.query.limit))


@resource.operation("POST /intake/dead-letters/redrive", role=Role.ADMIN, answer=Handled)
def redrive_dead_letters(call: Call[Redrive, None]) -> Handled:
    """Have messages taken in again; one that was taken in after all changes nothing."""
    return _dead_letters().redrive(call.body.letter_ids, call.caller.name)


@resource.operation("POST /intake/dead-letters/discard", role=Role.ADMIN, answer=Handled)
def discard_dead_letters(call: Call[Discard, None]) -> Handled:
    """Give messages up for good; the audit log keeps who did so and why."""
    return _dead_letters().discard(call.body.letter_ids, call.caller.name, call.body.reason)


def _links() -> "LinkStore":
    from itops_core.wiring.intake import links  # noqa: PLC0415 - few calls need it

    return links()


def _dead_letters() -> "DeadLetters":
    from itops_core.wiring.intake import dead_letters  # noqa: PLC0415 - few calls need it

    return dead_letters()
