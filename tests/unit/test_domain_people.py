"""Roles include one another in one order."""

import pytest

from itops_core.domain.people import Role


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.VIEWER, {Role.VIEWER}),
        (Role.RESPONDER, {Role.VIEWER, Role.RESPONDER}),
        (Role.APPROVER, {Role.VIEWER, Role.RESPONDER, Role.APPROVER}),
        (Role.ADMIN, set(Role)),
    ],
)
def test_a_role_includes_every_lesser_one_and_no_greater(role: Role, allowed: set[Role]) -> None:
    assert {needed for needed in Role if role.at_least(needed)} == allowed
