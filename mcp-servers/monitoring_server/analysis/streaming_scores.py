"""Scores each row of a series as it comes in, from that row and earlier ones alone."""

import math
from collections.abc import Sequence
from datetime import datetime

from monitoring_server.analysis.baselines import (
    DailyProfile,
    HourlyScale,
    RollingMedian,
    RollingMoments,
)
from monitoring_server.analysis.shapes import ShapeMemory
from monitoring_server.analysis.surprise import EventGate, OwnHistory

ALARMING = 0.6
"""From this score on a row begins an anomaly worth a look."""

JOINED_ROWS = 80
"""Alarming rows no further apart than this belong to one event."""

_WARM_UP_ROWS = 150
_LONG = 1000
_WINDOWS = (1, 4, 12)
_HALF_WAY = 0.5
_LARGEST = 1e100


class StreamScorer:
    """Several views of one series, each weighed against its own past.

    Nothing in it is tuned to a series: the views cover value, size, spread, step and shape over
    windows of 1 to 12 rows, each against the usual at this time of day.
    """

    def __init__(self) -> None:
        self._rows = 0
        self._before = 0.0
        self._lately = RollingMedian(_LONG)
        self._profile = DailyProfile()
        self._weekly = {size: RollingMoments(size) for size in _WINDOWS}
        self._scaled = {size: RollingMoments(size) for size in _WINDOWS}
        self._size, self._scaled_size = RollingMoments(12), RollingMoments(12)
        self._spread = RollingMoments(12)
        self._value_scale, self._spread_scale = HourlyScale(), HourlyScale()
        self._shape = ShapeMemory()
        self._histories = [OwnHistory() for _ in range(2 * len(_WINDOWS) + 6)]
        self._gate = EventGate(quiet_rows=JOINED_ROWS)

    def score(self, at: datetime, value: float) -> float:
        """Return the score of the next row, 0 to 1; a missing value (NaN) scores 0."""
        if not math.isfinite(value):
            return 0.0
        views = self._views(at, min(max(value, -_LARGEST), _LARGEST))
        signature = [
            history.surprise(view) for history, view in zip(self._histories, views, strict=True)
        ]
        event = self._gate.admit(signature)
        self._rows += 1
        return event / (event + _HALF_WAY) if self._rows > _WARM_UP_ROWS else 0.0

    def _views(self, at: datetime, value: float) -> list[float]:
        usual = self._lately.median if self._rows else value
        daily = value - self._profile.expected(at, usual, by_weekday=False)
        weekly = value - self._profile.expected(at, usual)
        scaled = self._value_scale.normalised(at, daily)
        step = abs(value - self._before) if self._rows else 0.0
        for window in self._weekly.values():
            window.add(weekly)
        for window in self._scaled.values():
            window.add(scaled)
        self._size.add(abs(weekly))
        self._scaled_size.add(abs(scaled))
        self._spread.add(daily)
        self._lately.add(value)
        self._profile.add(at, value)
        self._before = value
        spread = self._spread.deviation
        return [
            *(abs(window.mean) for window in self._weekly.values()),
            *(abs(window.mean) for window in self._scaled.values()),
            self._size.mean,
            self._scaled_size.mean,
            spread,
            self._spread_scale.normalised(at, spread),
            step,
            self._shape.distance(at, value),
        ]


def score_stream(timestamps: Sequence[datetime], values: Sequence[float]) -> list[float]:
    """Return a score from 0 to 1 for each row; row i's depends on rows up to i alone."""
    scorer = StreamScorer()
    return [scorer.score(at, value) for at, value in zip(timestamps, values, strict=True)]
