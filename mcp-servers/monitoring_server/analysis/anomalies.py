"""Finds what changed in any set of metric series: what, which way, since when and how much.

`detect` looks back over whole series, for incident work; `streaming_scores` scores row by row.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from monitoring_server.analysis.changes import find_changes
from monitoring_server.analysis.findings import Detection, Examined, Finding, Shape, number
from monitoring_server.analysis.telling import gaps, resets, told
from monitoring_server.analysis.tidy_series import TidySeries, tidy
from monitoring_server.analysis.usual import usual

Points = Sequence[tuple[datetime, float | None]]

MOST_FINDINGS = 20
MOST_SERIES_TOLD = 50
_MOST_EACH = 3
_FEWEST_POINTS = 8
_LONGEST_NAME = 120


def detect(
    series: Mapping[str, Points], since: datetime | None = None, limit: int = MOST_FINDINGS
) -> Detection:
    """Return what is not as usual in `series`, by name, most telling first.

    With `since`, only what began, or still went on, after it; earlier points are history.
    """
    after = since if since is None or since.tzinfo else since.replace(tzinfo=UTC)
    found: list[Finding] = []
    examined: list[Examined] = []
    for name, points in series.items():
        state, findings = _examine(tidy(_short(name), points), after)
        examined.append(state)
        found += findings
    found.sort(key=lambda one: (-one.confidence, one.onset, one.series))
    examined.sort(key=lambda one: (-one.findings, one.series))
    return Detection(
        findings=tuple(found[:limit]),
        examined=tuple(examined[:MOST_SERIES_TOLD]),
        findings_left_out=max(0, len(found) - limit),
        series_left_out=max(0, len(examined) - MOST_SERIES_TOLD),
    )


def _examine(series: TidySeries, since: datetime | None) -> tuple[Examined, list[Finding]]:
    count = len(series.values)
    if count < _FEWEST_POINTS:
        shape = Shape.TOO_SHORT if count else Shape.NO_DATA
        note = f"only {count} usable points; {_FEWEST_POINTS} are needed" if count else "no values"
        return Examined(series=series.name, shape=shape, points=count, note=note), []
    findings = gaps(series)
    if min(series.values) == max(series.values):
        shape, note = Shape.CONSTANT, f"always {number(series.values[0])}"
    else:
        base = usual(series)
        found = find_changes(base.residuals, series.values, base.is_daily)
        findings += resets(series)
        findings += [told(series, base, change) for change in found]
        shape = Shape.DAILY if base.is_daily else Shape.PLAIN
        note = (
            f"compared with the same hour on up to {base.earlier_days} earlier days"
            if base.is_daily
            else f"compared with its own level; usual scatter {number(base.spread)}"
        )
        if series.is_counter:
            shape, note = Shape.COUNTER, f"a counter, read as its increase a step; {note}"
    kept = [one for one in findings if since is None or one.until is None or one.until >= since]
    kept.sort(key=lambda one: (-one.confidence, one.onset))
    kept = kept[:_MOST_EACH]
    state = Examined(series=series.name, shape=shape, points=count, findings=len(kept), note=note)
    return state, kept


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
