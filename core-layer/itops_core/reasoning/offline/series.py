"""A metric over time: how high it stands now, against its own past and against a threshold."""

import itertools
import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itops_core.domain.alarm import Alarm
from itops_core.reasoning.offline.reading import moment

_RECENT = 5
_FEWEST_BEFORE = 3
_SLACK = timedelta(minutes=3)

Point = tuple[datetime, float]


@dataclass(frozen=True)
class Change:
    """How the latest values compare with those from before the symptom."""

    recent: float
    baseline: float | None
    spread: float

    @property
    def ratio(self) -> float | None:
        """Recent over baseline; `None` without a baseline, large where that was nothing."""
        if self.baseline is None:
            return None
        if self.baseline <= 0:
            return 1.0 if self.recent <= 0 else 1000.0
        return self.recent / self.baseline

    def is_left(self, newest: float) -> bool:
        """Whether the newest value is nearer to how it was before than to how it was lately."""
        return self.baseline is not None and (
            abs(newest - self.baseline) < abs(newest - self.recent)
        )

    def rose(self, factor: float, at_least: float = 0.0) -> tuple[bool, float]:
        """Whether it rose by `factor`, out of its usual spread; and how clearly that is so."""
        ratio = self.ratio
        if ratio is None or self.baseline is None:
            return False, 0.0
        clear = self.recent - self.baseline > 3 * self.spread and self.recent >= at_least
        if ratio >= factor and clear:
            return True, 1.0 if ratio >= 1.3 * factor else 0.8
        nearly = ratio >= 1 + (factor - 1) * 0.6 and self.recent >= at_least
        return False, 0.4 if nearly else 1.0

    def fell(self, share: float) -> tuple[bool, float]:
        """Whether it fell to `share` of its past or less; and how clearly that is so."""
        ratio = self.ratio
        if ratio is None or self.baseline is None:
            return False, 0.0
        clear = self.baseline - self.recent > 3 * self.spread
        return ratio <= share and clear, 1.0


@dataclass(frozen=True)
class Series:
    """The points of one metric, oldest first."""

    points: tuple[Point, ...]
    unit: str = ""
    fresh_from: datetime | None = None

    def with_present_from(self, over_until: datetime | None) -> "Series":
        """Return the same series, of which only what came from then on is the present."""
        return Series(self.points, self.unit, over_until)

    def recent(self, count: int) -> tuple[float, ...]:
        """Return the newest values, `count` at most, none of them from before the present."""
        fresh = self.values if self.fresh_from is None else self.since(self.fresh_from)
        return (fresh or self.values)[-count:]

    @property
    def values(self) -> tuple[float, ...]:
        """The values alone."""
        return tuple(value for _, value in self.points)

    @property
    def latest(self) -> float:
        """The newest value."""
        return self.points[-1][1]

    def since(self, at: datetime) -> tuple[float, ...]:
        """Return the values from `at` on."""
        return tuple(value for when, value in self.points if when >= at)

    def change(self, onset: datetime) -> Change:
        """Return how the latest values compare with those before `onset`."""
        values = self.values
        # The median: a spike that has just passed is no level.
        recent = statistics.median(self.recent(min(_RECENT, max(3, len(values) // 10))))
        before = [value for when, value in self.points if when < onset - _SLACK]
        if len(before) < _FEWEST_BEFORE:
            before = list(values[: len(values) // 3]) if len(values) >= 9 else []
        if not before:
            return Change(recent=recent, baseline=None, spread=0.0)
        baseline = statistics.median(before)
        deviation = statistics.median(abs(value - baseline) for value in before)
        return Change(recent, baseline, max(1.4826 * deviation, 0.02 * abs(baseline)))

    def climbs(self, onset: datetime) -> bool:
        """Whether it goes up steadily from well before `onset`, rather than in one step."""
        values = [value for when, value in self.points if when <= onset + _SLACK][-40:]
        if len(values) < 8:
            return False
        quarter = len(values) // 4
        means = [
            statistics.fmean(values[at : at + quarter]) for at in range(0, quarter * 4, quarter)
        ]
        rises = [after - before for before, after in itertools.pairwise(means)]
        total = means[-1] - means[0]
        return all(rise > 0 for rise in rises) and max(rises) < 0.8 * total

    def crossed_at(self, alarm: Alarm, around: datetime) -> datetime | None:
        """Return when it last went beyond the alarm's threshold before or at `around`."""
        crossed: datetime | None = None
        previous = False
        for when, value in self.points:
            now = is_beyond(alarm, value)
            if now and not previous and when <= around + _SLACK:
                crossed = when
            previous = now
        return crossed


def is_beyond(alarm: Alarm, value: float) -> bool:
    """Whether `value` is on the wrong side of the alarm's threshold."""
    if alarm.threshold is None:
        return False
    comparison = alarm.comparison.lower()
    if comparison.startswith("less"):
        return value < alarm.threshold or ("equal" in comparison and value == alarm.threshold)
    return value > alarm.threshold or ("equal" in comparison and value == alarm.threshold)


def series_of(content: Mapping[str, Any]) -> Series:
    """Return the points of a `get_metrics` answer; what cannot be read is left out."""
    points: list[Point] = []
    raw = content.get("points")
    for pair in raw if isinstance(raw, list) else ():
        if isinstance(pair, list | tuple) and len(pair) == 2:
            when, value = moment(pair[0]), pair[1]
            if when and isinstance(value, int | float) and not isinstance(value, bool):
                points.append((when, float(value)))
    unit = content.get("unit")
    return Series(tuple(sorted(points)), unit if isinstance(unit, str) else "")
