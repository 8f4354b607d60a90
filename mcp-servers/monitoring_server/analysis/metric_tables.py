"""Metric tables and call graphs as CSV text: parsed, or refused with the reason.

A metric table has three header rows (component, metric, statistic), optionally a row that names
the index, then one row for each moment; an empty cell is a missing value. A graph is a matrix
in which the row's component calls the column's where the cell is not zero.
"""

import csv
from collections.abc import Sequence

from itops_core.errors import InvalidInputError
from monitoring_server.analysis.losses import SeriesKey, finite

_HEADERS = 3
_MISSING = {"", "nan", "none", "null", "na", "-"}


def parse_metrics(text: str) -> dict[SeriesKey, tuple[float | None, ...]]:
    """Return every column of a metric table by component, metric and statistic."""
    rows = _rows(text)
    if len(rows) < _HEADERS or len(rows[0]) < 2:
        raise InvalidInputError(
            "a metric table starts with three rows: component, metric and statistic of each column"
        )
    columns = [
        (component.strip(), metric.strip(), statistic.strip())
        for component, metric, statistic in zip(*(row[1:] for row in rows[:3]), strict=False)
    ]
    body = [row for row in rows[_HEADERS:] if any(cell.strip() for cell in row[1:])]
    table: dict[SeriesKey, tuple[float | None, ...]] = {}
    for position, key in enumerate(columns, start=1):
        if all(key) and key not in table:
            table[key] = tuple(_value(row, position) for row in body)
    if not table:
        raise InvalidInputError("the metric table names no column in full")
    return table


def parse_graph(text: str) -> dict[str, tuple[str, ...]]:
    """Return whom each component calls."""
    rows = _rows(text)
    if not rows or len(rows[0]) < 2:
        raise InvalidInputError("a call graph starts with a row of component names")
    names = [name.strip() for name in rows[0][1:]]
    return {
        row[0].strip(): tuple(
            name for position, name in enumerate(names, start=1) if name and _value(row, position)
        )
        for row in rows[1:]
        if row[0].strip()
    }


def _rows(text: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(text.splitlines()) if row]
    except csv.Error as error:
        raise InvalidInputError(f"it is not a CSV file: {error}") from error


def _value(row: Sequence[str], position: int) -> float | None:
    cell = row[position].strip() if position < len(row) else ""
    if cell.lower() in _MISSING:
        return None
    try:
        return finite(float(cell))
    except ValueError as error:
        raise InvalidInputError(
            f"{cell[:40]!r} in the row of {row[0][:40]!r} is not a number"
        ) from error
