"""The command line on the local cloud: tokens, scenarios, status, a tool server over stdio."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

import anyio
import httpx2
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from local_cloud.address import Address

Itops = Callable[..., "subprocess.CompletedProcess[str]"]
_PROGRAM = "from itops_cli.main import main; main()"


@pytest.fixture
def itops(cloud: Address) -> Itops:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-P", "-c", _PROGRAM, *words],
            env={**kept, "ITOPS_HOME": str(cloud.folder)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def test_a_new_token_works_at_once_and_not_after_it_was_revoked(
    cloud: Address, itops: Itops, unique: Callable[[str], str]
) -> None:
    name = unique("alice")

    made = json.loads(itops("token", "create", name, "--role", "viewer", "--json").stdout)
    before = _listed(cloud, made["token"])
    revoked = itops("token", "revoke", name)
    after = _listed(cloud, made["token"])

    assert before == 200
    assert revoked.returncode == 0, revoked.stderr
    assert after in {401, 403}
    assert itops("token", "revoke", name).returncode == 3


def test_a_printed_link_signs_in_once_in_the_role_that_was_asked_for(
    cloud: Address, itops: Itops
) -> None:
    told = json.loads(itops("link", "--role", "viewer", "--to", "/stats", "--json").stdout)
    page, _, rest = told["link"].partition("#code=")
    code, _, leads_to = rest.partition("&to=")

    def sign_in() -> httpx2.Response:
        asked = f"{cloud.api_url}/sign-in"
        return httpx2.post(asked, json={"code": code}, trust_env=False, timeout=60.0)

    first, second = sign_in(), sign_in()

    assert (page, leads_to) == (cloud.ui_url, "/stats")
    assert (first.status_code, first.json()["role"]) == (201, "viewer")
    assert second.status_code == 409
    assert "itops link" in second.json()["detail"]
    assert _listed(cloud, first.json()["token"]) == 200


def test_tokens_of_a_stack_in_an_account_are_listed_with_the_accounts_credentials(
    cloud: Address,
) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", _PROGRAM, "token", "list", "--stack", "ITOps", "--json"],
        env={"PATH": os.environ.get("PATH", os.defpath), **cloud.environment()},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "local-admin" in {item["name"] for item in json.loads(done.stdout)["items"]}


def test_a_viewer_may_look_but_not_open_incidents(
    cloud: Address, itops: Itops, unique: Callable[[str], str]
) -> None:
    made = json.loads(itops("token", "create", unique("eve"), "--role", "viewer", "--json").stdout)

    answer = httpx2.post(
        f"{cloud.api_url}/incidents",
        json={"title": "slow", "affected_services": ["cart"]},
        headers={"Authorization": f"Bearer {made['token']}"},
        trust_env=False,
        timeout=60,
    )

    assert answer.status_code == 403


def test_the_scenarios_are_listed_with_what_happens_in_them(itops: Itops) -> None:
    items = json.loads(itops("scenario", "list", "--json").stdout)["items"]

    assert len(items) >= 6
    assert all(item["title"] for item in items)


@pytest.mark.parametrize("words", [("inject", "no-such-fault"), ("clear", "no-such-fault")])
def test_a_scenario_that_does_not_exist_is_refused_in_a_sentence(
    itops: Itops, words: tuple[str, ...]
) -> None:
    done = itops("scenario", *words)

    assert done.returncode in {2, 3}
    assert "no-such-fault" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_fault_that_strikes_the_same_service_says_which_one_it_ends(
    itops: Itops, unique: Callable[[str], str]
) -> None:
    suffix = unique("f")

    first = itops("scenario", "inject", "blind-spot", "--suffix", suffix)
    second = itops("scenario", "inject", "payment-oom", "--suffix", suffix)
    itops("scenario", "clear", f"payment-oom.{suffix}")

    assert first.returncode == 0, first.stderr
    assert "is over" not in first.stdout
    assert f"blind-spot.{suffix} is over" in second.stdout


def test_status_tells_where_it_answers(cloud: Address, itops: Itops) -> None:
    told = json.loads(itops("local", "status", "--json").stdout)

    assert told["api_url"] == cloud.api_url
    assert told["stacks"]["ITOps"].endswith("_COMPLETE")


def test_an_unknown_incident_is_not_found(itops: Itops) -> None:
    done = itops("incidents", "show", "INC-00000000")

    assert done.returncode == 3
    assert "INC-00000000" in done.stderr


def test_a_tool_server_speaks_mcp_over_stdio_with_the_local_clouds_data(cloud: Address) -> None:
    server = StdioServerParameters(
        command=sys.executable,
        args=["-P", "-c", _PROGRAM, "mcp", "serve", "monitoring", "--folder", str(cloud.folder)],
        env={"PATH": os.environ.get("PATH", os.defpath)},
    )

    async def ask() -> dict[str, object] | None:
        async with Client(stdio_client(server)) as client:
            answer = await client.call_tool("list_alarms", {})
            return answer.structured_content

    told = anyio.run(ask)

    assert told is not None
    assert told["data_source"] == "cloudwatch"


def _listed(cloud: Address, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    asked = f"{cloud.api_url}/incidents"
    return httpx2.get(asked, headers=headers, trust_env=False, timeout=60.0).status_code
