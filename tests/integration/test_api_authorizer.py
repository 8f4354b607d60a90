"""Who may call: a token stands for a name and a role, and nothing else does."""

from datetime import timedelta
from typing import Any

import pytest

from api_authorizer.handler import UnauthorizedError, handler
from itops_core.domain.people import Role
from itops_core.domain.values import utc_now
from itops_core.stores.tokens import sha256_of, token_id_of
from itops_core.wiring import stores
from tests.support.calls import Context

pytest_plugins = ("tests.emulator",)
pytestmark = pytest.mark.usefixtures("process")

ARN = "arn:aws:execute-api:us-east-1:123456789012:abc/api/POST/incidents"


def authorized(headers: dict[str, str] | None) -> dict[str, Any]:
    event = {"type": "REQUEST", "methodArn": ARN, "headers": headers}
    return handler(event, Context())  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_a_known_token_lets_its_caller_in_everywhere_and_tells_the_role(name: str) -> None:
    token = stores.tokens().create("ann", Role.APPROVER)

    answer = authorized({name: f"Bearer {token}"})

    context = answer["context"]
    assert (context["name"], context["role"], context["kind"]) == ("ann", "approver", "api_token")
    assert token not in str(answer)
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Resource"] == "arn:aws:execute-api:us-east-1:123456789012:abc/api/*"


@pytest.mark.parametrize(
    "headers",
    [
        None,
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer itops_unknown"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": f"Bearer {'x' * 9000}"},
    ],
)
def test_anything_else_is_unauthorized_in_the_words_api_gateway_knows(
    headers: dict[str, str] | None,
) -> None:
    stores.tokens().create("ann", Role.ADMIN)

    with pytest.raises(UnauthorizedError, match=r"^Unauthorized$"):
        authorized(headers)


@pytest.mark.parametrize("scheme", ["Basic", "Token", ""])
def test_a_good_token_of_another_scheme_lets_nobody_in(scheme: str) -> None:
    token = stores.tokens().create("ann", Role.ADMIN)

    with pytest.raises(UnauthorizedError):
        authorized({"Authorization": f"{scheme} {token}"})


def test_a_revoked_token_is_worth_nothing() -> None:
    token = stores.tokens().create("ann", Role.ADMIN)
    stores.tokens().revoke(token_id_of(sha256_of(token)))

    with pytest.raises(UnauthorizedError):
        authorized({"Authorization": f"Bearer {token}"})


def test_a_token_is_worth_nothing_from_its_end_on() -> None:
    over = stores.tokens().create("ann", Role.ADMIN, ends_at=utc_now() - timedelta(seconds=1))
    good = stores.tokens().create("bob", Role.ADMIN, ends_at=utc_now() + timedelta(hours=1))

    assert authorized({"Authorization": f"Bearer {good}"})["context"]["ends_at"]
    assert [record.name for record in stores.tokens().list()] == ["bob"]
    with pytest.raises(UnauthorizedError):
        authorized({"Authorization": f"Bearer {over}"})
