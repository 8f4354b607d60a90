"""What the command line says in words: lists on narrow screens, refusals, figures."""

import os
import subprocess
import sys
from collections.abc import Callable, Generator

import pytest

from itops_core.domain.incident import TimelineEvent
from itops_core.domain.remediation import ApprovalStatus
from tests.unit.cli_incidents import (
    APPROVAL_ID,
    ID,
    a_resolved_incident,
    after,
    an_approval,
    as_json,
)
from tests.unit.cli_server import TOKEN, ApiServer, problem, serving

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def api() -> Generator[ApiServer]:
    with serving() as server:
        yield server


@pytest.fixture
def itops(api: ApiServer) -> Run:
    return lambda *words, **more: _itops(
        *words, **{"ITOPS_API_URL": f"{api.url}/api", "ITOPS_API_TOKEN": TOKEN, **more}
    )


def _itops(*words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", "from itops_cli.main import main; main()", *words],
        env={**kept, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.parametrize("what", ["incidents", "approvals"])
def test_on_a_narrow_screen_a_list_is_told_row_by_row_with_words_left_whole(
    api: ApiServer, itops: Run, what: str
) -> None:
    given = {"incidents": as_json(a_resolved_incident()), "approvals": an_approval().public()}
    api.answers("GET", f"/api/{what}", {"items": [given[what]], "cursor": None})

    narrow = itops(what, "list", COLUMNS="40").stdout
    wide = itops(what, "list", COLUMNS="120").stdout

    lines = narrow.splitlines()
    assert len(lines) < 15
    assert max(map(len, lines)) <= 40
    assert "severity high" in " ".join(narrow.split())
    assert ID in narrow
    assert "severity" in wide.splitlines()[1]


@pytest.mark.parametrize(
    ("service", "told"),
    [
        ("checkuot", "the catalog knows no checkuot: nothing is known of its owner and its "
         "dependencies; did you mean checkout?"),
        ("nonexistent-svc", "the catalog knows no nonexistent-svc"),
        ("checkout", ""),
    ],
)  # fmt: skip
def test_of_a_service_that_the_catalog_lacks_it_is_said_when_the_incident_is_opened(
    api: ApiServer, itops: Run, service: str, told: str
) -> None:
    api.answers("POST", "/api/incidents", {"incident_id": ID}, 201)
    api.answers("GET", "/api/pipelines", {"items": [{"entry_id": "checkout"}]})

    done = itops("incidents", "create", "slow", "--service", service)

    assert done.returncode == 0
    assert f"{ID} is open" in done.stdout
    assert (told in done.stderr) if told else (done.stderr == "")


def test_a_refused_field_is_called_as_the_option_that_it_was_given_with(
    api: ApiServer, itops: Run
) -> None:
    refused = problem(422, "the body cannot be used as it is")
    refused["errors"] = ["resolution needs at least 3 characters", "affected_services.0 is empty"]
    api.answers("POST", f"/api/incidents/{ID}/resolve", refused, 422)

    done = itops("incidents", "resolve", ID, "--reason", "x")

    assert done.returncode == 2
    assert "--reason needs at least 3 characters; --service is empty" in done.stderr
    assert "body" not in done.stderr


def test_an_api_that_is_gone_is_told_with_what_to_do(itops: Run) -> None:
    done = itops("incidents", "list", ITOPS_API_URL="http://127.0.0.1:9/api")

    assert done.returncode == 6
    assert "itops local up" in done.stderr
    assert "ITOPS_API_URL" in done.stderr


def test_nobody_is_asked_why_where_it_is_decided_already(api: ApiServer, itops: Run) -> None:
    decided = an_approval(status=ApprovalStatus.APPROVED).public()
    api.answers("GET", f"/api/approvals/{APPROVAL_ID}", decided)

    done = itops("approvals", "approve", APPROVAL_ID)

    assert done.returncode == 5
    assert f"{APPROVAL_ID} is approved already" in done.stderr
    assert "--reason" not in done.stderr


def test_what_one_look_brings_is_told_in_the_order_in_which_it_happened(
    api: ApiServer, itops: Run
) -> None:
    told = TimelineEvent(
        incident_id=ID, event_id="n", at=after(10.5), kind="notified", actor="itops",
        message="people were told",
    )  # fmt: skip
    api.answers("GET", f"/api/incidents/{ID}", as_json(a_resolved_incident()))
    api.pages(f"/api/incidents/{ID}/steps", [])
    api.pages(f"/api/incidents/{ID}/timeline", [as_json(told)])

    lines = itops("incidents", "watch", ID).stdout.splitlines()

    seconds = [float(line.split()[0][1:-1]) for line in lines if line.lstrip().startswith("+")]
    assert seconds == sorted(seconds)
    assert "notified" in lines[-1]
