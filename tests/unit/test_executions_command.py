"""`itops executions` on histories in files."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from itops_cli.commands.executions import app
from itops_cli.failures import exit_code_of
from itops_cli.screen.console import console
from itops_cli.screen.execution import show_families
from itops_core.errors import InvalidInputError, NotFoundError
from monitoring_server.analysis.executions.families import Failed, families_of
from tests.support.recordings import FOLDER, NAMES

ROOT = Path(__file__).parents[2]


def files(name: str) -> list[str]:
    return [
        "--history",
        str(FOLDER / f"{name}.history.json"),
        "--definition",
        str(FOLDER / f"{name}.definition.json"),
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_recording_is_drawn_and_explained(name: str) -> None:
    result = CliRunner().invoke(app, ["explain", *files(name)])

    assert result.exit_code == 0, result.output
    assert "confidence" in result.output
    assert "hunter22" not in result.output


def test_the_drawing_marks_what_failed_and_what_was_not_taken() -> None:
    output = CliRunner().invoke(app, ["explain", *files("lambda-python-exception")]).output

    assert "✔ Extract" in output
    assert "✘ Transform  Task  2 retries  ← failed first" in output
    assert "· Load" in output
    assert "Fix first, then redrive" in output


def test_a_script_gets_the_explanation_the_advice_and_the_picture() -> None:
    output = CliRunner().invoke(app, ["explain", *files("map-poisoned-item"), "--json"]).output

    told = json.loads(output)
    assert told["explanation"]["failed_state"]["name"] == "Book"
    assert told["advice"]["step"] == "fix_then_redrive"
    assert {node["name"] for node in told["picture"]["nodes"]} == {"Orders", "Book"}


def test_two_files_are_compared() -> None:
    good = str(FOLDER / "good-run.history.json")

    result = CliRunner().invoke(
        app, ["compare", *files("lambda-python-exception"), "--good-history", good]
    )

    assert result.exit_code == 0, result.output
    assert "They part at Transform" in result.output
    assert "$.schema" in result.output


@pytest.mark.parametrize("arguments", [["explain"], ["explain", "arn:x", "--history", "."]])
def test_neither_or_both_of_arn_and_file_are_refused(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)

    assert result.exit_code != 0


def test_a_file_without_events_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text('{"events": []}', encoding="utf-8")

    result = CliRunner().invoke(app, ["explain", "--history", str(empty)])

    assert isinstance(result.exception, InvalidInputError)
    assert "holds no events" in str(result.exception)


@pytest.fixture
def own_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in an account of one's own, with nothing configured but what a test sets."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_aws():
        yield
    boto3.DEFAULT_SESSION = None


@pytest.mark.usefixtures("own_account")
def test_without_a_region_one_is_asked_for() -> None:
    result = CliRunner().invoke(app, ["failed", "--aws"])

    assert isinstance(result.exception, InvalidInputError)
    assert "AWS_REGION" in str(result.exception)


@pytest.mark.usefixtures("own_account")
@pytest.mark.parametrize(
    "words",
    [
        ["explain", "arn:aws:states:us-east-1:123456789012:execution:nightly:none"],
        ["compare", "arn:aws:states:us-east-1:123456789012:execution:nightly:none"],
        ["failed", "nightly"],
    ],
)
def test_what_does_not_exist_ends_as_not_found(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    result = CliRunner().invoke(app, [*words, "--aws"])

    assert isinstance(result.exception, NotFoundError)
    assert exit_code_of(result.exception) == 3
    assert "list_failed_executions" not in str(result.exception)


@pytest.mark.usefixtures("own_account")
def test_of_an_unknown_execution_the_command_that_names_the_failed_ones_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")

    result = CliRunner().invoke(
        app, ["explain", "arn:aws:states:us-east-1:123456789012:execution:a:b", "--aws"]
    )

    assert "`itops executions failed` names those that failed" in str(result.exception)


def test_the_latest_execution_of_every_family_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    console.cache_clear()
    at = datetime(2026, 11, 19, 2, tzinfo=UTC)
    runs = [
        Failed(
            execution_arn=f"arn:aws:states:us-east-1:123456789012:execution:nightly:r{number}",
            name=f"r{number}", state_machine="nightly", status="FAILED", started_at=at,
            state=f"S{number}", error="KeyError",
        )
        for number in range(5)
    ]  # fmt: skip

    show_families(families_of(runs))

    printed = capsys.readouterr().out
    assert all(f"execution:nightly:r{number}" in printed for number in range(5))
    console.cache_clear()


def shown_in_the_docs() -> list[tuple[str, str]]:
    page = (ROOT / "docs" / "step-functions.md").read_text(encoding="utf-8")
    blocks = [part.split("```", 1)[0] for part in page.split("```console\n")[1:]]
    found: list[tuple[str, str]] = []
    for block in blocks:
        lines = block.removeprefix("$ itops executions ").splitlines()
        length = next(place for place, line in enumerate(lines) if not line.endswith("\\")) + 1
        command = " ".join(line.rstrip("\\").strip() for line in lines[:length])
        found.append((command, "\n".join(lines[length:]).strip()))
    return found


@pytest.fixture
def usual_width(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Print as into a pipe, whatever width the machine that runs the tests asks for."""
    monkeypatch.delenv("COLUMNS", raising=False)
    console.cache_clear()
    yield
    console.cache_clear()


@pytest.mark.usefixtures("usual_width")
@pytest.mark.parametrize(("command", "output"), shown_in_the_docs())
def test_the_docs_show_what_is_really_printed(
    command: str, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)

    printed = CliRunner().invoke(app, command.split()).output

    assert "\n".join(line.rstrip() for line in printed.splitlines()).strip() == output
