"""`itops anomalies` at the command line: what it prints, and how bad files are refused."""

import json
import random
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from itops_cli.commands.anomalies import app
from itops_core.errors import InvalidInputError

HEADER = "timestamp,value\n"


def a_file(folder: Path, rows: int = 700, spike: int = 600) -> Path:
    chance = random.Random(5)  # noqa: S311 - reproducible noise
    at = datetime(2026, 11, 2)
    lines = [
        f"{at + timedelta(minutes=5 * i)},{500 if i == spike else 20 + chance.gauss(0, 1)}"
        for i in range(rows)
    ]
    path = folder / "cpu.csv"
    path.write_text(HEADER + "\n".join(lines) + "\n")
    return path


def test_json_has_a_score_for_each_row_and_the_alarming_stretches(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["--csv", str(a_file(tmp_path)), "--json"])

    told = json.loads(result.stdout)
    assert len(told["scores"]) == 700
    assert told["scores"][600] == max(told["scores"])
    window = next(one for one in told["windows"] if one["start"] == "2026-11-04 02:00:00")
    assert set(window) == {"start", "end", "score"}


def test_without_json_people_get_a_short_table(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["--csv", str(a_file(tmp_path))])

    assert result.exit_code == 0
    assert "700 rows" in result.stdout
    assert "2026-11-04 02:00:00" in result.stdout


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no column timestamp and value"),
        (b"time,value\n2026-11-02 00:00:00,1\n", "no column timestamp"),
        (b"timestamp,value\n", "no rows"),
        (b"timestamp,value\nyesterday,1\n", "'yesterday' is not a time"),
        (b"timestamp,value\n2026-11-02 00:00:00,high\n", "'high' is not a number"),
        (b"timestamp,value\n2026-11-02 00:00:00,nan\n", "not a number"),
        (b"timestamp,value\n2026-11-02 00:00:00,\n", "is not a number"),
        (b"timestamp,value\n2026-11-02 00:00:00\n", "a column is missing"),
        (b"timestamp,value\n2026-11-02 09:00:00,1\n2026-11-02 00:00:00,1\n", "time goes back"),
        (b"\xff\xfe\x00\x01\x80", "not a CSV file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "cpu.csv"
    path.write_bytes(content)

    result = CliRunner().invoke(app, ["--csv", str(path), "--json"])

    assert isinstance(result.exception, InvalidInputError)
    assert told in str(result.exception)


def test_the_command_ends_with_2_and_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "cpu.csv"
    path.write_text("a,b\n1,2\n")

    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from itops_cli.main import main; main()",
            "anomalies",
            "--csv",
            str(path),
            "--json",
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("itops: ")
