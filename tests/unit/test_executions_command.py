"""`itops executions` on histories in files."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from itops_cli.commands.executions import app
from itops_cli.screen.console import console
from itops_core.errors import InvalidInputError
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
