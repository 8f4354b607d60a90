"""Whoever names another deployment works on that one, and never on the local cloud unawares."""

import json

import pytest

from tests.support.runs import itops
from tests.unit.cli_server import TOKEN, problem, serving

WHY = ("--reason", "the deploy looks wrong")
EARNED = {
    "action": "restart_ecs_service", "helped": 9, "of": 10, "seeded": 30.0, "share": 0.9,
    "lower_bound": 0.85, "bar": 0.8, "earned": True,
}  # fmt: skip


def standing(*, on: bool) -> dict[str, object]:
    return {
        "enabled": on,
        "reason": "a person turned it",
        "items": [
            {"name": "restart_ecs_service", "autonomy": EARNED},
            {"name": "x", "autonomy": None},
        ],
    }


@pytest.mark.parametrize(("verb", "on"), [("on", True), ("off", False)])
def test_the_switch_of_the_deployment_that_is_named_is_turned_over_its_api(
    verb: str, on: bool
) -> None:
    with serving() as api:
        url = f"{api.url}/api"
        api.answers("POST", "/api/actions/switch", standing(on=on))

        done = itops("actions", verb, *WHY, ITOPS_API_URL=url, ITOPS_API_TOKEN=TOKEN)

    assert done.returncode == 0, done.stderr
    assert [one.body for one in api.requests] == [{"on": on, "reason": WHY[1]}]
    assert f"Actions are {verb.upper()} in {url}" in " ".join(done.stdout.split())


def test_what_the_named_deployment_forbids_is_not_said_to_be_done() -> None:
    with serving() as api:
        api.answers("POST", "/api/actions/switch", problem(403, "this needs the role admin"), 403)
        url = f"{api.url}/api"

        done = itops("actions", "off", *WHY, ITOPS_API_URL=url, ITOPS_API_TOKEN=TOKEN)

    assert (done.returncode, done.stdout) == (4, "")
    assert "admin" in done.stderr


def test_its_standing_is_read_over_its_api() -> None:
    with serving() as api:
        url = f"{api.url}/api"
        api.answers("GET", "/api/actions", standing(on=True))

        done = itops("actions", "status", "--json", ITOPS_API_URL=url, ITOPS_API_TOKEN=TOKEN)

    told = json.loads(done.stdout)
    assert (told["on"], told["deployment"]) == (True, url)
    assert [one["action"] for one in told["autonomy"]] == ["restart_ecs_service"]


@pytest.mark.parametrize(
    "words",
    [
        ("token", "list"),
        ("token", "create", "eve", "--role", "viewer"),
        ("link",),
        ("executions", "failed"),
        ("scenario", "inject", "payment-oom"),
        ("testdata", "generate"),
        ("notifications", "received"),
    ],
)
def test_what_only_the_local_cloud_can_do_is_refused_where_another_is_named(
    words: tuple[str, ...],
) -> None:
    url = "https://itops.prod.example/api"

    done = itops(*words, ITOPS_API_URL=url, ITOPS_API_TOKEN=TOKEN)

    assert done.returncode == 2, done.stdout + done.stderr
    assert f"ITOPS_API_URL names {url}" in done.stderr


def test_what_the_machine_refuses_is_told_in_a_sentence() -> None:
    done = itops("local", "up", ITOPS_HOME="/dev/null")

    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "/dev/null" in done.stderr
