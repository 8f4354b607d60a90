"""`itops maintenance` and `itops intake` against a server that speaks the API's shape."""

import os
import subprocess
import sys
from collections.abc import Generator

import pytest

from tests.unit.cli_server import TOKEN, ApiServer, serving

WINDOW = {
    "window_id": "MNT-1A2B3C4D",
    "services": ["payment-*"],
    "starts_at": "2026-11-20T12:00:00Z",
    "ends_at": "2026-11-20T14:00:00Z",
    "recurrence": None,
    "reason": "a certificate is changed",
    "created_by": "ann",
    "is_open": True,
    "is_over": False,
}


@pytest.fixture
def api() -> Generator[ApiServer]:
    with serving() as server:
        yield server


def itops(api: ApiServer, *words: str) -> "subprocess.CompletedProcess[str]":
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", "from itops_cli.main import main; main()", *words],
        env={**kept, "ITOPS_API_URL": f"{api.url}/api", "ITOPS_API_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_window_is_added_for_so_long_from_when_it_is_said(api: ApiServer) -> None:
    api.answers("POST", "/api/maintenance", WINDOW, 201)
    words = ("--from", "2026-11-20T12:00:00Z", "--for", "2h", "--reason", "a certificate")

    done = itops(api, "maintenance", "add", "payment-*", *words)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("MNT-1A2B3C4D")
    (request,) = api.requests
    assert request.body["ends_at"] == "2026-11-20T14:00:00+00:00"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--for", "soon"), "no length of time"),
        (("--from", "2026-11-20T12:00", "--for", "1h"), "needs its offset"),
        ((), "either --until or --for"),
        (("--on", "mon", "--for", "1h"), "needs --on, --at and --for"),
    ],
)
def test_a_window_that_cannot_be_meant_is_refused_before_it_is_sent(
    api: ApiServer, words: tuple[str, ...], said: str
) -> None:
    done = itops(api, "maintenance", "add", "payment-*", "--reason", "because", *words)

    assert (done.returncode, api.requests) == (2, [])
    assert said in done.stderr


def test_dead_letters_are_listed_with_their_reasons(api: ApiServer) -> None:
    letter = {"letter_id": "a-1", "reason": "no JSON", "body": "\x1b[31mx", "buried_at": None}
    api.answers("GET", "/api/intake/dead-letters", {"items": [letter], "cursor": None})

    done = itops(api, "intake", "dlq", "list")

    assert "no JSON" in done.stdout
    assert "\x1b" not in done.stdout
