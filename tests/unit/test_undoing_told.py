"""How people are told of taking an action back: as done where it was, as possible where it is."""

import pytest

from itops_cli.screen.console import console
from itops_cli.screen.page import page
from itops_core.domain.approval_card import card_of
from itops_core.domain.remediation import Action, ActionStatus
from itops_core.domain.report import Deed
from itops_core.workflow.rendering import plain
from tests.support.reports import a_report
from tests.unit.cli_incidents import a_resolved_incident, an_action, an_approval

SCALE_BACK = Action(name="scale_ecs_service", parameters={"desired_count": 2})
NOTHING = Action(name="notify_only", parameters={"message": "nothing to undo"})


def _told(inverse: Action | None, status: ActionStatus = ActionStatus.DONE) -> tuple[str, str]:
    """Return an action with that inverse as the terminal and as a report tell it."""
    record = an_action(status).model_copy(update={"inverse": inverse})
    with console().capture() as shown:
        console().print(page(a_resolved_incident(actions=(record,)), []))
    deed = Deed(**dict(record), seconds=1.0)
    return shown.get(), plain(a_report(actions=(deed,)))


def test_what_was_done_is_told_as_what_can_be_undone_and_not_as_undone() -> None:
    for told in _told(SCALE_BACK):
        assert "can be undone with scale_ecs_service(desired_count=2)" in told
        assert "undone by" not in told
        assert "taken back by" not in told


def test_what_was_undone_is_told_as_undone() -> None:
    for told in _told(SCALE_BACK, ActionStatus.UNDONE):
        assert "undone with scale_ecs_service(desired_count=2)" in told
        assert "can be undone with" not in told


def test_an_inverse_that_only_tells_people_is_not_told_as_a_way_back() -> None:
    for told in _told(NOTHING):
        assert "notify_only" not in told


@pytest.mark.parametrize("status", [ActionStatus.REFUSED, ActionStatus.VOID])
def test_of_what_was_never_done_nothing_can_be_undone(status: ActionStatus) -> None:
    for told in _told(SCALE_BACK, status):
        assert "undone with" not in told


@pytest.mark.parametrize(("inverse", "undone_by"), [(NOTHING, None), (SCALE_BACK, SCALE_BACK)])
def test_a_card_names_only_an_inverse_that_does_something(
    inverse: Action, undone_by: Action | None
) -> None:
    question = an_approval()
    previews = tuple(one.model_copy(update={"inverse": inverse}) for one in question.previews)

    (action,) = card_of(question.model_copy(update={"previews": previews})).actions

    assert action.undone_by == undone_by
