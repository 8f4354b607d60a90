"""What each operation of the API asks of its caller; a role that is lowered has to be so here."""

import re

import pytest

from incident_api.resources import operations
from itops_core.domain.people import Role
from tests.support.calls import call

OPEN = {
    "GET /health",
    "GET /openapi.json",
    "POST /sign-in",
    "POST /slack/interactions",
    "POST /webhooks/alarms",
}
"""Signed as a whole, exchanged for a session, or nobody's secret."""

MORE_THAN_LOOKING = {
    "POST /incidents": Role.RESPONDER,
    "PATCH /incidents/<incident_id>": Role.RESPONDER,
    "POST /incidents/<incident_id>/resolve": Role.RESPONDER,
    "POST /incidents/<incident_id>/acknowledge": Role.RESPONDER,
    "POST /incidents/<incident_id>/grade": Role.RESPONDER,
    "POST /maintenance": Role.RESPONDER,
    "DELETE /maintenance/<window_id>": Role.RESPONDER,
    "POST /knowledge": Role.RESPONDER,
    "PUT /knowledge/<article_id>": Role.RESPONDER,
    "POST /knowledge/<article_id>/withdraw": Role.RESPONDER,
    "POST /knowledge/<article_id>/restore": Role.RESPONDER,
    "POST /chat": Role.RESPONDER,
    "POST /pipelines/discover": Role.RESPONDER,
    "POST /runs": Role.RESPONDER,
    "POST /runs/<run_id>/execute": Role.RESPONDER,
    "POST /watch": Role.RESPONDER,
    "POST /pipelines": Role.APPROVER,
    "POST /approvals/<approval_id>/decision": Role.APPROVER,
    "POST /runs/<run_id>/approve": Role.APPROVER,
    "POST /actions/switch": Role.ADMIN,
    "GET /intake/dead-letters": Role.ADMIN,
    "POST /intake/dead-letters/redrive": Role.ADMIN,
    "POST /intake/dead-letters/discard": Role.ADMIN,
    "GET /tokens": Role.ADMIN,
    "POST /tokens": Role.ADMIN,
    "DELETE /tokens/<token_id>": Role.ADMIN,
}

CHANGES_NOTHING = {"POST /briefing", "DELETE /session"}
"""Asked for by those who may only look: a summary of what is stored, and one's own way out."""


def test_every_operation_asks_for_the_role_that_stands_here() -> None:
    asked = {f"{one.method} {one.path}": one.role for one in operations()}

    assert {route for route, role in asked.items() if role is None} == OPEN
    assert {
        route: role for route, role in asked.items() if role not in (None, Role.VIEWER)
    } == MORE_THAN_LOOKING


def test_who_may_only_look_has_nothing_but_reading() -> None:
    writes = {
        f"{one.method} {one.path}"
        for one in operations()
        if one.role is Role.VIEWER and one.method != "GET"
    }

    assert writes == CHANGES_NOTHING


@pytest.mark.parametrize("route", sorted(MORE_THAN_LOOKING))
def test_every_lower_role_is_refused_before_anything_is_read(route: str) -> None:
    method, path = route.split(" ")
    needed, place = MORE_THAN_LOOKING[route], re.sub(r"<\w+>", "x", path)
    lower = tuple(Role)[: tuple(Role).index(needed)]

    answers = [call(method, place, raw="no JSON", role=role) for role in lower]
    stranger = call(method, place, raw="no JSON", role=None)

    assert [one.status for one in answers] == [403] * len(lower)
    assert all(f"needs the role {needed} or more" in one.detail for one in answers)
    assert stranger.status == 403
