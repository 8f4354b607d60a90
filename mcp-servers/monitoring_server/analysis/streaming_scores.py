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
from monitoring_server.analysis.surprise import EventGate, OwnHistory

ALARMING = 0.5
"""From this score on a row begins an anomaly worth a look."""

_WARM_UP_ROWS = 150
_LONG = 1000
_HALF_WAY = 0.5


class StreamScorer:
    """Several views of one series, each weighed against its own past, averaged."""

    def __init__(self) -> None:
        self._rows = 0
        self._lately = RollingMedian(_LONG)
        self._profile = DailyProfile()
        self._residuals = {size: RollingMoments(size) for size in (4, 12, 48)}
        self._weekly = {size: RollingMoments(size) for size in (12,)}
        self._absolute = RollingMoments(12)
        self._scaled = RollingMoments(12)
        self._scale, self._spread_scale = HourlyScale(), HourlyScale()
        self._histories: dict[str, OwnHistory] = {}
        self._gate = EventGate()

    def score(self, at: datetime, value: float) -> float:
        """Return the score of the next row, 0 to 1; a missing value (NaN) scores 0."""
        if not math.isfinite(value):
            return 0.0
        views = self._views(at, value)
        surprise = math.fsum(views) / len(views)
        self._rows += 1
        left = self._gate.admit(surprise, warm=self._rows > _WARM_UP_ROWS)
        return left / (left + _HALF_WAY)

    def _views(self, at: datetime, value: float) -> list[float]:
        usual = self._lately.median if self._rows else value
        plain = value - self._profile.expected(at, usual, by_weekday=False)
        weekly = value - self._profile.expected(at, usual)
        for window in self._residuals.values():
            window.add(plain)
        self._weekly[12].add(weekly)
        self._absolute.add(abs(weekly))
        self._scaled.add(self._scale.normalised(at, plain))
        self._lately.add(value)
        self._profile.add(at, value)
        spread = self._residuals[12].deviation
        return [
            self._surprise("weekly", abs(self._weekly[12].mean)),
            self._surprise("size", self._absolute.mean),
            self._surprise("spread", self._spread_scale.normalised(at, spread)),
            self._surprise("scaled", abs(self._scaled.mean)),
            self._two_sided("short", self._residuals[4].mean),
            self._two_sided("long", self._residuals[48].mean),
        ]

    def _two_sided(self, name: str, value: float) -> float:
        return max(self._surprise(f"{name}+", value), self._surprise(f"{name}-", -value))

    def _surprise(self, name: str, value: float) -> float:
        return self._histories.setdefault(name, OwnHistory()).surprise(value)


def score_stream(timestamps: Sequence[datetime], values: Sequence[float]) -> list[float]:
    """Return a score from 0 to 1 for each row; row i's depends on rows up to i alone."""
    scorer = StreamScorer()
    return [scorer.score(at, value) for at, value in zip(timestamps, values, strict=True)]
