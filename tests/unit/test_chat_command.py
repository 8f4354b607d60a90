"""The terminal's chat, runs and pipelines: over a recording, and against the API's shape."""

import json
from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from itops_cli.commands import chat, pipelines, runs
from itops_cli.screen.console import console
from itops_core.domain.values import utc_now
from itops_core.errors import InvalidInputError
from tests.unit.cli_server import TOKEN, ApiServer, serving

WHY = "why did customer-etl fail?"
GOAL = "find out why customer-etl fails and create a ticket if needed"


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Generator[CliRunner]:
    monkeypatch.setenv("COLUMNS", "400")
    console.cache_clear()
    yield CliRunner()
    console.cache_clear()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Generator[ApiServer]:
    with serving() as server:
        monkeypatch.setenv("ITOPS_API_URL", f"{server.url}/api")
        monkeypatch.setenv("ITOPS_API_TOKEN", TOKEN)
        yield server


def test_a_question_to_a_recording_is_answered_in_four_parts(terminal: CliRunner) -> None:
    told = terminal.invoke(chat.app, ["--mock", WHY])

    assert told.exit_code == 0
    parts = ("Summary", "Evidence", "Probable cause", "Next steps")
    assert [line for line in told.stdout.splitlines() if line in parts] == list(parts)
    assert "ProvisionedThroughputExceededException" in told.stdout
    assert "0 tokens" in told.stdout


def test_a_conversation_in_the_terminal_keeps_its_pipeline(terminal: CliRunner) -> None:
    # Not yesterday: soon after midnight that is where the recording lies.
    day = (utc_now() - timedelta(days=3)).date()
    told = terminal.invoke(chat.app, ["--mock"], input=f"{WHY}\nmake tea\nand on {day}?\n\n")

    assert told.exit_code == 0
    assert "do not know 'make', 'tea'" in told.stdout
    assert f"customer-etl, on {day} (UTC): customer-etl did not fail in that time" in told.stdout
    assert "its last failure was" in told.stdout


def test_an_answer_is_json_for_scripts(terminal: CliRunner) -> None:
    told = terminal.invoke(
        chat.app, ["--mock", "--json", "--hours", "3", "?", "-p", "customer-etl"]
    )

    turn = json.loads(told.stdout)
    assert turn["reading"]["window"] == "the last 3 hours"
    assert turn["answer"]["evidence"]


def test_a_conversation_of_a_deployment_cannot_be_gone_on_with_over_a_recording(
    terminal: CliRunner,
) -> None:
    told = terminal.invoke(chat.app, ["--mock", "-c", "CNV-00000000", WHY])

    assert isinstance(told.exception, InvalidInputError)


def test_a_run_over_a_recording_tells_its_steps_and_draws_its_report(
    terminal: CliRunner, tmp_path: Path
) -> None:
    page = tmp_path / "report.html"

    told = terminal.invoke(runs.app, ["create", "--mock", GOAL, "--report", str(page)])

    assert told.exit_code == 0
    assert "1 plan" in told.stdout
    assert "Waits for consent: a ticket on customer-etl" in told.stdout
    assert "needs_approval" in told.stdout
    assert "<svg" in page.read_text(encoding="utf-8")


def test_the_trend_of_a_pipeline_is_drawn_by_day(terminal: CliRunner, api: ApiServer) -> None:
    day = {"since": "2026-11-19T00:00:00Z", "until": "2026-11-20T00:00:00Z"}
    api.answers(
        "GET",
        "/api/pipelines/labels/trend",
        {
            "days": [{**day, "failed": 4, "succeeded": 6}],
            "trend": {"sentence": "Failures are increasing: 4 of 10."},
        },
    )

    told = terminal.invoke(pipelines.app, ["trend", "labels", "--days", "5"])

    assert "2026-11-20     4 of 10    " in told.stdout
    assert "Failures are increasing" in told.stdout
    assert api.requests[0].query == {"days": "5"}
