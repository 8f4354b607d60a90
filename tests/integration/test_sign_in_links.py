"""Links that sign in once: a code is exchanged for a session, which ends with signing out."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from itops_core.domain.people import Role
from itops_core.domain.values import utc_now
from itops_core.errors import ConflictError
from itops_core.wiring import stores
from tests.support.api_calls import answer_of

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")


def _exchange(code: str) -> tuple[int, dict[str, Any]]:
    return answer_of("POST", "/sign-in", {"code": code})


def test_a_link_signs_in_once_in_its_role_for_some_hours() -> None:
    code = stores.sign_in_codes().create("ann", Role.APPROVER)

    status, told = _exchange(code)
    _, session = answer_of("GET", "/session", token=told["token"])

    assert status == 201
    assert (session["name"], session["role"], session["kind"]) == ("ann", "approver", "session")
    assert session["ends_at"] == told["ends_at"] > utc_now().isoformat()


def test_the_second_use_is_told_so_with_the_way_on() -> None:
    code = stores.sign_in_codes().create("ann", Role.ADMIN)
    _exchange(code)

    status, told = _exchange(code)

    assert status == 409
    assert "already" in told["detail"]
    assert "itops link" in told["detail"]


def test_of_many_that_use_a_link_at_once_one_is_signed_in() -> None:
    code = stores.sign_in_codes().create("ann", Role.ADMIN)

    def attempt(_: int) -> bool:
        try:
            stores.sign_in_codes().exchange(code)
        except ConflictError:
            return False
        return True

    with ThreadPoolExecutor(8) as people:
        assert sum(people.map(attempt, range(8))) == 1
    assert len(stores.tokens().list()) == 1


def test_a_link_that_is_over_or_not_known_signs_nobody_in() -> None:
    old = stores.sign_in_codes().create("ann", Role.ADMIN, utc_now() - timedelta(hours=2))

    assert _exchange(old)[0] == 409
    assert _exchange("never-heard-of-this-one")[0] == 404
    assert _exchange("short")[0] == 422
    assert stores.tokens().list() == ()


def test_signing_out_ends_the_session_and_leaves_an_api_token_alone() -> None:
    _, told = _exchange(stores.sign_in_codes().create("ann", Role.ADMIN))
    lasting = stores.tokens().create("robot", Role.ADMIN)

    assert answer_of("DELETE", "/session", token=told["token"]) == (200, {"ended": True})
    assert answer_of("DELETE", "/session", token=lasting) == (200, {"ended": False})

    assert answer_of("GET", "/session", token=told["token"])[0] == 401
    assert answer_of("GET", "/session", token=lasting)[0] == 200


def test_neither_codes_nor_sessions_can_be_read_from_the_table(process: Any) -> None:  # noqa: ANN401
    code = stores.sign_in_codes().create("ann", Role.ADMIN)
    _, told = _exchange(code)

    kept = json.dumps(process.client("dynamodb").scan(TableName="ITOps-Runtime")["Items"])

    assert "ann" in kept
    assert code not in kept
    assert told["token"] not in kept
