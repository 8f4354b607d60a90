"""The journal: whole lines at once, without secrets, bounded, and never in the way of a run."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from itops_core.errors import InvalidInputError
from itops_core.tools.journal import FileJournal, LoggedJournal


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_an_event_is_in_the_file_before_the_next_one_is_written(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "run.jsonl"
    journal = FileJournal(path, "RUN-1")

    journal.write("tool_call", server="fleet", tool="look", arguments={})

    (event,) = lines_of(path)
    assert (event["v"], event["seq"], event["run_id"]) == (1, 1, "RUN-1")
    journal.close()


def test_no_secret_gets_into_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    journal = FileJournal(path, "RUN-1")

    journal.write(
        "tool_result",
        server="monitoring",
        tool="logs",
        status="ok",
        content={"password": "hunter2", "lines": ["AKIAABCDEFGHIJKLMNOP logged in"]},
        message="Authorization: Bearer abcdef1234567890",
    )
    journal.close()

    written = path.read_text(encoding="utf-8")
    for secret in ("hunter2", "AKIAABCDEFGHIJKLMNOP", "abcdef1234567890"):
        assert secret not in written


def test_what_is_too_long_is_cut_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    journal = FileJournal(path, "RUN-1")

    journal.write("reasoning", thought="x" * 100_000, calls=list(range(500)))
    journal.close()

    (event,) = lines_of(path)
    assert event["thought"].endswith("(100000 characters)")
    assert event["calls"][-1] == "… 440 more"
    assert len(path.read_bytes()) < 10_000


def test_a_log_is_never_written_over_another(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    FileJournal(path, "RUN-1").close()

    with pytest.raises(InvalidInputError, match="cannot be written"):
        FileJournal(path, "RUN-2")


def test_a_journal_that_can_no_longer_be_written_does_not_end_the_run(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "run.jsonl", "RUN-1")
    journal.close()

    journal.write("tool_call", server="fleet", tool="look", arguments={})

    assert "the log ends at event 1" in journal.trouble


def test_in_a_function_events_are_structured_log_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logger = Logger(service="journal-test", level=logging.INFO)

    LoggedJournal(logger).write(
        "tool_result", tool="look", status="ok", message="token=abcd1234efgh"
    )

    event = json.loads(capsys.readouterr().out)
    assert (event["event"], event["tool"]) == ("tool_result", "look")
    assert "abcd1234efgh" not in json.dumps(event)
