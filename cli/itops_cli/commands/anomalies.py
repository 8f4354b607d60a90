"""`itops anomalies`: score each row of a `timestamp,value` file, as if it came in live."""

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from itops_cli.options import AsJson
from itops_cli.screen.console import console, counted, print_json_line, say
from itops_core.errors import InvalidInputError
from monitoring_server.analysis.streaming_scores import ALARMING, JOINED_ROWS, score_stream

app = typer.Typer(add_completion=False)

_COLUMNS = ("timestamp", "value")
_CLOCK_CHANGE = timedelta(hours=1)
_MOST_SHOWN = 20


@dataclass(frozen=True)
class Window:
    """A stretch of alarming rows."""

    start: int
    end: int
    score: float


@app.command()
def anomalies(
    file: Annotated[
        Path,
        typer.Option(
            "--csv", exists=True, dir_okay=False, help="Rows of timestamp,value, oldest first."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Score each row from 0 to 1 by what is known up to it, and tell the alarming stretches."""
    texts, moments, values = _read(file)
    scores = score_stream(moments, values)
    windows = _windows(scores)
    if as_json:
        told = [
            {"start": texts[one.start], "end": texts[one.end], "score": round(one.score, 4)}
            for one in windows
        ]
        print_json_line({"scores": [round(score, 5) for score in scores], "windows": told})
        return
    if not windows:
        say(f"{counted(len(values), 'row')}, nothing alarming.")
        return
    table = Table("from", "to", "value", "score", box=None)
    for one in sorted(windows, key=lambda each: -each.score)[:_MOST_SHOWN]:
        value = f"{values[one.start]:.6g}"
        table.add_row(texts[one.start], texts[one.end], value, f"{one.score:.2f}")
    say(
        f"{counted(len(values), 'row')}, "
        f"{counted(len(windows), 'alarming stretch', 'alarming stretches')}, most alarming first:"
    )
    console().print(table)


def _windows(scores: list[float]) -> list[Window]:
    """Return the alarming stretches; alarming rows close to each other are one."""
    windows: list[Window] = []
    for row, score in enumerate(scores):
        if score < ALARMING:
            continue
        if windows and row - windows[-1].end <= JOINED_ROWS:
            last = windows.pop()
            windows.append(Window(last.start, row, max(last.score, score)))
        else:
            windows.append(Window(row, row, score))
    return windows


def _read(file: Path) -> tuple[list[str], list[datetime], list[float]]:
    """Return the timestamps as they stand there, as moments, and the values."""
    texts: list[str] = []
    moments: list[datetime] = []
    values: list[float] = []
    for line, (text, number) in _rows(file):
        at = _moment(text, line)
        if moments and at < moments[-1] - _CLOCK_CHANGE:
            raise InvalidInputError(
                f"line {line}: time goes back, from {texts[-1]} to {text}; sort the rows"
            )
        texts.append(text)
        moments.append(at)
        values.append(_value(number, line))
    if not values:
        raise InvalidInputError(f"{file.name} has no rows")
    return texts, moments, values


def _rows(file: Path) -> Iterator[tuple[int, tuple[str, str]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.reader(opened)
            header = [name.strip().lower() for name in next(reader, [])]
            missing = [name for name in _COLUMNS if name not in header]
            if missing:
                raise InvalidInputError(
                    f"{file.name} has no column {' and '.join(missing)}; "
                    "its first line has to be: timestamp,value"
                )
            at, value = header.index("timestamp"), header.index("value")
            for row in reader:
                if not row:
                    continue
                if len(row) <= max(at, value):
                    raise InvalidInputError(f"line {reader.line_num}: a column is missing")
                yield reader.line_num, (row[at].strip(), row[value].strip())
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInputError(f"{file.name} is not a CSV file: {error}") from error
    except OSError as error:
        raise InvalidInputError(f"{file.name} cannot be read: {error.strerror}") from error


def _moment(text: str, line: int) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(
            f"line {line}: {text[:40]!r} is not a time such as 2026-11-20 03:05:00"
        ) from error
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _value(text: str, line: int) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise InvalidInputError(f"line {line}: {text[:40]!r} is not a number") from error
    if not math.isfinite(value):
        raise InvalidInputError(f"line {line}: the value is {text}, which is not a number")
    return value
