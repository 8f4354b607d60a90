"""`itops maintenance` and `itops intake` against a server that speaks the API's shape."""

import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

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
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-c", "from itops_cli.main import main; main()", *words],
        env={**kept, "ITOPS_API_URL": f"{api.url}/api", "ITOPS_API_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_a_window_is_added_for_so_long_from_when_it_is_said(api: ApiServer) -> None:
    api.answers("POST", "/api/maintenance", WINDOW, 201)
    words = ("--from", "2026-11-20T12:00:00Z", "--for", "2h", "--reason", "a certificate")

    done = itops(api, "maintenance", "add", "payment-*", *words)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("MNT-1A2B3C4D")
    request = api.requests[0]
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


def test_a_letter_that_is_not_in_the_queue_ends_as_something_not_found(api: ApiServer) -> None:
    answer = {"handled": [], "missing": ["NOPE"]}
    api.answers("POST", "/api/intake/dead-letters/redrive", answer)
    api.answers("POST", "/api/intake/dead-letters/discard", answer)

    redriven = itops(api, "intake", "dlq", "redrive", "NOPE")
    discarded = itops(api, "intake", "dlq", "discard", "NOPE", "--reason", "a test")

    for done in (redriven, discarded):
        assert done.returncode == 3
        assert "NOPE is not in the queue" in done.stderr


def test_a_window_that_is_over_is_not_removed_again(api: ApiServer) -> None:
    over = {**WINDOW, "is_open": False, "is_over": True}
    api.answers("GET", "/api/maintenance/MNT-1A2B3C4D", {"window": over, "held": []})

    done = itops(api, "maintenance", "remove", "MNT-1A2B3C4D")

    assert done.returncode == 5
    assert "is over since 2026-11-20 14:00 UTC" in done.stderr
    assert [one.method for one in api.requests] == ["GET"]


def test_one_alarm_that_is_held_back_is_counted_as_one(api: ApiServer) -> None:
    held = {"alarm": "a", "service": "b", "state": "ALARM"}
    api.answers("GET", "/api/maintenance/MNT-1A2B3C4D", {"window": WINDOW, "held": [held]})

    done = itops(api, "maintenance", "show", "MNT-1A2B3C4D")

    assert "1 alarm is held back" in done.stdout


@pytest.mark.parametrize(
    ("name", "doubt"),
    [
        ("paymnt-service", "did you mean payment-service?"),
        ("warehouse-*", "the catalog knows no warehouse-*"),
        ("payment-*", None),
    ],
)
def test_a_window_for_a_name_that_the_catalog_lacks_is_added_with_a_warning(
    api: ApiServer, name: str, doubt: str | None
) -> None:
    api.answers("POST", "/api/maintenance", WINDOW, 201)
    api.answers("GET", "/api/pipelines", {"items": [{"entry_id": "payment-service"}]})

    done = itops(api, "maintenance", "add", name, "--for", "2h", "--reason", "a certificate")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("MNT-1A2B3C4D")
    assert ("the catalog knows no" in done.stdout) is (doubt is not None)
    assert (doubt or "") in done.stdout


def test_a_secret_file_without_a_secret_is_said_to_be_so(api: ApiServer, tmp_path: Path) -> None:
    for content in ("", "\n\n"):
        secret = tmp_path / "secret"
        secret.write_text(content, encoding="utf-8")

        done = itops(api, "intake", "sign", str(secret), "--secret-file", str(secret))

        assert done.returncode == 2
        assert "holds no secret" in done.stderr


def test_a_place_where_nobody_is_told_is_refused_with_those_there_are(api: ApiServer) -> None:
    done = itops(api, "notifications", "received", "--place", "pigeon")

    assert done.returncode == 2
    assert all(place in done.stderr for place in ("slack", "teams", "github", "mail"))
