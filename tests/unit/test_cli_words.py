"""What the command line says in words: lists on narrow screens, refusals, figures."""

import os
import subprocess
import sys
from collections.abc import Callable, Generator

import pytest

from tests.unit.cli_incidents import ID, a_resolved_incident, an_approval, as_json
from tests.unit.cli_server import TOKEN, ApiServer, serving

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
