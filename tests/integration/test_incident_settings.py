"""The incident server as its settings make it: switch, modes, repository, a token in a secret."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from incident_server import composition
from itops_core.tools.gateway import ToolGateway
from itops_core.tools.in_memory import InMemoryToolGateway
from tests.support.accounts import Account, forget_wiring
from tests.support.github_api import REPOSITORY, TOKEN, GitHub, github_api
from tests.support.tool_servers import answered

pytest_plugins = ("tests.emulator",)

SWITCH = "/ITOps/actions-enabled"
SECRET = "github-token"
Variables = dict[str, str]


@pytest.fixture
def github() -> Iterator[GitHub]:
    with github_api() as server:
        yield server


@pytest.fixture
def deployed(
    process: Account, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Account]:
    """Everything that lets an issue be opened, as a deployment sets it."""
    process.client("ssm").put_parameter(Name=SWITCH, Value="on", Type="String")
    process.client("secretsmanager").create_secret(Name=SECRET, SecretString=TOKEN)
    variables = {
        "KILL_SWITCH_PARAMETER": SWITCH,
        "ITOPS__WRITING__ALLOW_WRITES": "true",
        "ITOPS_GITHUB_REPOSITORY": REPOSITORY,
        "ITOPS_GITHUB_BASE_URL": github.base_url,
        "ITOPS_GITHUB_TOKEN_SECRET": SECRET,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    yield process
    composition.server.cache_clear()


def served() -> ToolGateway:
    forget_wiring()
    composition.server.cache_clear()
    return InMemoryToolGateway(composition.server())


def opened(key: str = "an issue of ours") -> dict[str, Any]:
    server = served()
    incident = answered(
        server, "create_incident", title="Payments fail", service="cart", key="our incident"
    )
    return answered(
        server,
        "create_github_issue",
        incident_id=incident["incident_id"],
        title="Payments fail",
        body="since noon",
        key=key,
    )


FORMS = (TOKEN, f"  {TOKEN}\n", json.dumps({"token": TOKEN}), json.dumps({"any": TOKEN}))


def test_the_token_is_read_from_the_secret_in_whatever_form(
    deployed: Account, github: GitHub
) -> None:
    for number, form in enumerate(FORMS, start=1):
        deployed.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=form)

        assert opened(f"issue number {number}")["number"] == number
    assert len(github.issues) == len(FORMS)


def test_what_the_settings_say_is_asked_anew_for_every_message(
    deployed: Account, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssm = deployed.client("ssm")

    ssm.put_parameter(Name=SWITCH, Value="off", Type="String", Overwrite=True)
    assert opened()["rules"] == ["kill-switch"]
    ssm.put_parameter(Name=SWITCH, Value="on", Type="String", Overwrite=True)
    monkeypatch.setenv("ITOPS__WRITING__ALLOW_WRITES", "false")
    assert opened()["rules"] == ["allow-writes"]
    monkeypatch.setenv("ITOPS__WRITING__ALLOW_WRITES", "true")
    monkeypatch.setenv("ITOPS_GITHUB_TOKEN_SECRET", "no-such-secret")
    assert "token cannot be read" in opened()["reason"]
    monkeypatch.delenv("ITOPS_GITHUB_TOKEN_SECRET")
    assert "names no secret" in opened()["reason"]
    monkeypatch.setenv("ITOPS_GITHUB_TOKEN", TOKEN)
    assert opened()["outcome"] == "sent"
    assert len(github.issues) == 1
