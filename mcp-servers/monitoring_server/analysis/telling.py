"""How a change in a series is told: figures, confidence, and one plain sentence."""

import math
import statistics
from datetime import datetime

from monitoring_server.analysis.change_points import robust_spread
from monitoring_server.analysis.changes import Change
from monitoring_server.analysis.findings import (
    Direction,
    Finding,
    Kind,
    moment,
    number,
    percent_change,
)
from monitoring_server.analysis.tidy_series import TidySeries
from monitoring_server.analysis.usual import Usual

_MOST_EACH = 3


def told(series: TidySeries, base: Usual, change: Change) -> Finding:
    """Return `change` as a finding."""
    rows = base.rows[change.start : change.end]
    onset, last = series.moments[rows[0]], series.moments[rows[-1]]
    until = None if change.end >= len(base.rows) else last
    peak = _most_telling(base, change)
    expected = statistics.fmean(base.expected[change.start : change.end]) + change.before
    if change.kind is Kind.EXCURSION and change.end - change.start < 5:
        expected = base.expected[peak] + change.before
    observed = series.values[base.rows[peak]]
    if change.kind is Kind.LEVEL_SHIFT:
        observed = statistics.median(series.values[row] for row in rows)
    if change.kind is Kind.TREND:
        observed = base.expected[-1] + change.after
    direction = _direction(change, observed - expected)
    has_scatter = math.isfinite(change.deviations) and robust_spread(base.residuals) > 0
    deviations = round(min(change.deviations, 1e6), 1) if has_scatter else None
    return Finding(
        series=series.name,
        kind=change.kind,
        direction=direction,
        onset=onset,
        until=until,
        usual=_rounded(expected),
        observed=_rounded(observed),
        change_percent=percent_change(expected, observed),
        deviations=None if change.kind is Kind.STUCK else deviations,
        confidence=_confidence(change, len(base.rows)),
        sentence=_sentence(series, base, change, (onset, until), (expected, observed)),
    )


def _most_telling(base: Usual, change: Change) -> int:
    rows = range(change.start, change.end)
    if change.kind is Kind.STUCK:
        return rows[-1]
    return max(rows, key=lambda row: abs(base.residuals[row] - change.before))


def _direction(change: Change, apart: float) -> Direction:
    if change.kind is Kind.STUCK or apart == 0:
        return Direction.NONE
    return Direction.UP if apart > 0 else Direction.DOWN


def _confidence(change: Change, count: int) -> float:
    """Return more for what is further off, lasts longer and stands against more history."""
    far = 1 - 2 ** (-min(change.deviations, 100.0) / 5)
    known = count / (count + 10)
    lasting = 1.0 if change.end - change.start > 2 else 0.85
    return round(min(0.99, far * known * lasting), 2)


def _sentence(
    series: TidySeries,
    base: Usual,
    change: Change,
    when: tuple[datetime, datetime | None],
    levels: tuple[float, float],
) -> str:
    onset, until = when
    what = f"{series.name} (increase a step)" if series.is_counter else series.name
    if change.kind is Kind.STUCK:
        return (
            f"{what} has stood still at {number(levels[1])} since {moment(onset)}; "
            f"it never did for so long before."
        )
    percent = percent_change(*levels)
    if change.kind is Kind.TREND:
        way = "risen" if levels[1] > levels[0] else "fallen"
        return (
            f"{what} has {way} steadily from about {number(levels[0])} to {number(levels[1])} "
            f"since {moment(onset)}."
        )
    by = f" ({percent:+.0f} %)" if percent is not None else ""
    verb = "rose" if levels[1] > levels[0] else "fell"
    usually = " usual at this hour" if base.is_daily else ""
    text = f"{what} {verb} from about {number(levels[0])}{usually} to {number(levels[1])}{by}"
    if change.end - change.start == 1:
        return f"{text} at {moment(onset)}, for one point."
    if until is None:
        return f"{text} at {moment(onset)} and has not gone back."
    if change.kind is Kind.LEVEL_SHIFT:
        return f"{text} at {moment(onset)} and stayed there until {moment(until)}."
    return f"{text} at {moment(onset)} and was back after {moment(until)}."


def resets(series: TidySeries) -> list[Finding]:
    """Return the last times that a counter began again."""
    return [
        Finding(
            series=series.name,
            kind=Kind.COUNTER_RESET,
            direction=Direction.DOWN,
            onset=at,
            until=at,
            confidence=0.6,
            sentence=f"{series.name} is a counter and began again from zero by {moment(at)}: "
            "whatever counts was probably restarted.",
        )
        for at in series.resets[-_MOST_EACH:]
    ]


def gaps(series: TidySeries) -> list[Finding]:
    """Return the longest holes."""
    longest = sorted(series.gaps, key=lambda gap: gap[0] - gap[1])[:_MOST_EACH]
    return [
        Finding(
            series=series.name,
            kind=Kind.GAP,
            direction=Direction.NONE,
            onset=start,
            until=end,
            confidence=0.5,
            sentence=f"{series.name} has no values from {moment(start)} to {moment(end)}, "
            f"though it usually comes every {series.step.total_seconds():.0f} seconds.",
        )
        for start, end in longest
    ]


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
